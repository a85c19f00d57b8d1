/** The lines of the runs pane: sources, folders, runs, in the chosen order. */
import { splitRun } from "../lib/text";
import type { Run, Tag } from "../state/board";
import type { RunOrder } from "../state/view";

export type Row =
  | { kind: "source" | "folder"; key: string; label: string; runs: Run[]; depth: number }
  | { kind: "run"; key: string; label: string; run: Run; depth: number };

export interface RowWish {
  by_source: boolean;
  order: RunOrder;
  /** The tag of the values to sort by. */
  tag: Tag | undefined;
  isFolded: (key: string) => boolean;
}

export function makeRows(runs: readonly Run[], wish: RowWish): Row[] {
  if (!wish.by_source) return folderRows(runs, wish, 0, "");
  const rows: Row[] = [];
  for (const [source, list] of groupBy(runs, (run) => run.source)) {
    const key = `run:${source}`;
    rows.push({ kind: "source", key, label: source, runs: list, depth: 0 });
    if (!wish.isFolded(key)) rows.push(...folderRows(list, wish, 1, source));
  }
  return rows;
}

/** Runs under their folders, when folders say something: when one holds several runs, and not all. */
function folderRows(runs: readonly Run[], wish: RowWish, depth: number, prefix: string): Row[] {
  const folders = groupBy(runs, (run) => splitRun(run.name).folder);
  const helps = wish.order === "name" && folders.size > 1 && folders.size < runs.length;
  if (!helps) return sorted(runs, wish).map((run) => runRow(run, run.name, depth));
  const rows: Row[] = [];
  for (const [folder, list] of folders) {
    // A folder of one would be two lines for one run.
    if (folder === "" || list.length === 1) {
      rows.push(...sorted(list, wish).map((run) => runRow(run, run.name, depth)));
      continue;
    }
    const key = `run:${prefix}/${folder}`;
    rows.push({ kind: "folder", key, label: folder, runs: list, depth });
    if (wish.isFolded(key)) continue;
    rows.push(...sorted(list, wish).map((run) => runRow(run, splitRun(run.name).name, depth + 1)));
  }
  return rows;
}

function runRow(run: Run, label: string, depth: number): Row {
  return { kind: "run", key: run.key, label: label === "." ? `. (the directory itself)` : label, run, depth };
}

function sorted(runs: readonly Run[], { order, tag }: RowWish): readonly Run[] {
  if (order === "name") return runs;
  const rank =
    order === "value"
      ? (run: Run) => tag?.series.get(run.key)?.last_value ?? Number.NaN
      : (run: Run) => -(run.last_wall_time_s ?? Number.NaN);
  return [...runs].sort((a, b) => compareNumbers(rank(a), rank(b)));
}

/** Numbers first, then what has none. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = groups.get(key);
    if (list) list.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The tag whose value stands beside the runs when none was chosen: a loss if there is one, else the first. */
export function automaticTag(tags: readonly Tag[]): Tag | undefined {
  return (
    tags.find((tag) => /(^|[/_.])(val|valid|validation|test|eval)\w*[/_.].*loss/i.test(tag.tag)) ??
    tags.find((tag) => /loss/i.test(tag.tag)) ??
    tags[0]
  );
}
