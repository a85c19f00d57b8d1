/** What follows the pointer, on a canvas above the lines: moving it never redraws them. */
import uPlot from "uplot";
import type { Span } from "../lib/extent";
import type { ChartLook } from "./chart";
import { type Curve, nearestIndex } from "./curve";
import { dot, strokeCurve } from "./draw";
import { styleOf } from "./lines";
import { type Mapping, type Maps, mapOf } from "./scale";

export interface Highlight {
  run_key: string | null;
  x: number | null;
  /** The others step back: the run was pointed at elsewhere. */
  veil: boolean;
}

export const NO_HIGHLIGHT: Highlight = { run_key: null, x: null, veil: false };

/** What stands over the lines: the highlight, the range whose statistics are shown, and where images and the like stand. */
export type Above = Highlight & { measured: Span | null; step: number | null };

const LIFTED_WIDTH_PX = 2.5;
const MEASURED_ALPHA = 0.08;
const VEIL_ALPHA = 0.55;
const STEP_ALPHA = 0.7;

export class Overlay {
  readonly canvas = document.createElement("canvas");

  constructor() {
    this.canvas.className = "chart-overlay";
  }

  /** In CSS pixels. */
  textWidth(text: string, font: string): number {
    const context = this.canvas.getContext("2d");
    if (!context) return 0;
    context.font = font;
    return context.measureText(text).width;
  }

  draw(plot: uPlot, curves: readonly Curve[], maps: Maps, look: ChartLook, above: Above): void {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    this.fit(plot.ctx.canvas);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const { run_key, x, veil, measured, step } = above;
    if (run_key === null && x === null && measured === null && step === null) return;
    const { bbox } = plot;
    const map = maps.left;
    context.save();
    clipTo(context, bbox, uPlot.pxRatio);
    const lifted = curves.filter((curve) => curve.run_key === run_key);
    if (veil && lifted.length > 0 && curves.length > lifted.length) {
      context.globalAlpha = VEIL_ALPHA;
      context.fillStyle = look.paper;
      context.fillRect(bbox.left, bbox.top, bbox.width, bbox.height);
    }
    if (step !== null && step >= map.x[0] && step <= map.x[1]) drawStep(context, bbox, map.px(step), look.accent);
    if (measured) drawMeasured(context, bbox, map, measured, look.accent);
    if (x !== null && x >= map.x[0] && x <= map.x[1]) drawCrosshair(context, bbox, map.px(x), look.ink);
    for (const curve of lifted) drawLifted(context, curve, mapOf(maps, curve), x, look);
    context.restore();
  }

  /** As large as the canvas below, which changes its size a moment after it is told to. */
  private fit({ width, height }: HTMLCanvasElement): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }
}

function drawMeasured(
  context: CanvasRenderingContext2D,
  bbox: uPlot.BBox,
  map: Mapping,
  [from, to]: Span,
  colour: string,
): void {
  const [left, right] = [map.px(from), map.px(to)];
  const width = Math.max(1, Math.round(uPlot.pxRatio));
  context.fillStyle = colour;
  context.globalAlpha = MEASURED_ALPHA;
  context.fillRect(left, bbox.top, right - left, bbox.height);
  context.globalAlpha = 0.6;
  for (const edge of [left, right]) context.fillRect(Math.round(edge - width / 2), bbox.top, width, bbox.height);
}

function drawStep(context: CanvasRenderingContext2D, bbox: uPlot.BBox, px: number, colour: string): void {
  context.globalAlpha = STEP_ALPHA;
  context.fillStyle = colour;
  context.fillRect(Math.round(px), bbox.top, Math.max(1, Math.round(uPlot.pxRatio)), bbox.height);
  context.globalAlpha = 1;
}

function drawCrosshair(context: CanvasRenderingContext2D, bbox: uPlot.BBox, px: number, ink: string): void {
  context.globalAlpha = 0.45;
  context.fillStyle = ink;
  context.fillRect(Math.round(px), bbox.top, Math.max(1, Math.round(uPlot.pxRatio)), bbox.height);
}

function drawLifted(
  context: CanvasRenderingContext2D,
  curve: Curve,
  map: Mapping,
  x: number | null,
  look: ChartLook,
): void {
  const ratio = uPlot.pxRatio;
  const style = styleOf(curve, look, LIFTED_WIDTH_PX, 1, ratio);
  strokeCurve(context, curve, curve.line, map, style);
  if (x === null) return;
  const i = nearestIndex(curve, x);
  const [px, py] = [map.px(curve.x[i] ?? Number.NaN), map.py(curve.line[i] ?? Number.NaN)];
  if (!Number.isFinite(px) || !Number.isFinite(py)) return;
  context.globalAlpha = 1;
  context.fillStyle = look.paper;
  dot(context, px, py, 4.5 * ratio);
  context.fillStyle = style.colour;
  dot(context, px, py, 3 * ratio);
}

/** The plotting area with room for half a line and a dot at its edges. */
export function clipTo(
  context: CanvasRenderingContext2D,
  { left, top, width, height }: uPlot.BBox,
  ratio: number,
): void {
  const room = 3 * ratio;
  context.beginPath();
  context.rect(left - room, top - room, width + 2 * room, height + 2 * room);
  context.clip();
}
