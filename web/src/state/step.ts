/** The step at which cards of images, texts and the like stand: one for the whole board, or one of a card's own. */
import { signal } from "@preact/signals";

/** Null: the newest of each card. */
export const board_step = signal<number | null>(null);

/** Cards that do not follow the board, by key, and where they stand. */
export const own_steps = signal<ReadonlyMap<string, number | null>>(new Map());

export function isLinked(card: string): boolean {
  return !own_steps.value.has(card);
}

/** Where a card stands; null: at its newest. */
export function stepOf(card: string): number | null {
  const own = own_steps.value.get(card);
  return own === undefined ? board_step.value : own;
}

/** Moves a card, and all that follow the board with it if it does. */
export function moveStep(card: string, step: number | null): void {
  if (isLinked(card)) board_step.value = step;
  else own_steps.value = new Map(own_steps.peek()).set(card, step);
}

/** A card goes its own way from where it is, or follows the board again. */
export function setLinked(card: string, on: boolean): void {
  const next = new Map(own_steps.peek());
  if (on) next.delete(card);
  else next.set(card, board_step.peek());
  own_steps.value = next;
}
