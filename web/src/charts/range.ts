/** How far the x axis of a chart reaches when all is to be seen, and what has no place on it. */
import type { Restarts } from "../api/scalars";
import { type XAxis, xTag } from "../api/x_axis";
import { EMPTY, isEmpty, type Span, union, widened } from "../lib/extent";
import { plural } from "../lib/number";
import { board, type Run, type Series } from "../state/board";
import { extentsOf } from "../state/extents";
import type { AxisScaleName } from "../state/settings";
import { aheadOf } from "../state/sources";
import type { ChartSeries } from "./chart_series";
import { type AxisScale, symlogFor } from "./scale";

/** Whether what came since `before` can be seen: a zoom that ends before it shows the same as ever. */
export function mayShow(x: Span | null, before: Span, now: Span): boolean {
  return x === null || x[1] >= before[1] || now[0] !== before[0];
}

export interface Reach {
  /** The series that have something on the axis, as far as the index tells. */
  series: readonly ChartSeries[];
  /** Null: not known yet, or there is `nothing`. */
  whole: Span | null;
  /** Why there is nothing to see; "" when there is. */
  nothing: string;
  /** What is missing of what is seen; "" when all is there. */
  missing: string;
  /** Changes with what is known of; null: the board says it. */
  growth: number | null;
}

/** The reach of a chart's series. `restarts`: with superseded points, or without. */
export function reachOf(all: readonly ChartSeries[], x: XAxis, scale: AxisScaleName, restarts: Restarts): Reach {
  const tag = xTag(x);
  const series = tag === null ? all : all.filter(({ run }) => hasTag(run, tag));
  const reach: Reach = { series, whole: null, nothing: "", missing: lackOf(all, series, tag), growth: null };
  if (all.length === 0) return { ...reach, nothing: "No visible run has this tag.", missing: "" };
  if (series.length === 0) return { ...reach, nothing: `No visible run has ${tag}.`, missing: "" };
  const is_log = scale === "log";
  if (tag === null) {
    const span = rangeOf(x === "wall_time" ? series.map(byOurClock) : series, x, restarts === "all");
    if (!is_log || span[0] > 0) return { ...reach, whole: withRoom(span, is_log) };
  }
  const { is_known, span, left_out, growth } = extentsOf(series, { x, is_log, restarts });
  if (!is_known) return { ...reach, growth };
  const missing = [reach.missing, leftOut(left_out)].filter((part) => part !== "").join(" · ");
  if (span) return { ...reach, whole: withRoom(span, is_log), missing, growth };
  const nothing = left_out > 0 ? "Every x is 0 or less: a log axis has no place for it." : `No point has ${tag ?? x}.`;
  return { ...reach, nothing, missing: "", growth };
}

function hasTag(run: Run, tag: string): boolean {
  return board.value.tag_of.get(tag)?.series.has(run.key) ?? false;
}

function lackOf(all: readonly ChartSeries[], having: readonly ChartSeries[], tag: string | null): string {
  const runs = (series: readonly ChartSeries[]) => new Set(series.map(({ run }) => run.key)).size;
  const lacking = runs(all) - runs(having);
  return lacking === 0 ? "" : `${plural(lacking, "run")} without ${tag}`;
}

function leftOut(points: number): string {
  return points === 0
    ? ""
    : `${plural(points, "point")} at x ≤ 0 ${points === 1 ? "has" : "have"} no place on a log axis`;
}

/** Wall times by the clock of this machine. */
export function byOurClock({ run, series }: { run: Run; series: Series }): { series: Series } {
  const ahead_s = aheadOf(run.source);
  const first_wall_time_s = series.first_wall_time_s - ahead_s;
  return { series: { ...series, first_wall_time_s, last_wall_time_s: series.last_wall_time_s - ahead_s } };
}

/** The x range of all series together, as the index tells it. `all`: superseded points too. */
export function rangeOf(series: readonly { series: Series }[], x: XAxis, all: boolean): Span {
  let span: Span = EMPTY;
  for (const { series: s } of series) {
    if (x === "step") span = union(span, all ? [s.min_step, s.max_step] : [s.first_step, s.last_step]);
    else if (x === "wall_time") span = union(span, [s.first_wall_time_s, s.last_wall_time_s]);
    else span = union(span, [0, s.last_wall_time_s - s.first_wall_time_s]);
  }
  return isEmpty(span) || !Number.isFinite(span[0]) || !Number.isFinite(span[1]) ? [0, 1] : span;
}

/** A span that a chart can show: one of a single x gets room on both sides. */
function withRoom([from, to]: Span, is_log: boolean): Span {
  return is_log && from === to ? [from / 2, to * 2] : widened([from, to]);
}

/** The part of the axis that is seen of a wish, which may begin where a logarithmic axis has no place. */
export function seenOf(wish: Span | null, whole: Span, scale: AxisScale): Span {
  if (!wish || scale !== "log" || wish[0] > 0) return wish ?? whole;
  return wish[1] > whole[0] ? [whole[0], wish[1]] : whole;
}

/** The scale of an axis that goes so far. */
export function xScaleFor(name: AxisScaleName, [from, to]: Span): AxisScale {
  return name === "symlog" ? symlogFor(Math.max(Math.abs(from), Math.abs(to))) : name;
}
