/** The index: which runs and tags there are and how far they have come. Curves are not here. */
import { type Signal, signal } from "@preact/signals";
import type { Change } from "../api/change";
import type { RunEntry } from "../api/run";
import type { TagEntry, TagsAnswer } from "../api/tag";
import { cardKey, isKind } from "../lib/kind";
import { lengthened, type Mark } from "../lib/run_state";
import { naturalCompare, splitTag } from "../lib/text";

export interface Run extends RunEntry {
  /** Unique on the board. */
  key: string;
  name: string;
  /** How it came forward since this page is open. */
  trail: readonly Mark[];
}

/** How far one run has come under one tag. */
export interface Series {
  points: number;
  superseded: number;
  first_step: number;
  last_step: number;
  min_step: number;
  max_step: number;
  first_wall_time_s: number;
  last_wall_time_s: number;
  last_value: number;
  /** How many of all points are NaN, and how many ±Inf. */
  nan: number;
  inf: number;
  /** The step of the last of them; NaN without one. */
  last_non_finite_step: number;
}

export interface Tag {
  /** Of its card: see lib/kind.ts. */
  key: string;
  tag: string;
  group: string;
  title: string;
  kind: string;
  description: string;
  series: Map<string, Series>;
  /** Counts up whenever a series of this tag has changed. */
  growth: Signal<number>;
}

export interface Board {
  /** As the pane lists them: by source, naturally sorted. */
  runs: Run[];
  run_of: Map<string, Run>;
  /** Scalars only. */
  tags: Tag[];
  tag_of: Map<string, Tag>;
  /** Tags of all other kinds that have cards. */
  media: Tag[];
  /** By their keys. */
  media_of: Map<string, Tag>;
  /** How many tags there are of each kind that is not drawn. */
  other_kinds: Map<string, number>;
  epochs: Map<string, string>;
  /** False until the first answer. */
  known: boolean;
}

export function emptyBoard(): Board {
  return {
    runs: [],
    run_of: new Map(),
    tags: [],
    tag_of: new Map(),
    media: [],
    media_of: new Map(),
    other_kinds: new Map(),
    epochs: new Map(),
    known: false,
  };
}

/** Replaced when runs or tags come and go; changed in place, with a `pulse`, when they only grow. */
export const board = signal<Board>(emptyBoard());

/** Counts up, at most twice a second, when something in the board grew. */
export const pulse = signal(0);

export function runKey(source: string, run: string): string {
  return `${source}\n${run}`;
}

/** Builds the board from the two answers; what is unchanged keeps its `growth`, what changed counts up. */
export function buildBoard(
  runs: readonly RunEntry[],
  answer: TagsAnswer,
  epochs: Map<string, string>,
  before: Board,
): Board {
  const order = new Map<string, number>();
  for (const { source } of runs) order.set(source, order.get(source) ?? order.size);
  const sorted = runs
    .map((entry) => makeRun(entry, before))
    .sort((a, b) => (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0) || naturalCompare(a.name, b.name));
  const keys = answer.runs.map((name, i) => runKey(answer.run_source[i] ?? "", name));
  const renewed = new Set([...epochs].filter(([source, epoch]) => before.epochs.get(source) !== epoch).map(([s]) => s));

  const tags: Tag[] = [];
  const media: Tag[] = [];
  const other_kinds = new Map<string, number>();
  for (const entry of answer.tags) {
    if (entry.kind === "scalar") tags.push(makeTag(entry, keys, before, renewed));
    else if (isKind(entry.kind)) media.push(makeTag(entry, keys, before, renewed));
    // Hyperparameters are columns of the runs, not cards.
    else if (entry.kind !== "hparams") other_kinds.set(entry.kind, (other_kinds.get(entry.kind) ?? 0) + 1);
  }
  for (const list of [tags, media]) {
    list.sort((a, b) => naturalCompare(a.group, b.group) || naturalCompare(a.tag, b.tag));
  }
  return {
    runs: sorted,
    run_of: new Map(sorted.map((run) => [run.key, run])),
    tags,
    tag_of: new Map(tags.map((tag) => [tag.tag, tag])),
    media,
    media_of: new Map(media.map((tag) => [tag.key, tag])),
    other_kinds,
    epochs,
    known: true,
  };
}

function makeRun(entry: RunEntry, before: Board): Run {
  const key = runKey(entry.source, entry.run);
  return { ...entry, key, name: entry.run, trail: before.run_of.get(key)?.trail ?? [] };
}

function makeTag(entry: TagEntry, keys: string[], before: Board, renewed: Set<string>): Tag {
  const series = new Map<string, Series>();
  entry.run.forEach((run, i) => {
    const key = keys[run];
    if (key !== undefined) series.set(key, readSeries(entry, i));
  });
  const key = cardKey(entry.kind, entry.tag);
  const old = tagOf(before, entry.kind, entry.tag);
  const growth = old?.growth ?? signal(0);
  if (old && (differs(old.series, series) || touches(series, renewed))) growth.value++;
  const { group, title } = splitTag(entry.tag);
  const { tag, kind, description } = entry;
  // The writer may have another name for it than the tag.
  return { key, tag, group, title: entry.display_name.trim() || title, kind, description, series, growth };
}

/** The tag of that kind, if it has cards. */
export function tagOf(of: Board, kind: string, tag: string): Tag | undefined {
  return kind === "scalar" ? of.tag_of.get(tag) : of.media_of.get(cardKey(kind, tag));
}

function readSeries(entry: TagEntry, i: number): Series {
  const at = (column: (number | null)[], none = Number.NaN) => column[i] ?? none;
  return {
    points: at(entry.points),
    superseded: at(entry.superseded),
    first_step: at(entry.first_step),
    last_step: at(entry.last_step),
    min_step: at(entry.min_step),
    max_step: at(entry.max_step),
    first_wall_time_s: at(entry.first_wall_time_s),
    last_wall_time_s: at(entry.last_wall_time_s),
    last_value: at(entry.last_value),
    nan: at(entry.nan, 0),
    inf: at(entry.inf, 0),
    last_non_finite_step: at(entry.last_non_finite_step),
  };
}

function differs(old: Map<string, Series>, now: Map<string, Series>): boolean {
  if (old.size !== now.size) return true;
  for (const [key, series] of now) {
    const was = old.get(key);
    if (!was || was.points !== series.points || was.superseded !== series.superseded) return true;
    if (!Object.is(was.last_value, series.last_value) || was.last_step !== series.last_step) return true;
  }
  return false;
}

function touches(series: Map<string, Series>, renewed: Set<string>): boolean {
  if (renewed.size === 0) return false;
  for (const key of series.keys()) {
    if (renewed.has(key.slice(0, key.indexOf("\n")))) return true;
  }
  return false;
}

/** Takes over what grew; returns the tags concerned. Series the board does not know yet wait for the next index. */
export function applyGrowth(into: Board, change: Pick<Change, "source" | "series">): Set<Tag> {
  const touched = new Set<Tag>();
  for (const grown of change.series) {
    const tag = tagOf(into, grown.kind, grown.tag);
    const key = runKey(change.source, grown.run);
    const series = tag?.series.get(key);
    if (!tag || !series || grown.points < series.points) continue;
    series.points = grown.points;
    series.superseded = grown.superseded;
    if (grown.last_step !== null) {
      series.last_step = grown.last_step;
      series.max_step = Math.max(series.max_step, grown.last_step);
    }
    if (grown.last_wall_time_s !== null) series.last_wall_time_s = grown.last_wall_time_s;
    if (grown.last_value !== null) series.last_value = grown.last_value;
    series.nan = grown.nan;
    series.inf = grown.inf;
    series.last_non_finite_step = grown.last_non_finite_step ?? Number.NaN;
    noteRun(into.run_of.get(key), series);
    touched.add(tag);
  }
  return touched;
}

function noteRun(run: Run | undefined, series: Series): void {
  if (!run) return;
  run.last_step = Math.max(run.last_step ?? Number.NEGATIVE_INFINITY, series.last_step);
  const moment_s = Math.max(run.last_wall_time_s ?? 0, series.last_wall_time_s);
  run.last_wall_time_s = moment_s;
  run.trail = lengthened(run.trail, { wall_time_s: moment_s, step: run.last_step });
  // Something was written just now; the exact time comes with the next index.
  run.modified_at_s = Math.max(run.modified_at_s ?? 0, moment_s);
}

/** Wall time of the newest point of a source, in its own clock; null when it has none. */
export function newestPoint_s(of: Board, source: string): number | null {
  let newest: number | null = null;
  for (const run of of.runs) {
    if (run.source !== source || run.last_wall_time_s === null) continue;
    if (newest === null || run.last_wall_time_s > newest) newest = run.last_wall_time_s;
  }
  return newest;
}
