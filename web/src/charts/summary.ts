/** What stands behind the lines of a chart, and from where to where they go: said beside the title. */
import type { Span } from "../lib/extent";
import type { Curve } from "./curve";

export interface Summary {
  /** In view, of all curves. */
  points: number;
  /** Of these, how many the lines go through. */
  drawn: number;
  /** All of them. */
  exact: boolean;
  lowest: number;
  highest: number;
  has_nan: boolean;
  has_infinite: boolean;
}

/** Of the curves as they were answered for the range `x`. The lowest and highest value are never left out of it. */
export function summaryOf(curves: readonly Curve[], [from, to]: Span): Summary {
  const sum: Summary = {
    points: 0,
    drawn: 0,
    exact: true,
    lowest: Number.POSITIVE_INFINITY,
    highest: Number.NEGATIVE_INFINITY,
    has_nan: false,
    has_infinite: false,
  };
  for (const { points, exact, x, value } of curves) {
    sum.points += points;
    sum.exact &&= exact;
    for (let i = 0; i < x.length; i++) {
      const at = x[i] as number;
      if (at < from || at > to) continue;
      sum.drawn++;
      note(sum, value[i] as number);
    }
  }
  return sum;
}

function note(sum: Summary, value: number): void {
  if (Number.isNaN(value)) sum.has_nan = true;
  else if (!Number.isFinite(value)) sum.has_infinite = true;
  else {
    if (value < sum.lowest) sum.lowest = value;
    if (value > sum.highest) sum.highest = value;
  }
}
