/** Keys for everything; the help view reads the same table. */
import { runs_dialog, toggleTable } from "../state/runs_table";
import { checkFound } from "../state/selection";
import { cycleY, nextX } from "../state/settings";
import { cycleTheme } from "../state/theme";
import { pane_open } from "../state/view";
import { changeX } from "../state/zoom";

type Place = "runs" | "tags" | "smoothing";

const places = new Map<Place, HTMLInputElement>();

/** Marks an input as the one that a key brings the cursor to. */
export function focusOn(place: Place): (element: HTMLInputElement | null) => void {
  return (element) => {
    if (element) places.set(place, element);
  };
}

function goTo(place: Place): void {
  const input = places.get(place);
  input?.focus();
  input?.select();
}

interface Shortcut {
  keys: string;
  does: string;
  on?: (event: KeyboardEvent) => boolean;
  run?: (doors: Doors) => void;
}

/** What opens over the board. */
export interface Doors {
  openHelp: () => void;
  openPalette: () => void;
}

const plain = (key: string) => (event: KeyboardEvent) =>
  event.key === key && !event.ctrlKey && !event.metaKey && !event.altKey;

export const SHORTCUTS: readonly (readonly [title: string, list: readonly Shortcut[]])[] = [
  [
    "Board",
    [
      {
        keys: "⌘K or Ctrl K",
        does: "commands: everything by name",
        on: (e) => e.key === "k" && (e.metaKey || e.ctrlKey),
        run: ({ openPalette }) => openPalette(),
      },
      { keys: "g", does: "filter tags", on: plain("g"), run: () => goTo("tags") },
      { keys: "s", does: "set smoothing", on: plain("s"), run: () => goTo("smoothing") },
      { keys: "x", does: "next x axis: step, relative, wall time", on: plain("x"), run: () => changeX(nextX()) },
      { keys: "y", does: "next y axis: linear, log, symlog", on: plain("y"), run: cycleY },
      { keys: "d", does: "theme: system, light, dark", on: plain("d"), run: cycleTheme },
      { keys: "?", does: "this list", on: plain("?"), run: ({ openHelp }) => openHelp() },
    ],
  ],
  [
    "Runs",
    [
      {
        keys: "/",
        does: "search runs",
        on: plain("/"),
        run: () => {
          pane_open.value = true;
          requestAnimationFrame(() => goTo("runs"));
        },
      },
      {
        keys: "b",
        does: "show or hide the runs",
        on: plain("b"),
        run: () => {
          pane_open.value = !pane_open.value;
        },
      },
      {
        keys: "t",
        does: "runs as a table",
        on: plain("t"),
        run: toggleTable,
      },
      {
        keys: "c",
        does: "compare the checked runs",
        on: plain("c"),
        run: () => {
          pane_open.value = true;
          runs_dialog.value = "compare";
        },
      },
      { keys: "a", does: "check all", on: plain("a"), run: () => checkFound(true) },
      { keys: "n", does: "check none", on: plain("n"), run: () => checkFound(false) },
      { keys: "click a name", does: "only this run; again: all" },
      { keys: "↑ ↓ ← →", does: "in the list: from run to run, fold, unfold" },
      { keys: "space, enter", does: "on a run: check it, show it alone" },
    ],
  ],
  [
    "Chart",
    [
      { keys: "drag", does: "zoom: along x when flat, else into the box" },
      { keys: "Ctrl or ⌘ wheel", does: "zoom at the cursor; without Ctrl on the chart that was clicked" },
      { keys: "Shift drag, middle drag", does: "move along; with one finger, too, and two zoom" },
      { keys: "double click or 0", does: "whole range" },
      { keys: "z, Shift z", does: "zoom of before, and forward again" },
      { keys: "Ctrl or ⌘ drag, m", does: "statistics of a range, of what is seen" },
      { keys: "← →", does: "move the cursor" },
      { keys: "+ −, < >", does: "zoom in, out; move along" },
      { keys: "l", does: "logarithmic y axis of this chart" },
      { keys: "f", does: "full width" },
      { keys: "p", does: "pin above all others, or not" },
    ],
  ],
  [
    "Images, text, audio",
    [
      { keys: "← →", does: "the step before, the next; with Shift ten at once" },
      { keys: "Home, End", does: "the first step, the newest" },
      { keys: "wheel, + − 0 1", does: "in the viewer: zoom, fit, actual size" },
      { keys: "drag, Shift ← →", does: "in the viewer: move" },
    ],
  ],
];

/** Listens for the keys of the table, save while somebody types. */
export function startShortcuts(doors: Doors): () => void {
  const onKey = (event: KeyboardEvent) => {
    const { target } = event;
    const typing =
      (target instanceof HTMLInputElement && target.type === "text") || target instanceof HTMLTextAreaElement;
    if (typing && !(event.metaKey || event.ctrlKey)) return;
    for (const [, list] of SHORTCUTS) {
      for (const { on, run } of list) {
        if (!on?.(event) || !run) continue;
        event.preventDefault();
        run(doors);
        return;
      }
    }
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
