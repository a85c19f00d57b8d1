import { effect } from "@preact/signals";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Statistics, StatisticsAsk } from "../../src/api/statistics";
import type { XAxis } from "../../src/api/x_axis";
import { seriesOf } from "../../src/charts/chart_series";
import { type Reach, reachOf, seenOf, xScaleFor } from "../../src/charts/range";
import { board } from "../../src/state/board";
import { DEFAULT_SELECTION, selection } from "../../src/state/selection";
import type { AxisScaleName } from "../../src/state/settings";
import { makeBoard, runEntry } from "../state/helpers";

const asks: StatisticsAsk[] = [];
let answer: (ask: StatisticsAsk) => Partial<Statistics>[];

vi.mock("../../src/api/statistics", () => ({
  postStatistics: async (ask: StatisticsAsk) => {
    asks.push(ask);
    return answer(ask);
  },
}));

// What was answered is kept as long as the page lives: each test has an epoch of its own.
let epoch = 0;
const runs = [runEntry("a"), runEntry("b"), runEntry("bare")];

function grow(points: number, tokens = points): void {
  const has = { points, last_value: 1 };
  const counted = { points: tokens, last_value: 1 };
  board.value = makeBoard(
    runs,
    [
      { tag: "loss", has: { 0: has, 1: has, 2: has } },
      { tag: "tokens", has: { 0: counted, 1: counted } },
      { tag: "none", has: {} },
    ],
    undefined,
    `e${epoch}`,
  );
}

let now: Reach;
let stop = (): void => {};
function look(x: XAxis, scale: AxisScaleName = "linear"): void {
  stop();
  stop = effect(() => {
    now = reachOf(seriesOf("loss"), x, scale, "latest");
  });
}

// One clock for all tests: when the last question was asked is kept, too.
beforeAll(() => {
  vi.useFakeTimers();
});

afterAll(() => {
  vi.useRealTimers();
});

beforeEach(() => {
  asks.length = 0;
  epoch++;
  answer = (ask) => ask.series.map(({ id, run }) => ({ id, x_min: 10, x_max: run === "a" ? 500 : 900, points: 7 }));
  selection.value = DEFAULT_SELECTION;
  grow(10);
});

afterEach(async () => {
  stop();
  await vi.runAllTimersAsync();
});

describe("how far an axis reaches", () => {
  test("is told by the index for steps and times", async () => {
    look("step");
    expect(now).toMatchObject({ nothing: "", missing: "" });
    expect(now.whole).not.toBeNull();
    await vi.runAllTimersAsync();
    expect(asks).toHaveLength(0);
  });

  test("is asked for along another tag, of the runs that have it", async () => {
    look("tag(tokens)");
    expect(now).toMatchObject({ whole: null, nothing: "", missing: "1 run without tokens" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(asks).toHaveLength(1);
    expect(asks[0]).toMatchObject({ x: "tag(tokens)", x_scale: "linear", range: null });
    expect(asks[0]?.series.map(({ run }) => run)).toEqual(["a", "b"]);
    expect(now.whole).toEqual([10, 900]);
    expect(now.series.map(({ run }) => run.name)).toEqual(["a", "b"]);
  });

  test("is asked for again when something has grown, and stands as it was until then", async () => {
    look("tag(tokens)");
    await vi.advanceTimersByTimeAsync(2000);
    const { growth } = now;
    answer = (ask) => ask.series.map(({ id }) => ({ id, x_min: 10, x_max: 1200, points: 7 }));
    grow(20);
    expect(now.whole).toEqual([10, 900]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(now.whole).toEqual([10, 1200]);
    expect(now.growth).not.toBe(growth);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asks).toHaveLength(2);
  });

  test("is asked for again when the tag that is x has grown alone", async () => {
    grow(10, 9);
    look("tag(tokens)");
    await vi.advanceTimersByTimeAsync(2000);
    grow(10, 10);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asks).toHaveLength(2);
  });

  test("begins above zero on a logarithmic axis, and what has no place is counted", async () => {
    look("relative", "log");
    await vi.advanceTimersByTimeAsync(1000);
    expect(asks.map(({ x_scale, range }) => [x_scale, range])).toEqual([
      ["log", null],
      [undefined, [null, 0]],
    ]);
    expect(now).toMatchObject({ whole: [10, 900], missing: "21 points at x ≤ 0 have no place on a log axis" });
  });

  test("says why there is nothing", async () => {
    look("tag(epochs)");
    expect(now.nothing).toBe("No visible run has epochs.");
    answer = (ask) => ask.series.map(({ id }) => ({ id, x_min: null, x_max: null, points: 0 }));
    look("tag(tokens)");
    await vi.advanceTimersByTimeAsync(2000);
    expect(now.nothing).toBe("No point has tokens.");
    answer = (ask) => ask.series.map(({ id }) => ({ id, x_min: null, x_max: null, points: ask.range ? 3 : 0 }));
    look("tag(tokens)", "log");
    await vi.advanceTimersByTimeAsync(2000);
    expect(now.nothing).toBe("Every x is 0 or less: a log axis has no place for it.");
    selection.value = { base: "none", except: new Set() };
    expect(now.nothing).toBe("No visible run has this tag.");
  });

  test("is asked for again after a failure", async () => {
    const good = answer;
    answer = () => {
      throw new Error("gpu1 is away");
    };
    look("tag(tokens)");
    await vi.advanceTimersByTimeAsync(1000);
    expect(now.whole).toBeNull();
    answer = good;
    await vi.advanceTimersByTimeAsync(4000);
    expect(now.whole).toEqual([10, 900]);
  });
});

test("what is seen of a wish that begins where a logarithmic axis has no place begins with all there is", () => {
  expect(seenOf([-5, 100], [2, 900], "log")).toEqual([2, 100]);
  expect(seenOf([-5, 1], [2, 900], "log")).toEqual([2, 900]);
  expect(seenOf([-5, 100], [2, 900], "linear")).toEqual([-5, 100]);
  expect(seenOf(null, [2, 900], "log")).toEqual([2, 900]);
});

test("a symlog axis is straight four decades below its greatest x", () => {
  expect(xScaleFor("symlog", [-50, 900])).toEqual({ symlog: 0.1 });
  expect(xScaleFor("log", [1, 900])).toBe("log");
});
