/** Views that have a name: kept per set of targets, saved to files, opened from files. */
import { computed, effect, signal } from "@preact/signals";
import { InvalidAnswer, object, oneOf, optional, type Read, string } from "../api/validate";
import { layoutNow, savedLayout, useLayout } from "./layout";
import { fragmentNow, useFragment } from "./shared";
import { targets_name } from "./sources";
import { readStored, writeStored } from "./stored";

const savedView = object({
  farboard: oneOf("view"),
  name: optional(string, ""),
  /** Settings as in the address. */
  fragment: optional(string, ""),
  layout: optional(savedLayout, savedLayout({}, "layout")),
});

type Opened = Read<typeof savedView>;

export interface SavedView {
  name: string;
  /** As it is kept and written to a file. */
  value: Record<string, unknown>;
}

export const saved_views = signal<readonly SavedView[]>([]);

const storedName = computed(() => (targets_name.value === "" ? "" : `views.${targets_name.value}`));

/** Reads those of the targets that are shown, now and whenever these change. */
export function startSavedViews(): () => void {
  return effect(() => {
    saved_views.value = storedName.value === "" ? [] : readViews(storedName.value);
  });
}

function readViews(stored_name: string): SavedView[] {
  const stored = readStored(stored_name);
  return Array.isArray(stored) ? stored.flatMap((value) => namedView(value) ?? []) : [];
}

function namedView(value: unknown): SavedView | null {
  try {
    const { name } = savedView(value, "view");
    return name === "" ? null : { name, value: value as Record<string, unknown> };
  } catch {
    return null; // edited by hand, or of another time
  }
}

/** What is on the screen, as a view of that name. */
export function viewNow(name: string): SavedView {
  return { name, value: { farboard: "view", name, fragment: fragmentNow(), layout: layoutNow() } };
}

/** Keeps it; one of the same name is replaced. */
export function keepView(view: SavedView): void {
  setViews([...saved_views.value.filter((other) => other.name !== view.name), view]);
}

export function removeView(name: string): void {
  setViews(saved_views.value.filter((view) => view.name !== name));
}

function setViews(views: SavedView[]): void {
  saved_views.value = views.sort((a, b) => a.name.localeCompare(b.name));
  if (storedName.value !== "") {
    writeStored(
      storedName.value,
      saved_views.value.map((view) => view.value),
    );
  }
}

/** Shows a view; what it does not say is the default. Gives why that cannot be, or "". */
export function openView(value: unknown): string {
  let opened: Opened;
  try {
    opened = savedView(value, "view");
  } catch (problem) {
    return `This is no view: ${problem instanceof InvalidAnswer ? problem.message : String(problem)}`;
  }
  useFragment(opened.fragment);
  useLayout(opened.layout);
  return "";
}

export function viewText(view: SavedView): string {
  return `${JSON.stringify(view.value, null, 2)}\n`;
}

/** Opens the text of a file, and keeps it if it has a name. Gives why that cannot be, or "". */
export function openViewText(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "This is no view: not valid JSON.";
  }
  const trouble = openView(value);
  const view = trouble === "" ? namedView(value) : null;
  if (view) keepView(view);
  return trouble;
}
