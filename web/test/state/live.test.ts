import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Source } from "../../src/api/source";
import { board, emptyBoard } from "../../src/state/board";
import { receive, whole_sources } from "../../src/state/live";
import { sources } from "../../src/state/sources";
import { makeSource, runEntry, tagsAnswer } from "./helpers";

/** A hub whose answers are set by the test; counts how often each path was asked. */
let points = 3;
let asked: string[] = [];

// One clock for all: the module remembers when it last asked.
beforeAll(() => {
  vi.useFakeTimers();
});

afterAll(() => {
  vi.useRealTimers();
});

beforeEach(() => {
  points = 3;
  asked = [];
  board.value = emptyBoard();
  sources.value = [makeSource()];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const runs = [runEntry("a")];
    const tags = tagsAnswer(runs, [{ tag: "loss", has: { 0: { points, last_value: 1 } } }]);
    const named = { "gpu1:runs": { epoch: "e1", version: 1 } };
    return new Response(JSON.stringify(path === "/api/runs" ? { runs, sources: named } : { ...tags, sources: named }));
  });
});

afterEach(async () => {
  await vi.advanceTimersByTimeAsync(5000);
  vi.unstubAllGlobals();
});

const change = (now: number, reindex = false) => ({
  type: "change" as const,
  source: "gpu1:runs",
  epoch: "e1",
  version: now,
  reindex,
  load: null,
  losses_total: null,
  series: [
    {
      run: "a",
      tag: "loss",
      kind: "scalar",
      points: now,
      superseded: 0,
      last_step: now - 1,
      last_wall_time_s: 200,
      last_value: 0,
      nan: 0,
      inf: 0,
      last_non_finite_step: null,
    },
  ],
});

const seriesNow = () => board.value.tag_of.get("loss")?.series.get("gpu1:runs\na");

describe("a change", () => {
  test("of something unknown asks for the index; of something known does not", async () => {
    receive(change(3));
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked).toEqual(["/api/runs", "/api/tags"]);
    receive(change(4));
    await vi.advanceTimersByTimeAsync(2000);
    expect(asked).toHaveLength(2);
    expect(seriesNow()?.points).toBe(4);
  });

  test("tells charts at most twice a second", async () => {
    receive(change(3, true));
    await vi.advanceTimersByTimeAsync(2000);
    const growth = board.value.tag_of.get("loss")?.growth;
    const before = growth?.value ?? 0;
    for (let i = 4; i < 14; i++) {
      receive(change(i));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(growth?.value).toBe(before + 2);
  });

  test("of the index is asked for at most once a second", async () => {
    for (let i = 0; i < 30; i++) {
      receive(change(3, true));
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(2000);
    const index_reads = asked.filter((path) => path === "/api/tags").length;
    expect(index_reads).toBeGreaterThan(1);
    expect(index_reads).toBeLessThanOrEqual(5);
  });
});

describe("a subscription that begins", () => {
  const hello = (change: Partial<Source> = {}) =>
    receive({ type: "hello", hub: { version: "", now_s: Date.now() / 1000 }, sources: [makeSource(change)] });

  beforeEach(async () => {
    receive(change(3, true));
    await vi.advanceTimersByTimeAsync(2000);
    asked = [];
  });

  test.each([{ version: 1 }, { epoch: null, version: null }])("with %j needs no other index", async (begins) => {
    hello(begins);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toEqual([]);
  });

  test.each([{ version: 2 }, { epoch: "e2", version: 1 }])("with %j asks for the index, once", async (begins) => {
    hello(begins);
    await vi.advanceTimersByTimeAsync(5000);
    // The answer is still the old one: as of a source that does not answer.
    expect(asked).toEqual(["/api/runs", "/api/tags"]);
  });
});

test("an index that is older than what was told meanwhile does not set it back", async () => {
  receive(change(3, true));
  await vi.advanceTimersByTimeAsync(2000);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answer = fetch;
  vi.stubGlobal("fetch", async (path: string) => {
    const late = await answer(path);
    await held;
    return late;
  });
  receive(change(3, true));
  await vi.advanceTimersByTimeAsync(1500);
  receive(change(9));
  release();
  await vi.advanceTimersByTimeAsync(100);
  expect(seriesNow()?.points).toBe(9);
});

test("a source that came back asks for the index", async () => {
  receive({ type: "source", source: makeSource({ state: "lost" }) });
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toEqual([]);
  receive({ type: "source", source: makeSource() });
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toContain("/api/tags");
});

test("a source is whole when the index has all that was there at the end of its loading", async () => {
  const told = (version: number, state: string) => ({
    ...change(3, true),
    epoch: "e7",
    version,
    load: { ...makeSource().load, state } as Source["load"],
    series: [],
  });
  let answered = 1;
  vi.stubGlobal("fetch", async (path: string) => {
    const runs = [runEntry("a")];
    const named = { "gpu1:runs": { epoch: "e7", version: answered } };
    return new Response(
      JSON.stringify({ ...tagsAnswer(runs, []), ...(path === "/api/runs" && { runs }), sources: named }),
    );
  });
  receive(told(1, "loading"));
  await vi.advanceTimersByTimeAsync(2000);
  expect(whole_sources.value).toEqual(new Set());
  // The answer to what is asked now is still one from before.
  receive(told(2, "live"));
  await vi.advanceTimersByTimeAsync(2000);
  expect(whole_sources.value).toEqual(new Set());
  answered = 3;
  receive(told(3, "live"));
  await vi.advanceTimersByTimeAsync(2000);
  expect(whole_sources.value).toEqual(new Set(["gpu1:runs"]));
});
