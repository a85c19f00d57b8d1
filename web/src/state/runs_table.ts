/** How the runs pane lists its runs, and what of it is open. */
import { computed, signal } from "@preact/signals";
import { compareCells } from "../lib/column";
import type { Run } from "./board";
import { cellsOf, columnOf } from "./cells";
import { sort } from "./columns";
import { PANE_DEFAULT_PX, PANE_TABLE_PX, pane_open, pane_px } from "./view";

/** From this width on the pane is a table. */
const TABLE_FROM_PX = 440;
/** Runs under the folders of their names, or one after the other. */
export const as_tree = signal(true);
/** The run that the others are compared with, by key; "" for none. */
export const baseline = signal("");
/** Whose menu is open, and where. */
export const run_menu = signal<{ run_key: string; left: number; top: number } | null>(null);
/** Which dialog is open. */
export const runs_dialog = signal<"columns" | "compare" | "relate" | null>(null);

export const is_table = computed(() => pane_px.value >= TABLE_FROM_PX);

let table_px = PANE_TABLE_PX;

/** Opens the pane as a table, as wide as it was last time, or makes it the narrow list again. */
export function toggleTable(): void {
  const was_table = is_table.peek() && pane_open.peek();
  if (was_table) table_px = pane_px.peek();
  pane_open.value = true;
  pane_px.value = was_table ? PANE_DEFAULT_PX : table_px;
}

/** Null: by name, as the board has them. */
export const run_order = computed((): ((a: Run, b: Run) => number) | null => {
  const { column: id, descending } = sort.value;
  const column = columnOf(id);
  if (!column || (id === "name" && !descending)) return null;
  const cells = cellsOf(column);
  return (a, b) => compareCells(cells.get(a.key) ?? null, cells.get(b.key) ?? null, descending);
});
