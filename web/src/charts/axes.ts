/** The two axes of a chart: where ticks stand and how they read. */
import type { XAxis } from "../api/scalars";
import { formatTicks, formatValue } from "../lib/number";
import { clockTicks, linearTicks, logTicks, spanTicks, type Ticks } from "../lib/ticks";
import { formatClockTick, formatSpanTick } from "../lib/time";
import { fromAxis } from "./scale";

const X_TICK_SPACE_PX = 48;
const CLOCK_TICK_SPACE_PX = 68;
const Y_TICK_SPACE_PX = 22;

export interface LabelledTicks {
  at: number[];
  labels: string[];
}

export function xTicks(axis: XAxis, min: number, max: number, length_px: number): LabelledTicks {
  const space_px = axis === "step" ? X_TICK_SPACE_PX : CLOCK_TICK_SPACE_PX;
  const count = Math.max(2, length_px / space_px);
  if (axis === "relative") return labelled(spanTicks(min, max, count), (t, step) => formatSpanTick(t, step));
  if (axis === "wall_time") return labelled(clockTicks(min, max, count), (t, step) => formatClockTick(t, step));
  const ticks = linearTicks(min, max, count, true);
  return { at: ticks.at, labels: formatTicks(ticks.at, ticks.step) };
}

function labelled({ at, step }: Ticks, label: (at: number, step: number) => string): LabelledTicks {
  return { at, labels: at.map((t) => label(t, step)) };
}

/** `min` and `max` in axis units: decimal logarithms when `log`. */
export function yTicks(log: boolean, min: number, max: number, length_px: number): LabelledTicks {
  const count = Math.max(2, length_px / Y_TICK_SPACE_PX);
  if (!log) {
    const ticks = linearTicks(min, max, count);
    return { at: ticks.at, labels: formatTicks(ticks.at, ticks.step) };
  }
  const { at } = logTicks(min, max, count);
  return { at, labels: at.map((t) => formatValue(fromAxis(t, true), 3)) };
}
