/** The two axes of a chart: where ticks stand and how they read. */
import type { XAxis } from "../api/x_axis";
import { formatTicks, formatValue } from "../lib/number";
import { clockTicks, linearTicks, logTicks, spanTicks, type Ticks } from "../lib/ticks";
import { formatClockTick, formatMoment, formatSpan, formatSpanTick } from "../lib/time";
import { type AxisScale, fromAxis, toAxis } from "./scale";

const X_TICK_SPACE_PX = 48;
const CLOCK_TICK_SPACE_PX = 68;
/** Over less than so many decades a logarithmic axis is nearly straight. */
const STRAIGHT_DECADES = 0.7;
const Y_TICK_SPACE_PX = 22;

export interface LabelledTicks {
  at: number[];
  labels: string[];
}

/** `min` and `max` in axis units. */
export function xTicks(axis: XAxis, scale: AxisScale, min: number, max: number, length_px: number): LabelledTicks {
  const is_time = axis === "relative" || axis === "wall_time";
  const count = Math.max(2, length_px / (is_time ? CLOCK_TICK_SPACE_PX : X_TICK_SPACE_PX));
  if (scale === "linear") return straightTicks(axis, min, max, count);
  if (scale === "log" && max - min < STRAIGHT_DECADES) {
    const { at, labels } = straightTicks(axis, fromAxis(min, scale), fromAxis(max, scale), count);
    return { at: at.map((value) => toAxis(value, scale)), labels };
  }
  const at = scale === "log" ? logTicks(min, max, count).at : symlogTicks(scale, min, max, count);
  return { at, labels: at.map((t) => valueLabel(axis, fromAxis(t, scale))) };
}

function valueLabel(axis: XAxis, value: number): string {
  if (axis === "relative") return value === 0 ? "0" : formatSpan(value);
  return axis === "wall_time" ? formatMoment(value) : formatValue(value, 3);
}

function straightTicks(axis: XAxis, min: number, max: number, count: number): LabelledTicks {
  if (axis === "relative") return labelled(spanTicks(min, max, count), (t, step) => formatSpanTick(t, step));
  if (axis === "wall_time") return labelled(clockTicks(min, max, count), (t, step) => formatClockTick(t, step));
  const ticks = linearTicks(min, max, count, axis === "step");
  return { at: ticks.at, labels: formatTicks(ticks.at, ticks.step) };
}

function labelled({ at, step }: Ticks, label: (at: number, step: number) => string): LabelledTicks {
  return { at, labels: at.map((t) => label(t, step)) };
}

/** `min` and `max` in axis units. */
export function yTicks(scale: AxisScale, min: number, max: number, length_px: number): LabelledTicks {
  const count = Math.max(2, length_px / Y_TICK_SPACE_PX);
  if (scale === "linear") {
    const ticks = linearTicks(min, max, count);
    return { at: ticks.at, labels: formatTicks(ticks.at, ticks.step) };
  }
  const at = scale === "log" ? logTicks(min, max, count).at : symlogTicks(scale, min, max, count);
  return { at, labels: at.map((t) => formatValue(fromAxis(t, scale), 3)) };
}

/** Zero and powers of ten of both signs, as many as have room. */
function symlogTicks(scale: { symlog: number }, min: number, max: number, count: number): number[] {
  const step = Math.max(1, Math.ceil((max - min) / count));
  const at: number[] = min <= 0 && max >= 0 ? [0] : [];
  const start = Math.round(Math.log10(scale.symlog));
  for (let decade = 1; decade <= Math.max(Math.abs(min), Math.abs(max)) + 1; decade += step) {
    const tick = toAxis(10 ** (start + decade), scale);
    for (const signed of [-tick, tick]) if (signed >= min && signed <= max) at.push(signed);
  }
  return at.sort((a, b) => a - b);
}
