/** Histograms as lines, one before the other from the oldest to the newest, or all on one base. */
import { mixed } from "../lib/ramp";
import { binAt, type Column, type Columns, density, middle } from "./columns";
import type { Frame, Inks } from "./frame";

export interface Ridge {
  column: Column;
  /** The height of nothing. */
  base_px: number;
  /** Corners, x and y in turns: on the base, the middle of each bin, on the base. */
  outline: Float64Array;
}

/** Old lines are this much paper. */
const OLD_SHARE = 0.72;
const OVERLAY_ALPHA = 0.75;

/** The greatest height there is, as a density. */
export function peakOf(columns: Columns): number {
  let peak = 0;
  for (const column of columns.list) {
    for (let bin = 0; bin < columns.bins; bin++) peak = Math.max(peak, density(columns, column, bin));
  }
  return peak;
}

/** `head_px`: how high the greatest one rises above its base. `one_base`: all stand on the lower edge. */
export function ridgesOf(columns: Columns, frame: Frame, head_px: number, one_base: boolean): Ridge[] {
  const peak = peakOf(columns);
  const rise = peak > 0 ? head_px / peak : 0;
  const floor = frame.box.top + frame.box.height;
  return columns.list.map((column) => {
    const base_px = one_base ? floor : frame.py(middle(column));
    return { column, base_px, outline: outlineOf(columns, column, frame, base_px, rise) };
  });
}

function outlineOf(columns: Columns, column: Column, frame: Frame, base_px: number, rise: number): Float64Array {
  const { bins, values } = columns;
  const outline = new Float64Array((bins + 2) * 2);
  const [left, right] = [frame.px(values[0]), frame.px(values[1])];
  const width = (right - left) / bins;
  outline.set([left, base_px]);
  for (let bin = 0; bin < bins; bin++) {
    outline.set([left + (bin + 0.5) * width, base_px - density(columns, column, bin) * rise], (bin + 1) * 2);
  }
  outline.set([right, base_px], (bins + 1) * 2);
  return outline;
}

/** The ridge under a place: the foremost that covers it, else the one whose base is nearest. -1 without any. */
export function ridgeAt(ridges: readonly Ridge[], px: number, py: number, one_base: boolean): number {
  let nearest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = ridges.length - 1; i >= 0; i--) {
    const ridge = ridges[i] as Ridge;
    const top = heightAt(ridge.outline, px);
    if (!one_base && py <= ridge.base_px && py >= top && top < ridge.base_px) return i;
    // On one base all cover each other: the line itself is looked for.
    const away = Math.abs(py - (one_base ? top : ridge.base_px));
    if (away < least) [least, nearest] = [away, i];
  }
  return nearest;
}

/** Of the line, at a place along it; on the base beyond its ends. */
export function heightAt(outline: Float64Array, px: number): number {
  const corners = outline.length / 2;
  const base = outline[1] as number;
  if (!(px > (outline[0] as number)) || px >= (outline[(corners - 1) * 2] as number)) return base;
  for (let i = 1; i < corners; i++) {
    const [left, right] = [outline[(i - 1) * 2] as number, outline[i * 2] as number];
    if (px > right) continue;
    const [from, to] = [outline[i * 2 - 1] as number, outline[i * 2 + 1] as number];
    return right > left ? from + ((px - left) / (right - left)) * (to - from) : to;
  }
  return base;
}

/** The newest is the front one, and has the run's own colour. */
export function paintRidges(
  context: CanvasRenderingContext2D,
  ridges: readonly Ridge[],
  inks: Inks,
  colour: string,
  one_base: boolean,
): void {
  context.lineJoin = "round";
  ridges.forEach(({ outline }, i) => {
    const age = ridges.length > 1 ? 1 - i / (ridges.length - 1) : 0;
    const own = mixed(colour, inks.paper, age * OLD_SHARE);
    trace(context, outline);
    if (one_base) {
      context.globalAlpha = OVERLAY_ALPHA;
      context.strokeStyle = own;
      context.lineWidth = i === ridges.length - 1 ? 2 : 1;
    } else {
      context.fillStyle = own;
      context.fill();
      context.strokeStyle = inks.paper;
      context.lineWidth = 0.75;
    }
    context.stroke();
  });
  context.globalAlpha = 1;
}

/** One of them over all others, with a line around it. */
export function paintLifted(context: CanvasRenderingContext2D, ridge: Ridge, fill: string | null, line: string): void {
  trace(context, ridge.outline);
  if (fill !== null) {
    context.fillStyle = fill;
    context.globalAlpha = 0.9;
    context.fill();
    context.globalAlpha = 1;
  }
  context.strokeStyle = line;
  context.lineWidth = 1.75;
  context.lineJoin = "round";
  context.stroke();
}

function trace(context: CanvasRenderingContext2D, outline: Float64Array): void {
  context.beginPath();
  for (let i = 0; i < outline.length; i += 2) context.lineTo(outline[i] as number, outline[i + 1] as number);
}

/** The ridge and the bin of it under a place. */
export function ridgePlace(
  columns: Columns,
  ridges: readonly Ridge[],
  frame: Frame,
  px: number,
  py: number,
  one: boolean,
) {
  return { column: ridgeAt(ridges, px, py, one), bin: binAt(columns, frame.valueAt(px)) };
}
