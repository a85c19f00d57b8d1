/** What the user set for the whole board. Each has a default; only what differs goes into the address. */
import { batch, computed, signal } from "@preact/signals";
import type { Smoothing } from "../api/scalars";
import { type XAxis, xTag } from "../api/x_axis";
import { makeFilter } from "../lib/filter";

/** How an axis divides its room. */
export type AxisScaleName = "linear" | "log" | "symlog";

export const DEFAULT_SMOOTHING = 0.6;
export const MAX_SMOOTHING = 0.999;

/** The moving average of TensorBoard, the one that fades with time, or the bell curve. */
export type SmoothingKind = "ema" | "time_ema" | "gaussian";

export const DEFAULT_HALF_LIFE_S = 30;
export const DEFAULT_SIGMA_POINTS = 10;

export const smoothing_kind = signal<SmoothingKind>("ema");
/** The weight of `ema`. */
export const smoothing = signal(DEFAULT_SMOOTHING);
export const half_life_s = signal(DEFAULT_HALF_LIFE_S);
export const sigma_points = signal(DEFAULT_SIGMA_POINTS);

/** As it is asked for. */
export const smoothing_now = computed((): Smoothing => {
  if (smoothing_kind.value === "ema") return smoothing.value;
  if (smoothing_kind.value === "gaussian") return gaussian(sigma_points.value);
  return timeEma(half_life_s.value);
});

export function timeEma(half_life: number): Smoothing {
  return half_life > 0 ? { kind: "time_ema", half_life, unit: "wall_time" } : 0;
}

export function gaussian(sigma: number): Smoothing {
  return sigma > 0 ? { kind: "gaussian", sigma, unit: "points" } : 0;
}

export function useSmoothing(how: Smoothing): void {
  batch(() => {
    smoothing_kind.value = typeof how === "number" ? "ema" : how.kind;
    if (typeof how === "number") smoothing.value = how;
    else if (how.kind === "gaussian") sigma_points.value = how.sigma;
    else half_life_s.value = how.half_life;
  });
}
export const x_axis = signal<XAxis>("step");
export const x_scale = signal<AxisScaleName>("linear");
export const y_scale = signal<AxisScaleName>("linear");
/** How many percent of the values on each side are left out of the y range. */
export const clip_percent = signal(0);
export const MAX_CLIP_PERCENT = 49;
export const run_filter_text = signal("");
export const tag_filter_text = signal("");

export const run_filter = computed(() => makeFilter(run_filter_text.value));
export const tag_filter = computed(() => makeFilter(tag_filter_text.value));

export function clampSmoothing(weight: number): number {
  return Number.isFinite(weight) ? Math.min(MAX_SMOOTHING, Math.max(0, weight)) : DEFAULT_SMOOTHING;
}

const X_AXES: readonly XAxis[] = ["step", "relative", "wall_time"];

/** From another tag back to the step. */
export function nextX(): XAxis {
  if (xTag(x_axis.value) !== null) return "step";
  return X_AXES[(X_AXES.indexOf(x_axis.value) + 1) % X_AXES.length] ?? "step";
}

const AXIS_SCALES: readonly AxisScaleName[] = ["linear", "log", "symlog"];

export function readAxisScale(text: string | undefined): AxisScaleName {
  return AXIS_SCALES.find((scale) => scale === text) ?? "linear";
}

function nextScale(scale: AxisScaleName): AxisScaleName {
  return AXIS_SCALES[(AXIS_SCALES.indexOf(scale) + 1) % AXIS_SCALES.length] ?? "linear";
}

export function cycleXScale(): void {
  x_scale.value = nextScale(x_scale.value);
}

export function cycleY(): void {
  y_scale.value = nextScale(y_scale.value);
}
