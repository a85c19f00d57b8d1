/** What a hand does to the span of an axis: push it along, draw it together about a place, and not beyond its ends. */
import type { Span } from "../lib/extent";

/** Below this share of its own numbers a span has no pixels left to tell apart. */
const LEAST_SHARE = 1e-12;

/** Moved by a share of its length. */
export function pushed([from, to]: Span, share: number): Span {
  const by = (to - from) * share;
  return [from + by, to + by];
}

/** `factor` times as long, with the place at the share `about` where it was. */
export function scaled([from, to]: Span, about: number, factor: number): Span {
  const fixed = from + (to - from) * about;
  return [fixed - (fixed - from) * factor, fixed + (to - fixed) * factor];
}

/** Whether a chart can show so little. `least`: the shortest that says something. */
export function isLongEnough([from, to]: Span, least = 0): boolean {
  const length = to - from;
  return length >= least && length > LEAST_SHARE * Math.max(Math.abs(from), Math.abs(to)) && length > 0;
}

/** Pushed back within `whole`; null when it is as long as all of it. */
export function within([from, to]: Span, whole: Span): Span | null {
  const length = to - from;
  if (length >= (whole[1] - whole[0]) * (1 - 1e-9)) return null;
  const start = Math.min(Math.max(from, whole[0]), whole[1] - length);
  return start === from ? [from, to] : [start, start + length];
}
