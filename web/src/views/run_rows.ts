/** The lines of the runs pane: pinned runs, then sources, groups or folders, and the runs in them, in the chosen order. */
import type { Run } from "../state/board";

/** What has runs under it. */
export interface HeadRow {
  kind: "source" | "folder" | "group";
  key: string;
  label: string;
  runs: Run[];
  depth: number;
  is_folded: boolean;
  /** Of a group, its own key; else "". */
  group_key: string;
}

export type Row = HeadRow | { kind: "run"; key: string; label: string; run: Run; depth: number };

export interface RunGroup {
  key: string;
  label: string;
  runs: Run[];
}

export interface RowWish {
  by_source: boolean;
  /** Runs under the folders of their names. */
  as_tree: boolean;
  /** Null: by name, as they come. */
  compare: ((a: Run, b: Run) => number) | null;
  groups: readonly RunGroup[] | null;
  isPinned: (run: Run) => boolean;
  /** The name that a run was given on this page, or "". */
  givenName: (run: Run) => string;
  /** With its source, when there are several. */
  fullName: (run: Run) => string;
  isFolded: (key: string) => boolean;
}

const GROUP_PREFIX = "run:group:";

export function makeRows(runs: readonly Run[], wish: RowWish): Row[] {
  const pinned = runs.filter(wish.isPinned);
  const rows = flatRows(pinned, wish, 0, wish.fullName);
  if (wish.groups) {
    for (const { key, label, runs: all } of wish.groups) {
      const members = all.filter((run) => !wish.isPinned(run));
      const head = headRow("group", `${GROUP_PREFIX}${key}`, label, members, 0, wish);
      if (members.length > 0) rows.push(head);
      if (!head.is_folded) rows.push(...flatRows(members, wish, 1, wish.fullName));
    }
    return rows;
  }
  const others = pinned.length === 0 ? runs : runs.filter((run) => !wish.isPinned(run));
  if (!wish.by_source) return [...rows, ...treeRows(others, wish, 0, "")];
  for (const [source, list] of groupBy(others, (run) => run.source)) {
    const head = headRow("source", `run:${source}`, source, list, 0, wish);
    rows.push(head);
    if (!head.is_folded) rows.push(...treeRows(list, wish, 1, source));
  }
  return rows;
}

function headRow(
  kind: HeadRow["kind"],
  key: string,
  label: string,
  runs: Run[],
  depth: number,
  wish: RowWish,
): HeadRow {
  const group_key = kind === "group" ? key.slice(GROUP_PREFIX.length) : "";
  return { kind, key, label, runs, depth, is_folded: wish.isFolded(key), group_key };
}

function treeRows(runs: readonly Run[], wish: RowWish, depth: number, source: string): Row[] {
  // Sorted by something else, what belongs together by name no longer stands together.
  if (!wish.as_tree || wish.compare) return flatRows(runs, wish, depth);
  return folderRows(runs, wish, depth, source, "", "");
}

/**
 * Runs under their folders, where these say something: where one holds several runs, and not all. `above`: the path of
 * the folder they are in; `left_out`: what of it stands above already.
 */
function folderRows(
  runs: readonly Run[],
  wish: RowWish,
  depth: number,
  source: string,
  above: string,
  left_out: string,
): Row[] {
  const by_folder = groupBy(runs, (run) => folderBelow(run.name, above));
  const [[only] = [""]] = by_folder;
  if (by_folder.size === 1 && runs.length > 1 && only !== "") {
    return folderRows(runs, wish, depth, source, `${above}${only}/`, left_out);
  }
  const rows: Row[] = [];
  for (const [folder, list] of by_folder) {
    // A folder of one would be two lines for one run.
    if (folder === "" || list.length === 1) {
      rows.push(...list.map((run) => runRow(run, run.name.slice(left_out.length), depth, wish)));
      continue;
    }
    const path = commonFolder(list, `${above}${folder}`);
    const head = headRow("folder", `run:${source}/${path}`, path.slice(left_out.length), list, depth, wish);
    rows.push(head);
    if (!head.is_folded) rows.push(...folderRows(list, wish, depth + 1, source, `${path}/`, `${path}/`));
  }
  return rows;
}

/** The next folder of a name below `above`; "" when the run itself is there. */
function folderBelow(name: string, above: string): string {
  const cut = name.indexOf("/", above.length);
  return cut <= above.length ? "" : name.slice(above.length, cut);
}

/** The deepest folder that holds all of them. */
function commonFolder(runs: readonly Run[], path: string): string {
  const next = new Set(runs.map((run) => folderBelow(run.name, `${path}/`)));
  const [only] = next;
  return next.size > 1 || !only ? path : commonFolder(runs, `${path}/${only}`);
}

function flatRows(runs: readonly Run[], wish: RowWish, depth: number, nameOf = (run: Run) => run.name): Row[] {
  const sorted = wish.compare ? [...runs].sort(wish.compare) : runs;
  return sorted.map((run) => runRow(run, nameOf(run), depth, wish));
}

function runRow(run: Run, name: string, depth: number, wish: RowWish): Row {
  const label = wish.givenName(run) || (name === "." ? ". (the directory itself)" : name);
  return { kind: "run", key: run.key, label, run, depth };
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = groups.get(key);
    if (list) list.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
