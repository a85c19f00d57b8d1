/** What x is on each card: as on the whole board, or as was set for the card alone. Cards are known by their keys (lib/kind.ts). */
import { computed, signal } from "@preact/signals";
import { type XAxis, xTag } from "../api/x_axis";
import { isScalarKey } from "../lib/kind";
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

/** Of all cards but those of scalars, which alone are joined with another tag, and drawn on other scales than even ones. */
export const media_x = computed((): XAxis => (xTag(x_axis.value) === null ? x_axis.value : "step"));

export function xOf(card: string): XAxis {
  return isScalarKey(card) ? (ownX(card).axis ?? x_axis.value) : media_x.value;
}

export function xScaleOf(card: string): AxisScaleName {
  return isScalarKey(card) ? (ownX(card).scale ?? x_scale.value) : "linear";
}

export function setOwnX(tag: string, change: Partial<OwnX>): void {
  const own = { ...ownX(tag), ...change };
  const all = new Map(own_x.peek());
  if (own.axis === null && own.scale === null) all.delete(tag);
  else all.set(tag, own);
  own_x.value = all;
}
