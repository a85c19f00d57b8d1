/**
 * Where cards stand: pinned above all others, moved within their section, or hidden. Kept per set of targets, and in
 * views. Cards are known by their keys (lib/kind.ts), which are the tags of scalars.
 */
import { batch, signal } from "@preact/signals";
import { array, object, optional, type Read, record, string } from "../api/validate";

/** Tags whose cards stand above all sections, in this order. */
export const pinned_tags = signal<readonly string[]>([]);
export const hidden_tags = signal<ReadonlySet<string>>(new Set());
/** Sections whose cards were moved: these tags come first, in this order. */
export const card_orders = signal<ReadonlyMap<string, readonly string[]>>(new Map());

export const PINNED = "pinned";

export const savedArrangement = object({
  pinned: optional(array(string), []),
  hidden: optional(array(string), []),
  orders: optional(record(array(string)), new Map<string, string[]>()),
});

export function arrangementNow(): Record<string, unknown> {
  return {
    pinned: pinned_tags.value,
    hidden: [...hidden_tags.value],
    orders: Object.fromEntries(card_orders.value),
  };
}

export function useArrangement(saved: Read<typeof savedArrangement>): void {
  batch(() => {
    pinned_tags.value = [...new Set(saved.pinned)];
    hidden_tags.value = new Set(saved.hidden);
    card_orders.value = saved.orders;
  });
}

export function isPinned(tag: string): boolean {
  return pinned_tags.value.includes(tag);
}

export function setPinned(tag: string, on: boolean): void {
  const others = pinned_tags.peek().filter((other) => other !== tag);
  pinned_tags.value = on ? [...others, tag] : others;
}

export function setHidden(tag: string, on: boolean): void {
  const next = new Set(hidden_tags.peek());
  if (on) next.add(tag);
  else next.delete(tag);
  hidden_tags.value = next;
}

/** Shows all of these again. */
export function unhide(tags: readonly string[]): void {
  hidden_tags.value = new Set([...hidden_tags.peek()].filter((tag) => !tags.includes(tag)));
}

/** Puts a card in the place of another one of its section, whose cards stand in the order of `tags`. */
export function moveCard(section: string, tags: readonly string[], tag: string, to: number): void {
  const rest = tags.filter((other) => other !== tag);
  const place = Math.max(0, Math.min(rest.length, to));
  const order = [...rest.slice(0, place), tag, ...rest.slice(place)];
  if (section === PINNED) {
    // Pins of other targets' tags, or of such that are searched away, stay.
    const absent = pinned_tags.peek().filter((other) => !tags.includes(other));
    pinned_tags.value = [...order, ...absent];
  } else {
    card_orders.value = new Map(card_orders.peek()).set(section, order);
  }
}

/** The tags in the order of a moved section; those that were never moved follow as they are. */
export function inOrder<T extends { key: string }>(tags: readonly T[], order: readonly string[] | undefined): T[] {
  if (!order) return [...tags];
  const places = new Map(order.map((tag, place) => [tag, place]));
  const placeOf = (item: T) => places.get(item.key) ?? order.length;
  return [...tags].sort((a, b) => placeOf(a) - placeOf(b));
}
