/** How the board is laid out, as one value that can be kept and used again. */
import { batch } from "@preact/signals";
import { array, nullable, number, object, oneOf, optional, type Read, record, string } from "../api/validate";
import { arrangementNow, savedArrangement, useArrangement } from "./arrangement";
import { HISTOGRAM_MODES, type HistogramMode, own_modes } from "./histogram";
import { restoreRuns, runsNow, savedRuns } from "./runs_memory";
import * as view from "./view";

export const savedLayout = object({
  pane_px: nullable(number),
  pane_open: optional((value) => value !== false, true),
  folded: optional(array(string), []),
  unfolded: optional(array(string), []),
  sizes: optional(record(oneOf("small", "medium", "large")), new Map<string, view.CardSize>()),
  value_tag: optional(string, ""),
  wide: optional(array(string), []),
  histograms: optional(record(oneOf(...HISTOGRAM_MODES)), new Map<string, HistogramMode>()),
  cards: optional(savedArrangement, savedArrangement({}, "cards")),
  runs: optional(savedRuns, savedRuns({}, "runs")),
});

export type Layout = Read<typeof savedLayout>;

/** What `savedLayout` reads back. */
export function layoutNow(): Record<string, unknown> {
  return {
    pane_px: view.pane_px.value,
    pane_open: view.pane_open.value,
    folded: [...view.folded.value],
    unfolded: [...view.unfolded.value],
    sizes: Object.fromEntries(view.card_sizes.value),
    value_tag: view.value_tag.value,
    wide: view.wideCards(),
    histograms: Object.fromEntries(own_modes.value),
    cards: arrangementNow(),
    runs: runsNow(),
  };
}

export function useLayout(layout: Layout): void {
  batch(() => {
    view.pane_px.value = Math.max(view.PANE_LEAST_PX, layout.pane_px ?? view.PANE_DEFAULT_PX);
    view.pane_open.value = layout.pane_open;
    view.folded.value = new Set(layout.folded);
    view.unfolded.value = new Set(layout.unfolded);
    view.card_sizes.value = layout.sizes;
    view.value_tag.value = layout.value_tag;
    view.setWideCards(layout.wide);
    own_modes.value = layout.histograms;
    useArrangement(layout.cards);
    restoreRuns(layout.runs);
  });
}
