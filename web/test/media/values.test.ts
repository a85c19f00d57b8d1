import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { number, object } from "../../src/api/validate";
import { Values } from "../../src/media/values";
import type { RunSteps } from "../../src/state/steps";
import { makeRun } from "../state/helpers";

const COUNT = 100;
const reader = object({ n: number });
const tag = { key: "image\nx", tag: "x", kind: "image" };
let asked: { series: { id: number; run: string }[]; range: [number, number] }[] = [];
let hold: Promise<void> | null = null;

function stepsOf(run: string): RunSteps {
  const step = Array.from({ length: COUNT }, (_, i) => i * 10);
  return { run: makeRun(run), step, wall_time_s: step, superseded: [], superseded_hidden: 0 };
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  hold = null;
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    const ask = JSON.parse(String(init.body));
    asked.push(ask);
    await hold;
    if (init.signal?.aborted) throw new DOMException("", "AbortError");
    const step = stepsOf("a").step.filter((each) => each >= ask.range[0] && each <= ask.range[1] && each !== 990);
    const value = step.map((n) => (n === 20 ? { error: { code: "damaged", message: "bad" } } : { n }));
    const series = ask.series.map(({ id }: { id: number }) => ({ id, points: 1, step, wall_time: step, value }));
    return new Response(JSON.stringify({ series }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a stretch of steps is read at once, of all runs that have the same", async () => {
  const values = new Values(tag, reader, { stretch: 8, keep: 100 });
  const [a, b] = [stepsOf("a"), stepsOf("b")];
  values.want([a, b].map((of) => ({ of, place: 3 })));
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.series.map(({ run }) => run)).toEqual(["a", "b"]);
  expect(asked[0]?.range).toEqual([0, 70]);
  expect(values.at({ of: b, place: 7 })?.ok).toEqual({ n: 70 });
  expect(values.at({ of: a, place: 2 })?.error).toEqual({ code: "damaged", message: "bad" });
  values.want([{ of: a, place: 7 }]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(1);
  // It was said to be there and is not: that is told, and not asked for for ever.
  values.want([{ of: a, place: 99 }]);
  await vi.advanceTimersByTimeAsync(1);
  expect(values.at({ of: a, place: 99 })?.error?.code).toBe("not_found");
  expect(asked).toHaveLength(2);
});

test("what has been scrubbed past is given up, and few are asked for at once", async () => {
  let open = () => {};
  hold = new Promise((resolve) => {
    open = resolve;
  });
  const values = new Values(tag, reader, { stretch: 8, keep: 100 });
  const a = stepsOf("a");
  values.want([0, 8, 16, 24, 32].map((place) => ({ of: a, place })));
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(3);
  values.want([
    { of: a, place: 8 },
    { of: a, place: 64 },
  ]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.map(({ range }) => range[0])).toEqual([0, 80, 160, 640]);
  open();
  await vi.advanceTimersByTimeAsync(1);
  // The oldest was nearly here.
  expect(values.at({ of: a, place: 0 })?.ok).toEqual({ n: 0 });
  expect(values.at({ of: a, place: 16 })).toBeUndefined();
  expect(values.at({ of: a, place: 9 })?.ok).toEqual({ n: 90 });
  expect(values.at({ of: a, place: 64 })?.ok).toEqual({ n: 640 });
});

test("a failure is told and tried again", async () => {
  const answering = globalThis.fetch;
  vi.stubGlobal(
    "fetch",
    async () => new Response('{"error": {"code": "source_down", "message": "gone"}}', { status: 503 }),
  );
  const values = new Values(tag, reader, { stretch: 8, keep: 100 });
  const a = stepsOf("a");
  values.want([{ of: a, place: 0 }]);
  await vi.advanceTimersByTimeAsync(1);
  expect(values.trouble.value).toBe("gone");
  vi.stubGlobal("fetch", answering);
  await vi.advanceTimersByTimeAsync(4000);
  expect(values.trouble.value).toBe("");
  expect(values.at({ of: a, place: 0 })?.ok).toEqual({ n: 0 });
});

test("who scrubs without a pause sees what comes, and leaving gives all up", async () => {
  const opens: (() => void)[] = [];
  const values = new Values(tag, reader, { stretch: 8, keep: 100 });
  const a = stepsOf("a");
  for (const place of [0, 8, 16, 24, 32]) {
    hold = new Promise((resolve) => {
      opens.push(resolve);
    });
    values.want([{ of: a, place }]);
    await vi.advanceTimersByTimeAsync(1);
  }
  // All were asked for at once, and all between the first and the last were given up.
  expect(asked).toHaveLength(5);
  for (const open of opens.slice(0, 4)) open();
  await vi.advanceTimersByTimeAsync(1);
  expect(values.meanwhile(a.run.key)).toEqual({ of: a, place: 0 });
  expect(values.at({ of: a, place: 8 })).toBeUndefined();
  expect(values.at({ of: a, place: 24 })).toBeUndefined();
  values.want([]);
  opens[4]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(values.at({ of: a, place: 32 })).toBeUndefined();
});
