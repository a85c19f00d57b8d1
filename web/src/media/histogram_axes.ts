/** The axes of a plot of histograms, and how high its lines rise. */
import { xTicks, yTicks } from "../charts/axes";
import type { Span } from "../lib/extent";
import type { HistogramMode } from "../state/histogram";
import { media_x } from "../state/x_axis";
import type { Columns } from "./columns";
import type { Axes } from "./frame";
import { peakOf } from "./ridgeline";

/** How high the greatest line rises, as a share of the plot. */
export const HEAD_SHARE = 0.3;
export const OVERLAY_ROOM = 0.94;
/** Above and below what is within the axes. */
const FRAME_PX = 26;
/** Values beside each other need more room than above each other. */
const ACROSS = 2.4;

/** Values lie along the lower edge of lines; over time they stand at the left. */
export function axesOf(columns: Columns, mode: HistogramMode, x: Span, values: Span, height_px: number): Axes {
  const axis = media_x.value;
  const of_values = (length_px: number) => yTicks("linear", values[0], values[1], length_px);
  const of_x = (length_px: number) => xTicks(axis, "linear", x[0], x[1], length_px);
  if (mode === "heat" || mode === "fan") {
    return { bottom: { span: x, ticks: of_x }, up: { span: values, ticks: of_values }, side: "left" };
  }
  const bottom = { span: values, ticks: (px: number) => of_values(px / ACROSS) };
  if (mode === "overlay") {
    const top = countAtPeak(columns) / OVERLAY_ROOM || 1;
    return { bottom, up: { span: [0, top], ticks: (px) => yTicks("linear", 0, top, px) }, side: "left" };
  }
  // Steps above each other stand as close as values do.
  const up = { span: x, ticks: (px: number) => of_x(px * 2) };
  return { bottom, up, side: "right", downwards: true, head_px: (height_px - FRAME_PX) * HEAD_SHARE };
}

/** What the fullest bin of one histogram holds. */
function countAtPeak(columns: Columns): number {
  return (peakOf(columns) * (columns.values[1] - columns.values[0])) / Math.max(1, columns.bins);
}
