/** Shots: the samples of an image that runs have at a step. */
import { type Signal, signal } from "@preact/signals";
import type { ImageItem, ImageValue } from "../api/image";
import type { ValueError } from "../api/values";
import type { RunSteps } from "../state/steps";
import type { Stand } from "./standing";
import { keyOf, type Values } from "./values";

/** One sample of one value. */
export interface Shot {
  key: string;
  of: RunSteps;
  place: number;
  sample: number;
  /** How many samples the value has. */
  samples: number;
  /** Null: not known yet, or there is none. */
  item: ImageItem | null;
  /** What may be seen in its place until it is known. */
  meanwhile: ImageItem | null;
  error: ValueError | null;
}

export interface ImageView {
  mode: Signal<"step" | "steps">;
  /** Null: all samples. */
  sample: Signal<number | null>;
  tile_px: Signal<number>;
  /** The shot that the viewer was opened with; null: it is closed. */
  opened: Signal<string | null>;
}

export const TILE_PX: readonly number[] = [96, 144, 216, 324, 486];
const TILE_DEFAULT_PX = 144;

const image_views = new Map<string, ImageView>();

/** What was set for a card; it outlives the card's being on screen. */
export function imageView(card: string): ImageView {
  let view = image_views.get(card);
  if (!view) {
    view = { mode: signal("step"), sample: signal(null), tile_px: signal(TILE_DEFAULT_PX), opened: signal(null) };
    image_views.set(card, view);
  }
  return view;
}

const NO_IMAGE: ValueError = { code: "not_image", message: "what was written here is no image" };

/** The samples of one value that are to be seen: all, or one. What is not known yet is one shot without an item. */
export function shotsAt(
  values: Values<ImageValue>,
  { of, place, nth: nth_value }: Stand,
  sample: number | null,
): Shot[] {
  const value = values.at({ of, place });
  const base = { of, place, samples: 1, item: null, meanwhile: null, error: null };
  // A run that has gone on keeps the place of its picture on the screen: the key names no step.
  const key = (nth: number) => `${of.run.key}\n${nth_value}\n${nth}`;
  if (!value) return [{ ...base, key: key(sample ?? 0), sample: sample ?? 0 }];
  if (value.error) return [{ ...base, key: key(sample ?? 0), sample: sample ?? 0, error: value.error }];
  const { items } = value.ok;
  if (items.length === 0) return [{ ...base, key: key(0), sample: 0, error: NO_IMAGE }];
  // Old ways of writing tell the size once, of all samples.
  const { width, height } = value.ok;
  const sized = items.map((item) => ({ ...item, width: item.width ?? width, height: item.height ?? height }));
  const all = sized.map((item, nth) => ({ ...base, key: key(nth), sample: nth, samples: items.length, item }));
  if (sample === null) return all;
  const one = all[Math.min(sample, all.length - 1)];
  return one ? [one] : [];
}

/** The same where a card stands: until a value is known, as many and as large as before are seen, so that nothing moves. */
export function shotsSeen(values: Values<ImageValue>, stand: Stand, sample: number | null): Shot[] {
  const { of, place, nth } = stand;
  const before = values.at(stand) ? undefined : values.meanwhile(of.run.key);
  if (!before || !values.at(before)?.ok) return shotsAt(values, stand, sample);
  const shots = shotsAt(values, { ...before, nth }, sample);
  return shots.map((shot) => ({ ...shot, of, place, item: null, meanwhile: shot.item, error: null }));
}

/** How many samples the widest of these values has. */
export function samplesOf(shots: readonly Shot[]): number {
  return shots.reduce((most, { samples }) => Math.max(most, samples), 0);
}

/** The name of a file that is saved: what it shows, and from where. */
export function fileName(tag: string, { of, place, sample, samples, item }: Shot): string {
  const ending = (item?.type ?? "").split("/")[1] ?? "bin";
  const nth = samples > 1 ? `_${sample}` : "";
  return `${tag}_${of.run.name}_step${of.step[place]}${nth}.${ending === "octet-stream" ? "bin" : ending}`;
}

/** Tells the value that a shot is of, whichever sample. */
export function valueKey({ of, place }: Shot): string {
  return keyOf(of, place);
}
