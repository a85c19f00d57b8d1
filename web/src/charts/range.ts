/** How far the x axis of a chart reaches when all is to be seen, before any of it has been asked for. */
import type { XAxis } from "../api/scalars";
import { EMPTY, isEmpty, type Span, union, widened } from "../lib/extent";
import type { Run, Series } from "../state/board";
import { aheadOf } from "../state/sources";

/** Whether what came since `before` can be seen: a zoom that ends before it shows the same as ever. */
export function mayShow(x: Span | null, before: Span, now: Span): boolean {
  return x === null || x[1] >= before[1] || now[0] !== before[0];
}

export function byOurClock({ run, series }: { run: Run; series: Series }): { series: Series } {
  const ahead_s = aheadOf(run.source);
  const first_wall_time_s = series.first_wall_time_s - ahead_s;
  return { series: { ...series, first_wall_time_s, last_wall_time_s: series.last_wall_time_s - ahead_s } };
}

/** The x range of all series together. `all`: superseded points too. */
export function rangeOf(series: readonly { series: Series }[], x: XAxis, all: boolean): Span {
  let span: Span = EMPTY;
  for (const { series: s } of series) {
    if (x === "step") span = union(span, all ? [s.min_step, s.max_step] : [s.first_step, s.last_step]);
    else if (x === "wall_time") span = union(span, [s.first_wall_time_s, s.last_wall_time_s]);
    else span = union(span, [0, s.last_wall_time_s - s.first_wall_time_s]);
  }
  if (isEmpty(span) || !Number.isFinite(span[0]) || !Number.isFinite(span[1])) return [0, 1];
  return widened(span);
}
