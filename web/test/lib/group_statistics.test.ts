import { describe, expect, test } from "vitest";
import type { Statistics } from "../../src/api/statistics";
import { groupStatistics } from "../../src/lib/group_statistics";

const point = (value: number) => ({ step: 0, wall_time: 0, x: 0, value });

/** Of a run that goes evenly from one value to another. */
function line(from: number, to: number, points = 10): Statistics {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  return {
    id: 0,
    points,
    x_min: 0,
    x_max: points - 1,
    nan: 0,
    pos_inf: 0,
    neg_inf: 0,
    first: point(from),
    last: point(to),
    min: point(low),
    max: point(high),
    mean: (from + to) / 2,
    std: 1,
    change: to - from,
    change_percent: null,
    mean_of_last: null,
    slope: (to - from) / points,
  };
}

const NOTHING: Statistics = {
  ...line(0, 0, 0),
  first: null,
  last: null,
  min: null,
  max: null,
  mean: null,
  change: null,
  slope: null,
};

describe("the statistics of a group", () => {
  test("have each run count once", () => {
    const group = groupStatistics([line(2, 0, 10), line(4, 2, 1000), NOTHING]);
    expect(group).toMatchObject({ runs: 2, points: 1010, mean: 2, change: -2 });
    expect([group.first?.value, group.last?.value]).toEqual([3, 1]);
    expect([group.min?.value, group.max?.value]).toEqual([0, 4]);
    expect(group.change_percent).toBeCloseTo(-200 / 3);
    expect(group.std_between).toBeCloseTo(Math.SQRT2);
    expect(group.slope).toBeCloseTo((-0.2 - 0.002) / 2);
  });

  test("count what is not finite, and leave it out of means", () => {
    const odd = { ...line(1, 1), nan: 2, pos_inf: 1, last: point(Number.NaN) };
    const group = groupStatistics([odd, line(3, 3)]);
    expect(group).toMatchObject({ nan: 2, pos_inf: 1, mean: 2 });
    expect(group.last?.value).toBe(3);
  });

  test("of one run have no deviation, of none nothing at all", () => {
    expect(groupStatistics([line(1, 2)])).toMatchObject({ runs: 1, std_between: null, mean: 1.5 });
    expect(groupStatistics([NOTHING])).toMatchObject({ runs: 0, points: 0, mean: null, first: null, min: null });
  });
});
