/**
 * The groups of runs: by what, which there are, and how charts are to show them. Charts read `run_groups`, `group_of`,
 * `groups_as` and `group_band`; a run's colour in `colours` is that of its group already.
 */
import { computed, signal } from "@preact/signals";
import { type Group, groupItems, namePart, readGrouping } from "../lib/group";
import { board, type Run, runKey } from "./board";
import { type Column, cellsOf, columnOf } from "./cells";
import { columnNamed } from "./query";
import { found_runs } from "./selection";
import { fullName } from "./sources";

export type GroupsAs = "runs" | "mean";
export type BandKind = "range" | "std" | "error" | "none";

/** As `readGrouping` reads it; "" for no groups. In the address. */
export const group_by = signal("");
/** Each run, or the mean of each group. */
export const groups_as = signal<GroupsAs>("runs");
/** What is drawn around a mean: from the least to the greatest, ± the standard deviation, ± the standard error. */
export const group_band = signal<BandKind>("range");

export type RunGroup = Group<Run>;

interface Grouped {
  /** Null: not grouped. */
  groups: readonly RunGroup[] | null;
  /** Why they cannot be, or "". */
  error: string;
}

const grouped = computed((): Grouped => {
  const grouping = readGrouping(group_by.value);
  if (grouping === null) return { groups: null, error: "" };
  const runs = found_runs.value;
  if (grouping.kind !== "column") {
    try {
      const partOf = namePart(grouping);
      return { groups: groupItems(runs, "", (run) => partOf(run.name)), error: "" };
    } catch (problem) {
      const message = problem instanceof Error ? problem.message : "";
      return { groups: null, error: message.slice(message.lastIndexOf(": ") + 1).trim() };
    }
  }
  const column = groupColumn(grouping.name);
  // It may be about to come: hyperparameters are there later than runs.
  if (!column) return { groups: null, error: board.value.known ? `there is no column "${grouping.name}"` : "" };
  const cells = cellsOf(column);
  return { groups: groupItems(runs, column.title, (run) => cells.get(run.key) ?? null), error: "" };
});

function groupColumn(name: string): Column | undefined {
  const id = columnNamed(name);
  return id === undefined ? undefined : columnOf(id);
}

export const group_error = computed(() => grouped.value.error);

let groups_before: readonly RunGroup[] | null = null;

/** The groups of the runs that match the search; null without grouping. The same as before when none has changed. */
export const run_groups = computed((): readonly RunGroup[] | null => {
  const { groups } = grouped.value;
  if (!isSame(groups, groups_before)) groups_before = groups;
  return groups_before;
});

function isSame(a: readonly RunGroup[] | null, b: readonly RunGroup[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((group, i) => isSameGroup(group, b[i]));
}

function isSameGroup(a: RunGroup, b: RunGroup | undefined): boolean {
  if (a.key !== b?.key || a.label !== b.label || a.members.length !== b.members.length) return false;
  return a.members.every((run, i) => run === b.members[i]);
}

/** The group of each run, by the run's key. */
export const group_of = computed((): ReadonlyMap<string, RunGroup> => {
  const groups = run_groups.value ?? [];
  return new Map(groups.flatMap((group) => group.members.map((run) => [run.key, group] as const)));
});

/** The key of a group where runs have theirs: no source is called "". */
export function groupKey(group: RunGroup): string {
  return runKey("", group.key);
}

/** The groups whose means are drawn, by the key of their lines; null while each run is drawn. */
export const drawn_groups = computed((): ReadonlyMap<string, RunGroup> | null => {
  if (groups_as.value === "runs" || run_groups.value === null) return null;
  return new Map(run_groups.value.map((group) => [groupKey(group), group]));
});

/** The line that shows a run: its own, or that of its group. */
export function lineOf(run_key: string | null): string | null {
  if (run_key === null || drawn_groups.value === null) return run_key;
  const group = group_of.value.get(run_key);
  return group ? groupKey(group) : run_key;
}

/** What a line of a chart is called. */
export function lineName(run_key: string): string {
  const group = drawn_groups.value?.get(run_key);
  if (group) return group.label;
  const run = board.value.run_of.get(run_key);
  return run ? fullName(run) : run_key.replace("\n", " ");
}
