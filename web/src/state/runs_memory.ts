/** What of the runs table is remembered for a set of targets. */
import { array, boolean, number, object, optional, type Read, record, string } from "../api/validate";
import { BY_NAME, column_widths, columns, DEFAULT_COLUMNS, sort } from "./columns";
import { saved_queries } from "./query";
import { as_tree, baseline } from "./runs_table";

export const savedRuns = object({
  columns: optional(array(string), [...DEFAULT_COLUMNS]),
  widths: optional(record(number), new Map()),
  sort: optional(object({ column: string, descending: boolean }), BY_NAME),
  as_tree: optional(boolean, true),
  baseline: optional(string, ""),
  queries: optional(array(string), []),
});

export type SavedRuns = Read<typeof savedRuns>;

export function runsNow(): Record<string, unknown> {
  return {
    columns: columns.value,
    widths: Object.fromEntries(column_widths.value),
    sort: sort.value,
    as_tree: as_tree.value,
    baseline: baseline.value,
    queries: saved_queries.value,
  };
}

export function restoreRuns(saved: SavedRuns): void {
  columns.value = [...new Set(saved.columns)];
  column_widths.value = saved.widths;
  sort.value = saved.sort;
  as_tree.value = saved.as_tree;
  baseline.value = saved.baseline;
  saved_queries.value = saved.queries;
}
