/** A curve: one series as a chart draws it. */
import type { Spread } from "../api/bands";
import type { Resume, Scalars } from "../api/scalars";
import { type XAxis, xTag } from "../api/x_axis";
import { smooth } from "../lib/smooth";
import { type AxisScale, toAxis } from "./scale";
import type { Edges } from "./spread";

export interface Curve {
  run_key: string;
  tag: string;
  /** Drawn and left out, in CSS pixels; empty: solid. */
  dash: readonly number[];
  /** Its heights are on the axis at the right. */
  right: boolean;
  /** In axis units. */
  x: Float64Array;
  /** As written; the same list on a linear axis. */
  x_value: Float64Array;
  step: Float64Array;
  wall_time: Float64Array;
  value: Float64Array;
  /** What the strong line follows: the smoothed values, or `value` itself without smoothing. */
  line: Float64Array;
  superseded: Uint8Array | null;
  /** Of the mean of a group; null: a single run. */
  spread: Spread | null;
  /** What is filled around the line, if anything. */
  edges: Edges | null;
  /** Points in the range, of which the arrays may hold only those that show. */
  points: number;
  superseded_points: number;
  /** Where it goes on after restarts. */
  resumes: readonly ResumeMark[];
  /** Every point of the range is here. */
  exact: boolean;
  first_wall_time_s: number;
  /** x never goes back: a nearest point may be searched by halving. */
  ordered: boolean;
}

/** A restart, at its place on the axis. */
export interface ResumeMark extends Resume {
  /** In axis units. */
  at: number;
}

export function makeCurve(
  run_key: string,
  scalars: Scalars,
  x_axis: XAxis,
  tag = "",
  scale: AxisScale = "linear",
): Curve {
  const { step, wall_time, value, first_wall_time_s } = scalars;
  const x_value = xOf(scalars, x_axis);
  const x = scale === "linear" ? x_value : x_value.map((at) => toAxis(at, scale));
  return {
    run_key,
    tag,
    dash: [],
    right: false,
    x,
    x_value,
    step,
    wall_time,
    value,
    line: scalars.smoothed.length > 0 ? scalars.smoothed : value,
    superseded: scalars.superseded.some((flag) => flag === 1) ? scalars.superseded : null,
    spread: scalars.spread ?? null,
    edges: null,
    points: scalars.points,
    superseded_points: scalars.superseded_points,
    resumes: scalars.resumes.map((resume) => ({ ...resume, at: toAxis(xOfResume(resume, scalars, x_axis), scale) })),
    exact: scalars.exact,
    first_wall_time_s,
    ordered: isOrdered(x),
  };
}

function xOf({ step, wall_time, x, first_wall_time_s }: Scalars, axis: XAxis): Float64Array {
  if (axis === "step") return step;
  if (axis === "wall_time") return wall_time;
  return xTag(axis) === null ? wall_time.map((t) => t - first_wall_time_s) : x;
}

function xOfResume({ step, wall_time_s, x }: Resume, { first_wall_time_s }: Scalars, axis: XAxis): number {
  if (axis === "step") return step;
  if (axis === "wall_time") return wall_time_s;
  return xTag(axis) === null ? wall_time_s - first_wall_time_s : x;
}

function isOrdered(x: Float64Array): boolean {
  for (let i = 1; i < x.length; i++) {
    if (!((x[i] as number) >= (x[i - 1] as number))) return false;
  }
  return true;
}

/** The curve under another smoothing, as well as it can be known from the points that are here. */
export function resmoothed(curve: Curve, weight: number): Curve {
  // A mean is of curves that are smoothed already.
  if (curve.spread) return curve;
  if (weight === 0) return { ...curve, line: curve.value };
  return { ...curve, line: smooth(curve.value, weight, curve.points / Math.max(1, curve.value.length)) };
}

/** The curve continued on both sides by the points of another of the same series; what it says itself stays. */
export function surrounded(curve: Curve, around: Curve | undefined): Curve {
  if (!around?.ordered || !curve.ordered || curve.superseded || around.superseded || curve.spread) return curve;
  const { x } = curve;
  if (x.length === 0) return { ...around, points: curve.points, exact: curve.exact };
  const before = around.x.findIndex((at) => !(at < (x[0] as number)));
  const after = around.x.findIndex((at) => at > (x[x.length - 1] as number));
  const head = before < 0 ? around.x.length : before;
  const tail = after < 0 ? around.x.length : after;
  const join = (ours: Float64Array, theirs: Float64Array) => {
    const out = new Float64Array(head + ours.length + theirs.length - tail);
    out.set(theirs.subarray(0, head));
    out.set(ours, head);
    out.set(theirs.subarray(tail), head + ours.length);
    return out;
  };
  const value = join(curve.value, around.value);
  const joined_x = join(x, around.x);
  return {
    ...curve,
    x: joined_x,
    x_value: curve.x_value === x ? joined_x : join(curve.x_value, around.x_value),
    step: join(curve.step, around.step),
    wall_time: join(curve.wall_time, around.wall_time),
    value,
    line: curve.line === curve.value ? value : join(curve.line, around.line),
  };
}

/** The place of the point nearest to `at` on the x axis; -1 for a curve without points. Superseded points count last. */
export function nearestIndex(curve: Curve, at: number): number {
  if (!curve.ordered) return nearestByScan(curve, at);
  const { x } = curve;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && at - (x[low - 1] as number) <= (x[low] as number) - at) low--;
  return x.length === 0 ? -1 : low;
}

function nearestByScan({ x, superseded }: Curve, at: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    if (superseded?.[i] === 1) continue;
    const distance = Math.abs((x[i] as number) - at);
    if (distance <= least) {
      least = distance;
      best = i;
    }
  }
  return best;
}

/** The height of the strong line at `at`, between two points on a straight line; NaN where there is none. */
export function heightAt(curve: Curve, at: number): number {
  const i = nearestIndex(curve, at);
  if (i < 0) return Number.NaN;
  const { x, line } = curve;
  const here = x[i] as number;
  const j = at > here ? i + 1 : i - 1;
  const there = x[j];
  if (!curve.ordered || there === undefined || here === there || here === at) return line[i] as number;
  const share = (at - here) / (there - here);
  const height = (line[i] as number) + share * ((line[j] as number) - (line[i] as number));
  return Number.isFinite(height) ? height : (line[i] as number);
}
