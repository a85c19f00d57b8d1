/** Histograms over time as their percentiles: bands between them, and lines along them. */
import { PERCENTILES } from "../api/histogram";
import { type Columns, middle } from "./columns";
import type { Frame } from "./frame";

const MEDIAN = (PERCENTILES.length - 1) / 2;
const BAND_ALPHA = 0.17;
const LINE_ALPHA = 0.45;
const ALONE_PX = 8;

/** Where each percentile is, column by column: x, then y of all nine. Columns without any are left out. */
export function fanPlaces({ list }: Columns, frame: Frame): { px: Float64Array; py: Float64Array[] } {
  const there = list.filter(({ percentiles }) => percentiles.length > 0 && percentiles.every(Number.isFinite));
  return {
    px: Float64Array.from(there, (column) => frame.px(middle(column))),
    py: PERCENTILES.map((_, at) => Float64Array.from(there, ({ percentiles }) => frame.py(percentiles[at] as number))),
  };
}

/** Pairs of percentiles from the outermost in: what lies in several bands is darker. */
export function paintFan(context: CanvasRenderingContext2D, columns: Columns, frame: Frame, colour: string): void {
  const { px, py } = fanPlaces(columns, frame);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  // A single column is no line: it is as wide as can be seen.
  const x = px.length === 1 ? Float64Array.of((px[0] as number) - ALONE_PX, (px[0] as number) + ALONE_PX) : px;
  const y = px.length === 1 ? py.map((at) => Float64Array.of(at[0] as number, at[0] as number)) : py;
  context.globalAlpha = BAND_ALPHA;
  for (let at = 0; at < MEDIAN; at++) {
    const [low, high] = [y[at] as Float64Array, y[PERCENTILES.length - 1 - at] as Float64Array];
    context.beginPath();
    for (let i = 0; i < x.length; i++) context.lineTo(x[i] as number, high[i] as number);
    for (let i = x.length - 1; i >= 0; i--) context.lineTo(x[i] as number, low[i] as number);
    context.fill();
  }
  y.forEach((line, at) => {
    context.globalAlpha = at === MEDIAN ? 1 : LINE_ALPHA;
    context.lineWidth = at === MEDIAN ? 1.75 : 0.75;
    context.beginPath();
    for (let i = 0; i < x.length; i++) context.lineTo(x[i] as number, line[i] as number);
    context.stroke();
  });
  context.globalAlpha = 1;
}
