/** What the tooltip says of a place in a plot of histograms. */
import { PERCENTILES } from "../api/histogram";
import type { Span } from "../lib/extent";
import { formatColumn, formatCount, formatPercent, formatValue, plural } from "../lib/number";
import { formatMoment, formatSpan } from "../lib/time";
import type { HistogramMode } from "../state/histogram";
import type { MediaTipRow } from "../state/media_tip";
import { media_x } from "../state/x_axis";
import { binSpan, type Column, type Columns } from "./columns";

const MEDIAN = (PERCENTILES.length - 1) / 2;
const PERCENTILE_NAMES = PERCENTILES.map((percent, i) => {
  if (i === 0) return "minimum";
  if (i === PERCENTILES.length - 1) return "maximum";
  return i === MEDIAN ? "median" : `${percent}\u202f%`;
});

/** Of a column, and of a bin of it (-1: of none), or of its percentiles. */
export function tipRows(columns: Columns, column: Column, bin: number, mode: HistogramMode): MediaTipRow[] {
  const row = (name: string, text: string): MediaTipRow => ({ colour: null, cells: [name, text], near: false });
  const rows = [row("step", spanInWords(column.step, formatCount))];
  if (media_x.peek() !== "step") rows.push(row("time", spanInWords(column.wall_time_s, formatMoment)));
  if (media_x.peek() === "relative") rows.push(row("after", spanInWords(column.x, formatSpan)));
  if (column.n > 1) rows.push(row("added up", plural(column.n, "histogram")));
  if (mode === "fan") {
    const nine = PERCENTILE_NAMES.map((name, i) => row(name, formatColumn(column.percentiles[i] ?? Number.NaN)));
    return [...rows, ...nine.reverse()];
  }
  if (bin < 0) return rows;
  const count = column.counts[bin] ?? 0;
  const all = column.counts.reduce((sum, each) => sum + each, column.below + column.above);
  rows.push(
    row(
      "values",
      spanInWords(binSpan(columns, bin), (value) => formatValue(value)),
    ),
  );
  rows.push(row("count", formatAmount(count)));
  if (all > 0) rows.push(row("of", `${formatAmount(all)} (${formatPercent(count, all)})`));
  return rows;
}

function spanInWords([from, to]: Span, format: (value: number) => string): string {
  const [first, last] = [format(from), format(to)];
  return first === last ? first : `${first} … ${last}`;
}

/** Counts that were divided between bins are no whole numbers. */
function formatAmount(count: number): string {
  return Number.isInteger(count) ? formatCount(count) : formatValue(count);
}
