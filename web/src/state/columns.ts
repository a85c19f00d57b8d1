/** Which columns the runs table shows, in which order, how wide, and sorted by which. */
import { computed, signal } from "@preact/signals";
import { type Column, columnOf } from "./cells";

export const DEFAULT_COLUMNS: readonly string[] = ["value", "state", "step", "speed", "points", "age"];
const COLUMN_LEAST_PX = 40;
const COLUMN_MOST_PX = 600;

/** The columns beside the name, in their order. */
export const columns = signal<readonly string[]>(DEFAULT_COLUMNS);
/** Only of columns that were resized by hand. */
export const column_widths = signal<ReadonlyMap<string, number>>(new Map());

export interface Sort {
  column: string;
  descending: boolean;
}

export const BY_NAME: Sort = { column: "name", descending: false };
export const sort = signal<Sort>(BY_NAME);

export const shown_columns = computed(() => columns.value.map(columnOf).filter((column) => column !== undefined));

export function widthOf(column: Column): number {
  return column_widths.value.get(column.id) ?? column.width_px;
}

export function setWidth(id: string, width_px: number): void {
  const width = Math.round(Math.min(COLUMN_MOST_PX, Math.max(COLUMN_LEAST_PX, width_px)));
  column_widths.value = new Map(column_widths.value).set(id, width);
}

/** Ascending, descending, then by name again. */
export function sortBy(id: string): void {
  const { column, descending } = sort.value;
  if (column === id && descending) sort.value = BY_NAME;
  else sort.value = { column: id, descending: column === id };
}

/** Moves a column before the one at `to`, counted without it. */
export function moveColumn(id: string, to: number): void {
  const others = columns.value.filter((other) => other !== id);
  if (others.length === columns.value.length) return;
  others.splice(Math.max(0, Math.min(others.length, to)), 0, id);
  columns.value = others;
}

export function showColumn(id: string, on: boolean): void {
  const others = columns.value.filter((other) => other !== id);
  columns.value = on ? [...others, id] : others;
  if (!on && sort.value.column === id) sort.value = BY_NAME;
}

export function resetColumns(): void {
  columns.value = DEFAULT_COLUMNS;
  column_widths.value = new Map();
}
