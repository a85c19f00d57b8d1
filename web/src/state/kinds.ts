/** Which kinds of data are on the board: all of them, or those that were chosen. */
import { computed, signal } from "@preact/signals";
import { KINDS, type Kind } from "../lib/kind";
import { board } from "./board";
import { CUSTOM, custom_charts } from "./custom_scalars";

/** Empty: all kinds. */
export const chosen_kinds = signal<ReadonlySet<Kind>>(new Set());

/** How many tags of each kind the files have; of custom scalars the charts of their layouts. */
export const kind_counts = computed(() => {
  const counts = new Map<Kind, number>();
  const { tags, media } = board.value;
  for (const kind of KINDS) {
    const of_files = kind === "scalar" ? tags.length : media.filter((tag) => tag.kind === kind).length;
    const count = kind === CUSTOM && of_files > 0 ? Math.max(1, custom_charts.value.length) : of_files;
    if (count > 0) counts.set(kind, count);
  }
  return counts;
});

export function isShown(kind: string): boolean {
  return chosen_kinds.value.size === 0 || [...chosen_kinds.value].some((chosen) => chosen === kind);
}

export function setShown(kind: Kind, on: boolean): void {
  const { value } = chosen_kinds;
  const next = new Set(value.size === 0 ? kind_counts.peek().keys() : value);
  if (on) next.add(kind);
  else next.delete(kind);
  chosen_kinds.value = [...kind_counts.peek().keys()].every((each) => next.has(each)) ? new Set() : next;
}

/** Only this one; a second time: all again. */
export function showOnly(kind: Kind): void {
  const { value } = chosen_kinds;
  chosen_kinds.value = value.size === 1 && value.has(kind) ? new Set() : new Set([kind]);
}

/** `image,text`; "" for all. */
export function writeKinds(kinds: ReadonlySet<Kind>): string {
  return KINDS.filter((kind) => kinds.has(kind)).join(",");
}

export function readKinds(text: string): ReadonlySet<Kind> {
  const words = text.split(",");
  return new Set(KINDS.filter((kind) => words.includes(kind)));
}
