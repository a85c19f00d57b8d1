/** Boards and sources made for tests. */
import { signal } from "@preact/signals";
import type { RunEntry } from "../../src/api/run";
import type { Source } from "../../src/api/source";
import type { TagsAnswer } from "../../src/api/tag";
import { type Board, buildBoard, emptyBoard, type Run, runKey, type Series, type Tag } from "../../src/state/board";

export function runEntry(run: string, change: Partial<RunEntry> = {}): RunEntry {
  return {
    source: "gpu1:runs",
    run,
    files: 1,
    bytes: 10,
    points: 3,
    superseded: 0,
    tags: 1,
    first_step: 0,
    last_step: 2,
    first_wall_time_s: 100,
    last_wall_time_s: 102,
    modified_at_s: 102,
    restarts: 0,
    ended: null,
    ...change,
  };
}

export function makeRun(run: string, change: Partial<RunEntry> = {}): Run {
  const entry = runEntry(run, change);
  return { ...entry, name: run, key: runKey(entry.source, run), trail: [] };
}

export function makeSeries(change: Partial<Series> = {}): Series {
  return {
    points: 3,
    superseded: 0,
    first_step: 0,
    last_step: 2,
    min_step: 0,
    max_step: 2,
    first_wall_time_s: 100,
    last_wall_time_s: 102,
    last_value: 0.5,
    nan: 0,
    inf: 0,
    last_non_finite_step: Number.NaN,
    ...change,
  };
}

export function makeTag(tag: string, series: Record<string, Partial<Series>> = {}): Tag {
  const map = new Map(Object.entries(series).map(([key, change]) => [key, makeSeries(change)]));
  return { key: tag, tag, group: "", title: tag, kind: "scalar", description: "", series: map, growth: signal(0) };
}

export interface TagSpec {
  tag: string;
  kind?: string;
  display_name?: string;
  /** Points and last value by place in `runs`. */
  has: Record<number, { points: number; last_value: number; nan?: number }>;
}

export function tagsAnswer(runs: RunEntry[], specs: TagSpec[]): TagsAnswer {
  return {
    runs: runs.map((run) => run.run),
    run_source: runs.map((run) => run.source),
    sources: new Map(),
    tags: specs.map(({ tag, kind = "scalar", display_name = "", has }) => {
      const run = Object.keys(has).map(Number);
      const rows = Object.values(has);
      return {
        tag,
        kind,
        plugin: "",
        display_name,
        description: "",
        run,
        points: rows.map((row) => row.points),
        superseded: rows.map(() => 0),
        first_step: rows.map(() => 0),
        last_step: rows.map((row) => row.points - 1),
        min_step: rows.map(() => 0),
        max_step: rows.map((row) => row.points - 1),
        first_wall_time_s: rows.map(() => 100),
        last_wall_time_s: rows.map((row) => 100 + row.points),
        last_value: rows.map((row) => row.last_value),
        nan: rows.map((row) => row.nan ?? 0),
        inf: rows.map(() => 0),
        last_non_finite_step: rows.map((row) => (row.nan ? row.points - 1 : null)),
      };
    }),
  };
}

export function makeBoard(runs: RunEntry[], specs: TagSpec[], before: Board = emptyBoard(), epoch = "e1"): Board {
  const epochs = new Map(runs.map((run) => [run.source, epoch]));
  return buildBoard(runs, tagsAnswer(runs, specs), epochs, before);
}

export function makeSource(change: Partial<Source> = {}): Source {
  return {
    source: "gpu1:runs",
    short: "gpu1",
    same_as: null,
    kind: "ssh",
    state: "live",
    since_s: 1000,
    message: "",
    hint: "",
    cause: "",
    attempt: 0,
    next_try_at_s: null,
    rtt_ms: 12,
    clock_skew_s: 0,
    clock_correction_s: 0,
    received_bytes: 0,
    last_heard_at_s: 1000,
    epoch: "e1",
    version: 1,
    moved: null,
    engine: {
      version: "0.1.0",
      epoch: "e1",
      host: "gpu1",
      platform: "linux",
      user: "you",
      home: "/home/you",
      now_s: 1000,
    },
    logdir: { asked: "runs", path: "/home/you/runs", state: "ok", message: "", closest: [], silent_s: null },
    load: { state: "live", files: 1, files_read: 1, bytes: 100, bytes_read: 100, runs: 1, series: 1, points: 3 },
    index: null,
    losses_total: { count: 0, bytes: 0 },
    losses_by_file: [],
    ...change,
  };
}
