/** What was set for a card of texts; it outlives the card's being on screen. */
import { type Signal, signal } from "@preact/signals";
import { type TextValue, textValue } from "../api/text";
import type { Tag } from "../state/board";
import type { RunSteps } from "../state/steps";
import type { Stand } from "./standing";
import { Values } from "./values";

export type TextMode = "step" | "history" | "difference";

export interface TextView {
  mode: Signal<TextMode>;
  is_raw: Signal<boolean>;
  search: Signal<string>;
  values: Values<TextValue>;
}

/** A text has up to a mebibyte. */
const STRETCH = 8;
const KEEP = 400;

const text_views = new Map<string, TextView>();

export function textView(tag: Tag): TextView {
  let view = text_views.get(tag.key);
  if (!view) {
    const values = new Values(tag, textValue, { stretch: STRETCH, keep: KEEP });
    view = { mode: signal("step"), is_raw: signal(false), search: signal(""), values };
    text_views.set(tag.key, view);
  }
  return view;
}

/** One text in a list. */
export type Entry = Stand;

/** Every value at or before a step (null: all), the newest first; runs in the order of the pane. */
export function historyOf(runs: readonly RunSteps[], step: number | null): Entry[] {
  const all = runs.flatMap((of) => of.step.map((_, place) => ({ of, place, nth: 0 })));
  const at = ({ of, place }: Entry) => of.step[place] ?? 0;
  const seen = step === null ? all : all.filter((entry) => at(entry) <= step);
  return seen.sort((a, b) => at(b) - at(a) || (a.of === b.of ? b.place - a.place : 0));
}
