/** The columns of a run's histograms as they are drawn: in order of x, by the clock of this machine. */
import type { Histograms } from "../api/histogram";
import type { XAxis } from "../api/x_axis";
import type { Span } from "../lib/extent";

/** One histogram, or several added up. */
export interface Column {
  /** First and last x of what is in it. */
  x: Span;
  step: Span;
  wall_time_s: Span;
  n: number;
  counts: Float64Array;
  below: number;
  above: number;
  /** Of the values; NaN where nothing is counted. */
  min: number;
  max: number;
  percentiles: Float64Array;
}

export interface Columns {
  run_key: string;
  list: readonly Column[];
  /** What the bins divide. */
  values: Span;
  bins: number;
  histograms: number;
  exact: boolean;
  errors: { n: number; first: string };
}

/** `ahead_s`: of the clock that wrote the wall times. */
export function columnsOf(run_key: string, answer: Histograms, x_axis: XAxis, ahead_s: number): Columns {
  const late = x_axis === "wall_time" ? ahead_s : 0;
  const pair = (first: Float64Array, last: Float64Array, i: number, late_s = 0): Span => [
    (first[i] as number) - late_s,
    (last[i] as number) - late_s,
  ];
  const list = Array.from(
    answer.n,
    (n, i): Column => ({
      x: pair(answer.x_first, answer.x_last, i, late),
      step: pair(answer.step_first, answer.step_last, i),
      wall_time_s: pair(answer.wall_time_first, answer.wall_time_last, i, ahead_s),
      n,
      counts: answer.counts[i] ?? new Float64Array(0),
      below: answer.below[i] as number,
      above: answer.above[i] as number,
      min: answer.min[i] as number,
      max: answer.max[i] as number,
      percentiles: answer.percentiles[i] ?? new Float64Array(0),
    }),
  );
  // With superseded values, or clocks that were set back, x may go back.
  list.sort((a, b) => middle(a) - middle(b));
  const { y_range, histograms, exact, errors } = answer;
  return { run_key, list, values: y_range, bins: list[0]?.counts.length ?? 0, histograms, exact, errors };
}

export function middle({ x: [first, last] }: Column): number {
  return (first + last) / 2;
}

/** The values that a bin is of. */
export function binSpan({ values: [from, to], bins }: Columns, bin: number): Span {
  const width = (to - from) / bins;
  return [from + bin * width, bin === bins - 1 ? to : from + (bin + 1) * width];
}

/** The bin a value falls into; -1 beyond them. */
export function binAt({ values: [from, to], bins }: Columns, value: number): number {
  if (!(value >= from && value <= to) || bins === 0) return -1;
  return Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins));
}

/** How much of a histogram is in a bin on average, per unit of value: what columns of any number, and bins of any width, have in common. */
export function density({ values: [from, to], bins }: Columns, column: Column, bin: number): number {
  return ((column.counts[bin] ?? 0) / Math.max(1, column.n)) * (bins / (to - from));
}

/** The newest column that begins at or before a step; -1 where there is none yet. */
export function columnAtStep({ list }: Columns, step: number): number {
  let found = -1;
  list.forEach((column, i) => {
    if (column.step[0] <= step && (found < 0 || column.step[0] >= (list[found]?.step[0] ?? 0))) found = i;
  });
  return found;
}

/**
 * From where to where a column reaches: half way to its neighbours, and as far to the other side at both ends. A single one
 * is as wide as a part of `whole`.
 */
export function columnEdges({ list }: Columns, whole: Span): Float64Array {
  const edges = new Float64Array(list.length + 1);
  const [first, last] = [list[0], list.at(-1)];
  if (!first || !last) return edges;
  for (let i = 1; i < list.length; i++) {
    edges[i] = ((list[i - 1]?.x[1] as number) + (list[i]?.x[0] as number)) / 2;
  }
  const alone = (whole[1] - whole[0]) * 0.02;
  edges[0] = first.x[0] - (list.length > 1 ? (edges[1] as number) - first.x[1] : alone);
  edges[list.length] = last.x[1] + (list.length > 1 ? last.x[0] - (edges[list.length - 1] as number) : alone);
  return edges;
}

/** The column at an x; -1 where none reaches. `edges`: of `columnEdges`. */
export function columnAt(edges: Float64Array, x: number): number {
  if (edges.length < 2 || !(x >= (edges[0] as number)) || x > (edges[edges.length - 1] as number)) return -1;
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const between = (low + high) >> 1;
    if ((edges[between] as number) <= x) low = between;
    else high = between;
  }
  return low;
}
