/**
 * From where to where series go along an x axis of which the index does not tell: along another tag, or along a
 * logarithm. Asked for when a chart wants to know, and again for what has grown.
 */
import { signal } from "@preact/signals";
import type { Restarts } from "../api/scalars";
import { postStatistics, type Statistics } from "../api/statistics";
import { type XAxis, xTag } from "../api/x_axis";
import { EMPTY, isEmpty, type Span, union } from "../lib/extent";
import { board, type Run, type Series } from "./board";
import { aheadOf } from "./sources";

/** Between two looks at what grows. */
const PAUSE_MS = 500;
const GATHER_MS = 4;
const RETRY_MS = 3000;
/** Each reads all points of as many series: the first charts wait for no others. */
const MOST_SERIES = 24;

export interface OnAxis {
  x: XAxis;
  /** Only what is greater than 0 has a place. */
  is_log: boolean;
  restarts: Restarts;
}

export interface Subject {
  run: Run;
  tag: string;
  series: Series;
}

interface Extent {
  span: Span;
  /** Points at an x that is not greater than 0. */
  left_out: number;
  /** Of the series, and of the tag that is x, when it was asked for. */
  state: string;
  /** How often it was answered. */
  answers: number;
}

interface Kept extends OnAxis {
  known: Map<string, Extent>;
  waiting: Map<string, Subject>;
  running: Set<string>;
}

/** Of several series together. */
export interface Extents {
  /** Every series was answered; what has grown since may be missing. */
  is_known: boolean;
  /** Null: no point has a place. */
  span: Span | null;
  left_out: number;
  /** Grows with every answer. */
  growth: number;
}

const kept = new Map<string, Kept>();
const answered = signal(0);
/** Why the last question was not answered; "" when it was. */
export const extents_trouble = signal("");
let timer: { due_ms: number; id: number } | null = null;
let last_ms = Number.NEGATIVE_INFINITY;

export function extentsOf(subjects: readonly Subject[], on: OnAxis): Extents {
  answered.value;
  const of = keptOf(on);
  const all = { is_known: true, span: EMPTY, left_out: 0, growth: 0 };
  for (const subject of subjects) {
    const extent = of.known.get(keyOf(subject));
    if (extent?.state !== stateOf(subject, on.x)) want(of, subject, extent === undefined);
    if (!extent) all.is_known = false;
    else {
      all.span = union(all.span, extent.span);
      all.left_out += extent.left_out;
      all.growth += extent.answers;
    }
  }
  return { ...all, span: isEmpty(all.span) ? null : all.span };
}

function keptOf(on: OnAxis): Kept {
  const name = JSON.stringify([on.x, on.is_log, on.restarts]);
  const found = kept.get(name) ?? { ...on, known: new Map(), waiting: new Map(), running: new Set() };
  kept.set(name, found);
  return found;
}

const keyOf = ({ run, tag }: Subject): string => `${run.key}\n${tag}`;

function stateOf({ run, series }: Subject, x: XAxis): string {
  const tag = xTag(x);
  const along = tag === null ? undefined : board.peek().tag_of.get(tag)?.series.get(run.key);
  const counts = [series.points, series.superseded, along?.points, along?.superseded];
  return `${counts.join(" ")} ${board.peek().epochs.get(run.source)}`;
}

function want(of: Kept, subject: Subject, is_new: boolean): void {
  const key = keyOf(subject);
  if (of.running.has(key)) return;
  of.waiting.set(key, subject);
  const now_ms = performance.now();
  schedule(is_new ? now_ms + GATHER_MS : Math.max(now_ms, last_ms + PAUSE_MS));
}

function schedule(due_ms: number): void {
  if (timer && timer.due_ms <= due_ms) return;
  if (timer) clearTimeout(timer.id);
  const id = window.setTimeout(askAll, Math.max(0, due_ms - performance.now()));
  timer = { due_ms, id };
}

function askAll(): void {
  timer = null;
  last_ms = performance.now();
  for (const of of kept.values()) {
    const subjects = [...of.waiting.values()];
    of.waiting.clear();
    for (let from = 0; from < subjects.length; from += MOST_SERIES) {
      void ask(of, subjects.slice(from, from + MOST_SERIES));
    }
  }
}

async function ask(of: Kept, subjects: Subject[]): Promise<void> {
  // How far each has come is noted before the question: what grows meanwhile is asked for again.
  const states = subjects.map((subject) => stateOf(subject, of.x));
  for (const subject of subjects) of.running.add(keyOf(subject));
  try {
    const [places, left_out] = await look(of, subjects);
    for (const [id, subject] of subjects.entries()) {
      const span = spanOf(places.get(id), of.x, subject);
      const key = keyOf(subject);
      const answers = (of.known.get(key)?.answers ?? 0) + 1;
      of.known.set(key, { span, left_out: left_out.get(id)?.points ?? 0, state: states[id] ?? "", answers });
    }
    extents_trouble.value = "";
    answered.value++;
  } catch (problem) {
    extents_trouble.value = problem instanceof Error ? problem.message : String(problem);
    // Whoever still wants to know asks again.
    window.setTimeout(() => answered.value++, RETRY_MS);
  } finally {
    for (const subject of subjects) of.running.delete(keyOf(subject));
  }
}

type ById = Map<number, Statistics>;

/** Of what has a place, and, on a logarithmic axis, of what has none. */
async function look({ x, is_log, restarts }: Kept, subjects: Subject[]): Promise<[ById, ById]> {
  const series = subjects.map(({ run, tag }, id) => ({ id, source: run.source, run: run.name, tag }));
  const ask = { series, x, restarts, mean_of_last: null };
  const [shown, hidden] = await Promise.all([
    postStatistics({ ...ask, x_scale: is_log ? "log" : "linear", range: null }),
    is_log ? postStatistics({ ...ask, range: [null, 0] }) : [],
  ]);
  const byId = (all: readonly Statistics[]) => new Map(all.map((one) => [one.id, one]));
  return [byId(shown), byId(hidden)];
}

function spanOf(statistics: Statistics | undefined, x: XAxis, { run }: Subject): Span {
  const { x_min, x_max } = statistics ?? { x_min: null, x_max: null };
  if (x_min === null || x_max === null) return EMPTY;
  const ahead_s = x === "wall_time" ? aheadOf(run.source) : 0;
  return [x_min - ahead_s, x_max - ahead_s];
}
