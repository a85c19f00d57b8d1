/** The search box of the runs: a text, a regular expression, or a query over columns; and those that were saved. */
import { computed, signal, untracked } from "@preact/signals";
import { BUILT_IN, type Cell, readColumn } from "../lib/column";
import { isQuery, makeQuery, type Query, QueryError } from "../lib/query";
import { board, type Run } from "./board";
import { cells_pulse, columnOf } from "./cells";
import { hparam_names } from "./hparams";
import { noteOf } from "./notes";
import { run_filter, run_filter_text } from "./settings";

/** Kept for the set of targets. */
export const saved_queries = signal<readonly string[]>([]);

interface Search {
  query: Query<Run> | null;
  error: string;
}

/** Columns that come and go with the data: whoever looks them up is told when there are others. */
const names = computed(() => {
  const known = new Map<string, string>();
  for (const { tag } of board.value.tags) known.set(tag, `last(${tag})`);
  for (const name of hparam_names.value) known.set(name, `hparam(${name})`);
  for (const name of BUILT_IN) known.set(name, name);
  known.set("note", "remark").set("target", "source");
  return known;
});

let names_before: ReadonlyMap<string, string> = new Map();
/** The same map as before while no name is new or gone. */
const stable_names = computed(() => {
  const now = names.value;
  const same = now.size === names_before.size && [...now].every(([name, id]) => names_before.get(name) === id);
  if (!same) names_before = now;
  return names_before;
});

/** The column that a query means by a name: a built-in one, a hyperparameter, a metric's last value, or as columns are named. */
export function columnNamed(name: string): string | undefined {
  const known = stable_names.value.get(name);
  if (known !== undefined) return known;
  return readColumn(name) === null || name.startsWith("curve(") ? undefined : name;
}

function readerOf(name: string): ((run: Run) => Cell) | undefined {
  if (name === "pinned") return (run) => (noteOf(run.key).pinned ? "yes" : null);
  const id = columnNamed(name);
  if (id === undefined) return undefined;
  if (id === "name") return (run) => run.name;
  return columnOf(id)?.valueOf;
}

let last_good: Query<Run> | null = null;

/** Null: the text is no query. While one is being typed, and makes no sense yet, the last that did is used. */
const search = computed((): Search | null => {
  const text = run_filter_text.value;
  if (!isQuery(text)) {
    last_good = null;
    return null;
  }
  try {
    const query = makeQuery(text, readerOf);
    last_good = query;
    return { query, error: "" };
  } catch (problem) {
    if (!(problem instanceof QueryError)) throw problem;
    // A column that is not there may be about to come.
    if (!board.value.known) return { query: null, error: "" };
    return { query: last_good, error: `${problem.message} (at ${problem.at + 1})` };
  }
});

let found_before: readonly Run[] = [];

/** The runs that match what stands in the search box; the same list as before when they are the same. */
export const matching_runs = computed((): readonly Run[] => {
  const { runs } = board.value;
  const now = search.value;
  if (now === null) return runs.filter((run) => run_filter.value.matches(run.name));
  const { query } = now;
  if (query === null) return runs;
  cells_pulse.value;
  const found = untracked(() => runs.filter((run) => query.matches(run)));
  const same = found.length === found_before.length && found.every((run, i) => run === found_before[i]);
  if (!same) found_before = found;
  return found_before;
});

/** What is wrong with what stands in the search box, or "". */
export const search_error = computed((): string => {
  // Whether it is too much work is known once the runs have been looked at.
  matching_runs.value;
  const now = search.value;
  return now === null ? run_filter.value.error : now.error || (now.query?.error ?? "");
});

export function saveQuery(text: string): void {
  const query = text.trim();
  if (query !== "") saved_queries.value = [query, ...saved_queries.value.filter((other) => other !== query)];
}

export function forgetQuery(text: string): void {
  saved_queries.value = saved_queries.value.filter((other) => other !== text);
}
