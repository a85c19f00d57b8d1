/** Binds settings to the address and to what the browser remembers for this set of targets. */
import { batch, effect } from "@preact/signals";
import { array, nullable, number, object, oneOf, optional, record, string } from "../api/validate";
import { group_by } from "./groups";
import { join_pattern, joins } from "./joins";
import { measuredNow, useMeasured } from "./measured";
import { followNotes, watchOtherTabs } from "./notes";
import { restoreRuns, runsNow, savedRuns } from "./runs_memory";
import { DEFAULT_SELECTION, selection } from "./selection";
import * as settings from "./settings";
import { many_sources, sources } from "./sources";
import { readStored, writeStored } from "./stored";
import { DEFAULTS, readFragment, type Shared, writeFragment } from "./url";
import * as view from "./view";
import { useZooms, zoomsNow } from "./zoom";

const WRITE_PAUSE_MS = 250;

const savedLayout = object({
  pane_px: nullable(number),
  pane_open: optional((v) => v !== false, true),
  folded: optional(array(string), []),
  unfolded: optional(array(string), []),
  sizes: optional(record(oneOf("small", "medium", "large")), new Map()),
  value_tag: optional(string, ""),
  wide: optional(array(string), []),
  runs: nullable(savedRuns),
  fragment: optional(string, ""),
});

function now(): Shared {
  return {
    smoothing: settings.smoothing_now.value,
    x: settings.x_axis.value,
    y: settings.y_scale.value,
    clip_percent: settings.clip_percent.value,
    run_filter: settings.run_filter_text.value,
    tag_filter: settings.tag_filter_text.value,
    group_by: group_by.value,
    selection: selection.value,
    zooms: zoomsNow(),
    measured: measuredNow(),
    joins: [...joins.value.values()],
    join_pattern: join_pattern.value,
  };
}

function use(shared: Shared): void {
  batch(() => {
    settings.useSmoothing(shared.smoothing);
    settings.x_axis.value = shared.x;
    settings.y_scale.value = shared.y;
    settings.clip_percent.value = shared.clip_percent;
    settings.run_filter_text.value = shared.run_filter;
    settings.tag_filter_text.value = shared.tag_filter;
    group_by.value = shared.group_by;
    selection.value = shared.selection;
    useZooms(shared.zooms);
    useMeasured(shared.measured);
    joins.value = new Map(shared.joins.map((join) => [join.tags[0] ?? "", join]));
    join_pattern.value = shared.join_pattern;
  });
}

/** One memory per set of targets, whatever port they are shown on. */
function memoryName(): string {
  const names = sources.value.map((s) => s.source).sort();
  return names.length === 0 ? "" : `board.${names.join(" ")}`;
}

/** Reads the address now, and follows it and the settings from here on. */
export function startMemory(): void {
  const from_address = location.hash.length > 1;
  use(readFragment(location.hash));
  let restored = "";
  let timer = 0;

  effect(() => {
    const name = memoryName();
    if (name === "" || name === restored) return;
    // A target that comes or goes later changes nothing of what is on the screen.
    if (restored === "") restore(name, !from_address);
    restored = name;
  });

  effect(() => {
    const fragment = writeFragment(now(), !many_sources.value);
    const layout = layoutNow(fragment);
    const name = memoryName();
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (fragment !== location.hash.replace(/^#/, "")) {
        history.replaceState(null, "", location.pathname + location.search + (fragment && `#${fragment}`));
      }
      if (name !== "" && name === restored) writeStored(name, layout);
    }, WRITE_PAUSE_MS);
  });

  effect(() => {
    for (const { source } of sources.value) followNotes(source);
  });
  watchOtherTabs();

  window.addEventListener("hashchange", () => {
    if (!location.hash.includes("code=")) use(readFragment(location.hash));
  });
}

function layoutNow(fragment: string): Record<string, unknown> {
  return {
    pane_px: view.pane_px.value,
    pane_open: view.pane_open.value,
    folded: [...view.folded.value],
    unfolded: [...view.unfolded.value],
    sizes: Object.fromEntries(view.card_sizes.value),
    value_tag: view.value_tag.value,
    wide: view.wideCards(),
    runs: runsNow(),
    fragment,
  };
}

function restore(name: string, with_settings: boolean): void {
  let saved: ReturnType<typeof savedLayout>;
  try {
    saved = savedLayout(readStored(name), name);
  } catch {
    return; // nothing remembered, or nothing sensible
  }
  batch(() => {
    view.pane_px.value = Math.max(view.PANE_LEAST_PX, saved.pane_px ?? view.PANE_DEFAULT_PX);
    view.pane_open.value = saved.pane_open;
    view.folded.value = new Set(saved.folded);
    view.unfolded.value = new Set(saved.unfolded);
    view.card_sizes.value = saved.sizes;
    view.value_tag.value = saved.value_tag;
    if (saved.runs) restoreRuns(saved.runs);
    for (const tag of saved.wide) view.cardView(tag).wide.value = true;
  });
  if (with_settings) use(readFragment(saved.fragment));
}

/** The address of the board as it is now, but for `change`; it carries no secret. */
export function linkTo(change: Partial<Shared>): string {
  const fragment = writeFragment({ ...now(), ...change }, !many_sources.peek());
  return `${location.origin}${location.pathname}${location.search}${fragment && `#${fragment}`}`;
}

/** Everything back to its default. */
export function resetSettings(): void {
  use({ ...DEFAULTS, selection: DEFAULT_SELECTION });
}
