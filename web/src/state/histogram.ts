/** How histograms are drawn: all of them alike, or a card in its own way. */
import { signal } from "@preact/signals";

/** Lines one before the other, all on one base, counts as colours over time, percentiles over time. */
export const HISTOGRAM_MODES = ["offset", "overlay", "heat", "fan"] as const;
export type HistogramMode = (typeof HISTOGRAM_MODES)[number];

/** The plots of a card have one axis of values, or each its own; auto: one, where every run has room enough on it. */
const VALUE_AXES = ["auto", "same", "own"] as const;
type ValueAxis = (typeof VALUE_AXES)[number];

/** What stands in the address. */
export interface HistogramLook {
  mode: HistogramMode;
  /** Colours follow the logarithm of counts. */
  log_counts: boolean;
  axis: ValueAxis;
}

export const DEFAULT_HISTOGRAM_LOOK: HistogramLook = { mode: "offset", log_counts: false, axis: "auto" };

export const histogram_look = signal<HistogramLook>(DEFAULT_HISTOGRAM_LOOK);

/** Cards that are drawn in a way of their own, by key. Kept in the layout. */
export const own_modes = signal<ReadonlyMap<string, HistogramMode>>(new Map());

export function modeOf(card: string): HistogramMode {
  return own_modes.value.get(card) ?? histogram_look.value.mode;
}

export function setMode(card: string, mode: HistogramMode): void {
  const next = new Map(own_modes.peek());
  if (mode === histogram_look.peek().mode) next.delete(card);
  else next.set(card, mode);
  own_modes.value = next;
}

/** All cards are drawn so from now on. */
export function setModeOfAll(mode: HistogramMode): void {
  own_modes.value = new Map();
  changeHistogramLook({ mode });
}

export function changeHistogramLook(change: Partial<HistogramLook>): void {
  histogram_look.value = { ...histogram_look.peek(), ...change };
}

/** `heat,log,own`; "" when all is default. */
export function writeHistogramLook({ mode, log_counts, axis }: HistogramLook): string {
  const words: string[] = mode === DEFAULT_HISTOGRAM_LOOK.mode ? [] : [mode];
  if (log_counts) words.push("log");
  if (axis !== DEFAULT_HISTOGRAM_LOOK.axis) words.push(axis);
  return words.join(",");
}

export function readHistogramLook(text: string): HistogramLook {
  const words = text.split(",");
  return {
    mode: HISTOGRAM_MODES.find((mode) => words.includes(mode)) ?? DEFAULT_HISTOGRAM_LOOK.mode,
    log_counts: words.includes("log"),
    axis: VALUE_AXES.find((axis) => words.includes(axis)) ?? DEFAULT_HISTOGRAM_LOOK.axis,
  };
}
