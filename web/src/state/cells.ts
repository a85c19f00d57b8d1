/** What each run has in a column of the runs table, and how that is written. */
import { computed, untracked } from "@preact/signals";
import { type BuiltIn, type Cell, type MetricKind, readColumn } from "../lib/column";
import { formatColumn, formatCount, formatValue } from "../lib/number";
import { formatAge, formatSpan } from "../lib/time";
import { board, pulse, type Run, type Tag } from "./board";
import { now_s } from "./clock";
import { hparams, hparamsOf } from "./hparams";
import { noteOf, notes } from "./notes";
import { speedNow, stateOf } from "./run_state";
import { aheadOf, fullName, shortName } from "./sources";
import { statisticOf, statistics_answered } from "./statistics";
import { value_tag } from "./view";

export interface Column {
  id: string;
  title: string;
  /** What it is, in words. */
  detail: string;
  is_number: boolean;
  /** A value of a metric: one that can be compared with the baseline's. */
  is_metric: boolean;
  width_px: number;
  valueOf: (run: Run) => Cell;
  textOf: (value: Cell) => string;
}

/** The tag of the value beside each run: the chosen one, or one that is likely to be looked for. */
export const chosen_tag = computed(() => board.value.tag_of.get(value_tag.value) ?? automaticTag(board.value.tags));

const ten_s = computed(() => Math.floor(now_s.value / 10));

/** Another one whenever cells may differ that are compared with each other: often enough for people, seldom enough for 10,000 runs. */
export const cells_pulse = computed(() => {
  const [at, grown] = [ten_s.value, pulse.value];
  const known = [board.value, hparams.value, notes.value, statistics_answered.value, chosen_tag.value];
  return { at, grown, known };
});

/** What each run has in a column, as of the last `cells_pulse`. */
export function cellsOf(column: Column): ReadonlyMap<string, Cell> {
  const { runs } = board.value;
  cells_pulse.value;
  return untracked(() => new Map(runs.map((run) => [run.key, column.valueOf(run)])));
}

/** A loss of validation if there is one, else a loss, else the first. */
export function automaticTag(tags: readonly Tag[]): Tag | undefined {
  return (
    tags.find((tag) => /(^|[/_.])(val|valid|validation|test|eval)\w*[/_.].*loss/i.test(tag.tag)) ??
    tags.find((tag) => /loss/i.test(tag.tag)) ??
    tags[0]
  );
}

const plain = (value: Cell): string => (typeof value === "number" ? formatValue(value) : (value ?? ""));
const asColumn = (value: Cell): string => (typeof value === "number" ? formatColumn(value) : (value ?? ""));
const asCount = (value: Cell): string => (typeof value === "number" ? formatCount(value) : "");
const asAge = (value: Cell): string => (typeof value === "number" ? formatAge(value) : "");
const asSpan = (value: Cell): string => (typeof value === "number" ? formatSpan(value) : "");

const text = { is_number: false, is_metric: false, textOf: plain };
const number = { is_number: true, is_metric: false };
const BUILT_IN_COLUMNS: Record<BuiltIn, Omit<Column, "id">> = {
  name: { ...text, title: "name", detail: "the run", width_px: 220, valueOf: fullName },
  source: {
    ...text,
    title: "target",
    detail: "the target it is from",
    width_px: 90,
    valueOf: (run) => shortName(run.source),
  },
  value: {
    ...number,
    is_metric: true,
    title: "value",
    detail: "the last value of the chosen tag",
    width_px: 84,
    valueOf: (run) => lastValue(chosen_tag.value, run),
    textOf: asColumn,
  },
  state: { ...text, title: "state", detail: "running, stalled, finished or failed", width_px: 84, valueOf: stateOf },
  step: {
    ...number,
    title: "step",
    detail: "the last step",
    width_px: 72,
    valueOf: (run) => run.last_step,
    textOf: asCount,
  },
  speed: {
    ...number,
    title: "steps/s",
    detail: "steps per second: of late, or over the whole run when it does not grow",
    width_px: 68,
    valueOf: speedNow,
    textOf: (value) => (typeof value === "number" ? formatValue(value, 3) : ""),
  },
  points: {
    ...number,
    title: "points",
    detail: "how many scalar points it has",
    width_px: 76,
    valueOf: (run) => run.points,
    textOf: asCount,
  },
  age: {
    ...number,
    title: "age",
    detail: "how long ago its newest point was written",
    width_px: 64,
    valueOf: ageOf,
    textOf: asAge,
  },
  duration: {
    ...number,
    title: "duration",
    detail: "from its first point to its last",
    width_px: 92,
    valueOf: durationOf,
    textOf: asSpan,
  },
  remark: {
    ...text,
    title: "note",
    detail: "what was noted about it",
    width_px: 140,
    valueOf: (run) => noteOf(run.key).remark,
  },
};

/** How old its newest point is, whatever the clock of its machine says. */
export function ageOf(run: Run): number | null {
  return run.last_wall_time_s === null ? null : now_s.value - (run.last_wall_time_s - aheadOf(run.source));
}

function durationOf({ first_wall_time_s, last_wall_time_s }: Run): number | null {
  return first_wall_time_s === null || last_wall_time_s === null ? null : last_wall_time_s - first_wall_time_s;
}

function lastValue(tag: Tag | undefined, run: Run): number | null {
  return tag?.series.get(run.key)?.last_value ?? null;
}

const METRIC_WORDS: Record<MetricKind, (n: number) => readonly [prefix: string, detail: string]> = {
  last: () => ["", "the last value of"],
  min: () => ["min", "the smallest value of"],
  max: () => ["max", "the largest value of"],
  mean: (n) => [`mean ${n}`, `the mean of the last ${n} values of`],
  at: (n) => [`@${n}`, `the value at step ${n}, or the last before, of`],
  curve: () => ["", "the curve of"],
};

/** Undefined for what names no column. */
export function columnOf(id: string): Column | undefined {
  const column = readColumn(id);
  if (column === null) return undefined;
  if (column.kind === "built-in") return { id, ...BUILT_IN_COLUMNS[column.name] };
  if (column.kind === "hparam") return hparamColumn(id, column.name);
  const { kind, tag, n } = column;
  const [prefix, detail] = METRIC_WORDS[kind](n);
  return {
    id,
    title: prefix ? `${prefix} ${tag}` : tag,
    detail: `${detail} ${tag}`,
    is_number: true,
    is_metric: kind !== "curve",
    width_px: 92,
    valueOf: (run) => {
      if (kind === "last" || kind === "curve") return lastValue(board.value.tag_of.get(tag), run);
      return statisticOf(column, run);
    },
    textOf: asColumn,
  };
}

function hparamColumn(id: string, name: string): Column {
  const ofRun = (run: Run): Cell => {
    const value = hparamsOf(run.key).get(name) ?? null;
    return typeof value === "boolean" ? String(value) : value;
  };
  const is_number = board.value.runs.every((run) => typeof (ofRun(run) ?? 0) === "number");
  return {
    id,
    title: name,
    detail: `hyperparameter ${name}`,
    is_number,
    is_metric: false,
    width_px: 84,
    valueOf: ofRun,
    textOf: plain,
  };
}
