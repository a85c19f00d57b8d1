/** The statistics of a group of runs, from those of its members: each run counts once, however many points it has. */
import type { Statistics } from "../api/statistics";

export interface GroupStatistics extends Statistics {
  /** Members with a point in the range. */
  runs: number;
  /** The standard deviation of the members' means (n − 1 in the denominator); null with fewer than two. */
  std_between: number | null;
}

/** Means of what each member has, its extremes and counts over all of them. */
export function groupStatistics(members: readonly Statistics[]): GroupStatistics {
  const there = members.filter(({ points }) => points > 0);
  const means = finite(there.map(({ mean }) => mean));
  const first = meanOf(there.map((member) => member.first?.value));
  const change = meanOf(there.map((member) => member.change));
  return {
    id: 0,
    runs: there.length,
    points: sumOf(there, "points"),
    x_min: null,
    x_max: null,
    nan: sumOf(there, "nan"),
    pos_inf: sumOf(there, "pos_inf"),
    neg_inf: sumOf(there, "neg_inf"),
    first: pointOf(first),
    last: pointOf(meanOf(there.map((member) => member.last?.value))),
    min: extreme(there, "min", (a, b) => a < b),
    max: extreme(there, "max", (a, b) => a > b),
    mean: meanOf(means),
    std: null,
    std_between: deviation(means),
    change,
    change_percent: change === null || !first ? null : (100 * change) / Math.abs(first),
    mean_of_last: null,
    slope: meanOf(there.map(({ slope }) => slope)),
  };
}

function finite(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => Number.isFinite(value));
}

function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const known = finite(values);
  // Each part alone: the sum of finite numbers may not be finite.
  return known.length === 0 ? null : known.reduce((mean, value) => mean + value / known.length, 0);
}

function deviation(values: readonly number[]): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length < 2) return null;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function sumOf(members: readonly Statistics[], name: "points" | "nan" | "pos_inf" | "neg_inf"): number {
  return members.reduce((sum, member) => sum + member[name], 0);
}

/** A value that stands at no step. */
function pointOf(value: number | null): Statistics["first"] {
  return value === null ? null : { step: Number.NaN, wall_time: Number.NaN, x: Number.NaN, value };
}

function extreme(
  members: readonly Statistics[],
  name: "min" | "max",
  isBeyond: (a: number, b: number) => boolean,
): Statistics["min"] {
  let best: Statistics["min"] = null;
  for (const member of members) {
    const point = member[name];
    if (point && (best === null || isBeyond(point.value, best.value))) best = point;
  }
  return best;
}
