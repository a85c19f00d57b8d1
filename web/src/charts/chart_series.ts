/** What a chart has to show: the series of its tags in the drawn runs, and how each tag's lines look. */
import type { SeriesName } from "../api/scalars";
import { type XAxis, xTag } from "../api/x_axis";
import { board, type Run, type Series } from "../state/board";
import { drawn_groups, group_band, group_of } from "../state/groups";
import { joinOf } from "../state/joins";
import { visible_runs } from "../state/selection";
import type { Curve } from "./curve";
import { withMargins } from "./margins";
import { edgesOf } from "./spread";

/** One for each tag of a chart; the first is solid. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2.5], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2, 1, 2]];

export interface ChartSeries {
  run: Run;
  tag: string;
  series: Series;
}

/** Tag by tag, in the order of the runs pane. `host`: the tag that has the card. */
export function seriesOf(host: string): ChartSeries[] {
  const out: ChartSeries[] = [];
  for (const tag of joinOf(host).tags) {
    const of_runs = board.value.tag_of.get(tag)?.series;
    if (!of_runs) continue;
    for (const run of visible_runs.value) {
      const series = of_runs.get(run.key);
      if (series) out.push({ run, tag, series });
    }
  }
  return out;
}

export function namesOf(series: readonly ChartSeries[]): SeriesName[] {
  return series.map(({ run, tag }) => ({ source: run.source, run: run.name, tag }));
}

/** Changes whenever one of the chart's tags has grown. */
export function growthOf(host: string): number {
  return joinOf(host).tags.reduce((sum, tag) => sum + (board.value.tag_of.get(tag)?.growth.value ?? 0), 0);
}

/** Also when the tag has grown that is x: it says where the points of the others are. */
export function growthAlong(host: string, x: XAxis): number {
  const tag = xTag(x);
  return growthOf(host) + (tag === null ? 0 : (board.value.tag_of.get(tag)?.growth.value ?? 0));
}

export function dashOf(host: string, tag: string): readonly number[] {
  return DASHES[Math.max(0, joinOf(host).tags.indexOf(tag)) % DASHES.length] ?? [];
}

/** The curves of visible runs and present tags, dashed and on their axis. */
export function styled(host: string, curves: readonly Curve[]): Curve[] {
  const { tags, right, margins } = joinOf(host);
  const shown = new Set(visible_runs.peek().map((run) => run.key));
  const groups = drawn_groups.peek();
  const now = curves
    .filter(({ run_key, tag, spread }) => (spread ? groups?.has(run_key) : shown.has(run_key)) && tags.includes(tag))
    .map((curve) => withEdges(curve));
  if (margins) return withMargins(now, margins, DASHES);
  if (tags.length === 1) return now;
  return now.map((curve) => ({ ...curve, dash: dashOf(host, curve.tag), right: right.has(curve.tag) }));
}

function withEdges(curve: Curve): Curve {
  return curve.spread ? { ...curve, edges: edgesOf(curve.x, curve.value, curve.spread, group_band.peek()) } : curve;
}

/** The means that a chart shows instead of its runs: a name for each, and the runs behind it; null while there are none. */
export function meansOf(series: readonly ChartSeries[]): { names: SeriesName[]; groups: SeriesName[][] } | null {
  const groups = drawn_groups.value;
  if (groups === null) return null;
  const means = new Map<string, { name: SeriesName; runs: SeriesName[] }>();
  for (const { run, tag } of series) {
    const key = group_of.value.get(run.key)?.key;
    if (key === undefined) continue;
    const id = `${tag}\n${key}`;
    const mean = means.get(id) ?? { name: { source: "", run: key, tag }, runs: [] };
    means.set(id, mean);
    mean.runs.push({ source: run.source, run: run.name, tag });
  }
  const all = [...means.values()];
  return { names: all.map(({ name }) => name), groups: all.map(({ runs }) => runs) };
}
