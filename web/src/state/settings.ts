/** What the user set for the whole board. Each has a default; only what differs goes into the address. */
import { computed, signal } from "@preact/signals";
import type { XAxis } from "../api/scalars";
import { makeFilter } from "../lib/filter";

export type YScale = "linear" | "log";

export const DEFAULT_SMOOTHING = 0.6;
export const MAX_SMOOTHING = 0.999;

export const smoothing = signal(DEFAULT_SMOOTHING);
export const x_axis = signal<XAxis>("step");
export const y_scale = signal<YScale>("linear");
/** Leave the outermost 5 % of the values on each side out of the y range. */
export const ignore_outliers = signal(false);
export const run_filter_text = signal("");
export const tag_filter_text = signal("");

export const run_filter = computed(() => makeFilter(run_filter_text.value));
export const tag_filter = computed(() => makeFilter(tag_filter_text.value));

export function clampSmoothing(weight: number): number {
  return Number.isFinite(weight) ? Math.min(MAX_SMOOTHING, Math.max(0, weight)) : DEFAULT_SMOOTHING;
}

const X_AXES: readonly XAxis[] = ["step", "relative", "wall_time"];

export function nextX(): XAxis {
  return X_AXES[(X_AXES.indexOf(x_axis.value) + 1) % X_AXES.length] ?? "step";
}

export function toggleY(): void {
  y_scale.value = y_scale.value === "log" ? "linear" : "log";
}
