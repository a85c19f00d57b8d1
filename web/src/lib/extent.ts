/** The span of values, and the room an axis gives it. */

export type Span = readonly [from: number, to: number];

/** Grows from span to span; `[Infinity, -Infinity]` is the empty one. */
export const EMPTY: Span = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

export function isEmpty([from, to]: Span): boolean {
  return !(from <= to);
}

export function union(a: Span, b: Span): Span {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

/** The values at the shares `low` and `high` of the sorted list (TensorBoard's rule for outliers: 5 % and 95 %). */
export function quantiles(values: number[], low = 0.05, high = 0.95): Span {
  if (values.length === 0) return EMPTY;
  const sorted = Float64Array.from(values).sort();
  const last = sorted.length - 1;
  if (last < 2) return [sorted[0] as number, sorted[last] as number];
  return [sorted[Math.ceil(last * low)] as number, sorted[Math.floor(last * high)] as number];
}

/** Values closer than this share of themselves are one value and the dust of arithmetic, as averages have it. */
const DUST = 1e-12;

/** A span with a share of itself added on both sides; a single value gets room around it. */
export function padded([from, to]: Span, share: number): Span {
  if (to - from <= DUST * Math.max(Math.abs(from), Math.abs(to))) {
    const room = from === 0 ? 1 : Math.abs(from) * 0.1;
    return [from - room, to + room];
  }
  const room = (to - from) * share;
  return [from - room, to + room];
}

/** A span that a chart can show: an x range of one point is widened by one on both sides. */
export function widened([from, to]: Span): Span {
  return from === to ? [from - 1, to + 1] : [from, to];
}
