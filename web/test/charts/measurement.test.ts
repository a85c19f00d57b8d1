import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Statistics, StatisticsAsk } from "../../src/api/statistics";
import { Measurement } from "../../src/charts/measurement";
import { board } from "../../src/state/board";
import { measuredOf } from "../../src/state/measured";
import { DEFAULT_SELECTION, selection } from "../../src/state/selection";
import { makeBoard, runEntry } from "../state/helpers";

const asks: { ask: StatisticsAsk; signal: AbortSignal | undefined }[] = [];
let answer: (ask: StatisticsAsk) => Promise<Partial<Statistics>[]>;
const mean = (ask: StatisticsAsk) => Promise.resolve(ask.series.map(({ id, run }) => ({ id, mean: run.length })));

vi.mock("../../src/api/statistics", () => ({
  STATISTICS_MOST: 4096,
  postStatistics: (ask: StatisticsAsk, signal?: AbortSignal) => {
    asks.push({ ask, signal });
    return answer(ask);
  },
}));

let measurement: Measurement;
const means = () => measurement.rows.value?.map(({ run_key, statistics }) => [run_key.split("\n")[1], statistics.mean]);

beforeEach(() => {
  vi.useFakeTimers();
  asks.length = 0;
  answer = mean;
  const runs = [runEntry("a"), runEntry("long"), runEntry("other")];
  const has = { points: 10, last_value: 1 };
  board.value = makeBoard(runs, [{ tag: "loss", has: { 0: has, 1: has } }]);
  selection.value = DEFAULT_SELECTION;
  measuredOf("loss").value = null;
  measurement = new Measurement("loss");
});

afterEach(() => {
  measurement.dispose();
  vi.useRealTimers();
});

describe("the statistics of a range", () => {
  test("are asked for when there is a range, for the drawn runs that have the tag", async () => {
    await vi.runAllTimersAsync();
    expect(asks).toHaveLength(0);
    measuredOf("loss").value = [5, 10];
    await vi.runAllTimersAsync();
    expect(asks[0]?.ask).toMatchObject({ range: [5, 10], x: "step", slope: true, restarts: "latest" });
    expect(means()).toEqual([
      ["a", 1],
      ["long", 4],
    ]);
    measuredOf("loss").value = null;
    expect(measurement.rows.value).toBeNull();
  });

  test("follow the range, and a late answer to an earlier one is thrown away", async () => {
    let release = (): void => {};
    answer = (ask) => new Promise((resolve) => (release = () => resolve([{ id: 0, mean: Number(ask.range?.[0]) }])));
    measuredOf("loss").value = [1, 2];
    await vi.runAllTimersAsync();
    const first = release;
    measuredOf("loss").value = [3, 4];
    expect(asks[0]?.signal?.aborted).toBe(true);
    await vi.runAllTimersAsync();
    release();
    first();
    await vi.runAllTimersAsync();
    expect(means()).toEqual([["a", 3]]);
  });

  test("are asked for anew when the curves have grown, once a second at most", async () => {
    measuredOf("loss").value = [1, 20];
    await vi.runAllTimersAsync();
    const tag = board.peek().tag_of.get("loss");
    for (let i = 0; i < 20; i++) {
      if (tag) tag.growth.value++;
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.runAllTimersAsync();
    expect(asks.length).toBeGreaterThanOrEqual(3);
    expect(asks.length).toBeLessThanOrEqual(4);
  });

  test("that cannot be had are said, and asked for again", async () => {
    answer = () => Promise.reject(new Error("gpu1 is gone"));
    measuredOf("loss").value = [1, 2];
    await vi.advanceTimersByTimeAsync(1);
    expect(measurement.trouble.value).toBe("gpu1 is gone");
    answer = mean;
    await vi.advanceTimersByTimeAsync(4000);
    expect(measurement.trouble.value).toBe("");
    expect(means()).toHaveLength(2);
  });
});
