/** How the board is laid out: pane, folded groups, and what was set for single cards. Remembered per set of targets. */
import { type Signal, signal } from "@preact/signals";
import type { Restarts } from "../api/scalars";

export const PANE_DEFAULT_PX = 264;
export const PANE_LEAST_PX = 180;
export const PANE_TABLE_PX = 680;

export const pane_px = signal(PANE_DEFAULT_PX);
export const pane_open = signal(true);
/** Groups of cards and folders of runs that are folded; of cards as `tag:NAME`, of runs as `run:NAME`. */
export const folded = signal<ReadonlySet<string>>(new Set());
/** Opened or closed by hand: the automatic rule does not touch these any more. */
export const unfolded = signal<ReadonlySet<string>>(new Set());
export type CardSize = "small" | "medium" | "large";
export const card_sizes = signal<ReadonlyMap<string, CardSize>>(new Map());
/** The tag whose last value stands beside each run; "" for the automatic choice. */
export const value_tag = signal("");

export interface CardView {
  /** Null: as the whole board. */
  log: Signal<boolean | null>;
  wide: Signal<boolean>;
  restarts: Signal<Restarts>;
}

const cards = new Map<string, CardView>();
/** Changes with every `toggleWide`, also of a card that nobody has looked at before. */
const wide_count = signal(0);

/** The view of one card, by tag; it outlives the card's being on screen. */
export function cardView(tag: string): CardView {
  let view = cards.get(tag);
  if (!view) {
    view = { log: signal(null), wide: signal(false), restarts: signal("latest") };
    cards.set(tag, view);
  }
  return view;
}

/** The tags of the cards that take the whole width. */
export function wideCards(): string[] {
  wide_count.value;
  return [...cards].filter(([, view]) => view.wide.value).map(([tag]) => tag);
}

export function toggleWide(tag: string): void {
  const { wide } = cardView(tag);
  wide.value = !wide.value;
  wide_count.value += wide.value ? 1 : -1;
}

export function isFolded(key: string, folded_by_default: boolean): boolean {
  if (folded.value.has(key)) return true;
  return folded_by_default && !unfolded.value.has(key);
}

export function setFolded(key: string, on: boolean): void {
  folded.value = withMember(folded.value, key, on);
  unfolded.value = withMember(unfolded.value, key, !on);
}

function withMember(set: ReadonlySet<string>, key: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(key);
  else next.delete(key);
  return next;
}
