/** What x is on each card: as on the whole board, or as was set for the card alone. */
import { signal } from "@preact/signals";
import type { XAxis } from "../api/x_axis";
import { type AxisScaleName, x_axis, x_scale } from "./settings";

/** Null: as the whole board. */
export interface OwnX {
  axis: XAxis | null;
  scale: AxisScaleName | null;
}

const NOTHING_OWN: OwnX = { axis: null, scale: null };

/** By the card's tag; only cards for which something was set. */
export const own_x = signal<ReadonlyMap<string, OwnX>>(new Map());

export function ownX(tag: string): OwnX {
  return own_x.value.get(tag) ?? NOTHING_OWN;
}

export function xOf(tag: string): XAxis {
  return ownX(tag).axis ?? x_axis.value;
}

export function xScaleOf(tag: string): AxisScaleName {
  return ownX(tag).scale ?? x_scale.value;
}

export function setOwnX(tag: string, change: Partial<OwnX>): void {
  const own = { ...ownX(tag), ...change };
  const all = new Map(own_x.peek());
  if (own.axis === null && own.scale === null) all.delete(tag);
  else all.set(tag, own);
  own_x.value = all;
}
