/** Which runs are drawn: the check boxes, and the search above them. */
import { computed, signal } from "@preact/signals";
import { board, type Run } from "./board";
import { noteOf } from "./notes";
import { matching_runs } from "./query";

/**
 * `all` but the excepted, `none` but the excepted, or `default`: all, or the newest ones of very many.
 * `except` holds keys; from a shared address also bare names, which mean that run on every source.
 */
export interface Selection {
  base: "default" | "all" | "none";
  except: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();
export const DEFAULT_SELECTION: Selection = { base: "default", except: NOTHING };

/** More runs than `MANY` are not all drawn unasked. */
export const MANY = 200;
export const NEWEST_OF_MANY = 50;

export const selection = signal<Selection>(DEFAULT_SELECTION);

/** The runs whose box is checked. */
export function checkedRuns(chosen: Selection, runs: readonly Run[]): Set<string> {
  const isExcepted = (run: Run) => chosen.except.has(run.key) || chosen.except.has(run.name);
  if (chosen.base === "none") return new Set(runs.filter(isExcepted).map((run) => run.key));
  if (chosen.base === "all" || runs.length <= MANY) {
    return new Set(runs.filter((run) => !isExcepted(run)).map((run) => run.key));
  }
  const newest = [...runs].sort((a, b) => (b.last_wall_time_s ?? 0) - (a.last_wall_time_s ?? 0));
  return new Set(newest.slice(0, NEWEST_OF_MANY).map((run) => run.key));
}

export const checked = computed(() => checkedRuns(selection.value, board.value.runs));

/** Those that were hidden by hand. */
export const hidden_runs = computed(() => board.value.runs.filter((run) => noteOf(run.key).hidden));

/** The runs that match the search, without the hidden ones. */
export const found_runs = computed(() => matching_runs.value.filter((run) => !noteOf(run.key).hidden));

/** The runs that are drawn: checked and found. */
export const visible_runs = computed(() => found_runs.value.filter((run) => checked.value.has(run.key)));

/** The selection in which exactly `keys` are checked, put the shorter way; `all` keeps new runs checked by themselves. */
function fromKeys(keys: ReadonlySet<string>, runs: readonly Run[], base: "all" | "none"): Selection {
  if (base === "none") return { base, except: new Set(keys) };
  const hidden = runs.filter((run) => !keys.has(run.key)).map((run) => run.key);
  if (hidden.length === 0 && runs.length <= MANY) return DEFAULT_SELECTION;
  return { base, except: new Set(hidden) };
}

function baseNow(): "all" | "none" {
  const { base } = selection.peek();
  if (base !== "default") return base;
  return board.peek().runs.length > MANY ? "none" : "all";
}

export function setChecked(keys: readonly string[], on: boolean): void {
  const next = new Set(checked.peek());
  for (const key of keys) {
    if (on) next.add(key);
    else next.delete(key);
  }
  selection.value = fromKeys(next, board.peek().runs, baseNow());
}

/** Only this run; a second time: all again. */
export function isolate(key: string): void {
  const alone = checked.peek().size === 1 && checked.peek().has(key);
  selection.value = alone ? DEFAULT_SELECTION : { base: "none", except: new Set([key]) };
}

/** Checks or unchecks every run that matches the search. */
export function checkFound(on: boolean): void {
  const { runs } = board.peek();
  const found = found_runs.peek();
  if (found.length === runs.length) {
    selection.value = on
      ? { base: runs.length > MANY ? "all" : "default", except: NOTHING }
      : { base: "none", except: NOTHING };
    return;
  }
  setChecked(
    found.map((run) => run.key),
    on,
  );
}
