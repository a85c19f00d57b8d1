/** Binds settings to the address and to what the browser remembers for this set of targets. */
import { batch, effect } from "@preact/signals";
import { object, optional, string } from "../api/validate";
import { layoutNow, savedLayout, useLayout } from "./layout";
import { followNotes, watchOtherTabs } from "./notes";
import { page } from "./page";
import { openView } from "./saved_views";
import { fragmentNow, useFragment } from "./shared";
import { sources, targets_name } from "./sources";
import { readStored, writeStored } from "./stored";

const WRITE_PAUSE_MS = 250;

const savedBoard = object({
  fragment: optional(string, ""),
  /** The view from a file that was opened last, which is opened once. */
  view_id: optional(string, ""),
});

/** Reads the address now, and follows it and the settings from here on. */
export function startMemory(): void {
  const from_address = location.hash.length > 1;
  useFragment(location.hash);
  let restored = "";
  let timer = 0;
  let write = (): void => {};

  effect(() => {
    const name = targets_name.value;
    if (name === "" || page.value === null || name === restored) return;
    // A target that comes or goes later changes nothing of what is on the screen.
    if (restored === "") restore(name, !from_address);
    restored = name;
  });

  effect(() => {
    const fragment = fragmentNow();
    const remembered = { ...layoutNow(), fragment, view_id: page.value?.view_id ?? "" };
    const name = targets_name.value;
    clearTimeout(timer);
    write = () => {
      clearTimeout(timer);
      write = () => {};
      if (fragment !== location.hash.replace(/^#/, "")) {
        history.replaceState(null, "", location.pathname + location.search + (fragment && `#${fragment}`));
      }
      if (name !== "" && name === restored) writeStored(boardName(name), remembered);
    };
    timer = window.setTimeout(() => write(), WRITE_PAUSE_MS);
  });
  // Whoever reloads at once shall find what was set.
  window.addEventListener("pagehide", () => write());

  effect(() => {
    for (const { source } of sources.value) followNotes(source);
  });
  watchOtherTabs();

  window.addEventListener("hashchange", () => {
    if (!location.hash.includes("code=")) useFragment(location.hash);
  });
}

function boardName(memory: string): string {
  return `board.${memory}`;
}

/** The view from a file, else what is remembered, else the user's defaults. An address that says something has the last word. */
function restore(name: string, with_settings: boolean): void {
  const { view, view_id, defaults } = page.peek() ?? { view: null, view_id: "", defaults: "" };
  const stored = readStored(boardName(name));
  const from_address = fragmentNow();
  batch(() => {
    if (view !== null && !hasOpened(stored, view_id)) openView(view);
    else if (stored !== null) useStored(stored);
    else useFragment(defaults);
    if (!with_settings) useFragment(from_address);
  });
}

function hasOpened(stored: unknown, view_id: string): boolean {
  try {
    return savedBoard(stored, "board").view_id === view_id;
  } catch {
    return false;
  }
}

function useStored(stored: unknown): void {
  try {
    useLayout(savedLayout(stored, "board"));
    useFragment(savedBoard(stored, "board").fragment);
  } catch {
    // Edited by hand: then all is as usual.
  }
}
