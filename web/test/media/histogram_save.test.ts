import { afterEach, expect, test, vi } from "vitest";
import { everyBucket, pages, seenCsv, seenJson, seenPercentilesCsv } from "../../src/media/histogram_save";
import { makeRun } from "../state/helpers";
import { column, columnsWith } from "./columns";

const run = makeRun('a,"b"');
const columns = columnsWith([column(3, [1, 2.5], { below: 4, n: 2, step: [2, 3] })]);

afterEach(() => vi.unstubAllGlobals());

test("what is seen as CSV has a line for each bin, and for what lies beyond", () => {
  expect(seenCsv("w", [{ run, columns }]).split("\n")).toEqual([
    "source,run,tag,first_step,last_step,histograms,from,to,count",
    'gpu1:runs,"a,""b""",w,2,3,2,-Infinity,0,4',
    'gpu1:runs,"a,""b""",w,2,3,2,0,1,1',
    'gpu1:runs,"a,""b""",w,2,3,2,1,2,2.5',
    "",
  ]);
  expect(seenPercentilesCsv("w", [{ run, columns }]).split("\n")[1]).toBe(
    'gpu1:runs,"a,""b""",w,2,3,2,0,0.125,0.25,0.375,0.5,0.625,0.75,0.875,1',
  );
  expect(JSON.parse(seenJson("w", [{ run, columns }])).series[0].columns[0]).toMatchObject({
    step: [2, 3],
    counts: [1, 2.5],
    below: 4,
  });
});

test("pages have every step once, in order", () => {
  expect(pages([5, 1, 1, 3, 9], 2)).toEqual([
    [1, 3],
    [5, 9],
  ]);
  expect(pages([])).toEqual([]);
});

test("every bucket is read page by page; what is damaged says why, and too large pages are halved", async () => {
  const asked: [number, number][] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    const [from, to] = JSON.parse(String(init.body)).range as [number, number];
    asked.push([from, to]);
    if (to - from >= 150) {
      const error = { code: "too_large", message: "more than 100,000 values", hint: "" };
      return new Response(JSON.stringify({ error }), { status: 413 });
    }
    const step = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const value = step.map((at) =>
      at === 7 ? { error: { code: "damaged", message: "no" } } : { bins: [[0, "Infinity", at]] },
    );
    const series = [{ id: 0, points: step.length, step, wall_time: step, superseded: [], value }];
    return new Response(JSON.stringify({ series }));
  });
  const told: number[] = [];
  const blob = await everyBucket({
    tag: "w",
    runs: [{ run, step: Array.from({ length: 300 }, (_, i) => i) }],
    restarts: "latest",
    progress: (done, of) => told.push(done, of),
    signal: new AbortController().signal,
  });
  const lines = (await blob.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  expect(lines[7].error).toEqual({ code: "damaged", message: "no" });
  expect(lines[9].bins).toEqual([[0, "Infinity", 9]]);
  expect(asked[0]).toEqual([0, 199]);
  expect(told.at(-2)).toBe(300);
});
