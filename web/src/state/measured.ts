/** The ranges of x whose statistics are wanted, by card. */
import { type Signal, signal } from "@preact/signals";
import type { Span } from "../lib/extent";
import type { Place } from "./zoom";

const ranges = new Map<string, Signal<Span | null>>();
/** Counts them, so that who lists them learns of a new one. */
const known = signal(0);

export function measuredOf(tag: string): Signal<Span | null> {
  let range = ranges.get(tag);
  if (!range) {
    range = signal(null);
    ranges.set(tag, range);
    known.value = ranges.size;
  }
  return range;
}

export function measuredNow(): Place[] {
  known.value;
  const places: Place[] = [];
  for (const [tag, range] of ranges) if (range.value) places.push({ tag, x: range.value, y: null });
  return places;
}

export function useMeasured(places: readonly Place[]): void {
  for (const range of ranges.values()) range.value = null;
  for (const { tag, x } of places) measuredOf(tag).value = x;
}
