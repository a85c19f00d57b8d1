/** What somebody should know who looks at something else: told once, until it is put away. */
import { computed, effect, signal } from "@preact/signals";
import type { Change } from "../api/change";
import { isLoss, JumpWatch } from "../lib/jump";
import { type NonFinite, NonFiniteWatch, nonFiniteInWords } from "../lib/non_finite";
import { formatValue } from "../lib/number";
import type { RunState } from "../lib/run_state";
import { type Board, board, runKey } from "./board";
import { now_s, tick } from "./clock";
import { growth_listeners, whole_sources } from "./live";
import { stateOf } from "./run_state";
import { fullName } from "./sources";
import { readStored, writeStored } from "./stored";

export const RULES = {
  non_finite: "NaN or Inf appeared",
  jumped: "a loss jumped",
  stalled: "a run stalled",
  finished: "a run finished",
  failed: "a run failed",
} as const;

export type Rule = keyof typeof RULES;

export interface Alert {
  id: string;
  rule: Rule;
  run_key: string;
  run_name: string;
  /** Where it happened; none for what concerns the whole run. */
  tags: readonly string[];
  /** Of the first tag: `1.2 → 87` and the like. */
  detail: string;
  /** By the clock of the hub. */
  at_s: number;
  seen: boolean;
}

const KEPT_MOST = 200;
const LOOK_EVERY_MS = 10_000;
const OFF = "alerts_off";

/** The newest first. */
export const alerts = signal<readonly Alert[]>([]);
export const unseen_alerts = computed(() => alerts.value.filter((alert) => !alert.seen).length);
/** Rules that are switched off, in this browser. */
export const rules_off = signal<ReadonlySet<string>>(readOff());

let watches = new Map<string, JumpWatch>();
let non_finite = new NonFiniteWatch();
/** Sources all of whose series have been counted once: what rises from then on is news. */
let counted = new Set<string>();
let states = new Map<string, RunState>();
let tell = (_alert: Alert): void => {};

function readOff(): Set<string> {
  const stored = readStored(OFF);
  return new Set(Array.isArray(stored) ? stored.filter((rule) => typeof rule === "string") : []);
}

export function switchRule(rule: Rule, on: boolean): void {
  const off = new Set(rules_off.value);
  if (on) off.delete(rule);
  else off.add(rule);
  rules_off.value = off;
  writeStored(OFF, [...off]);
}

export function seeAlerts(): void {
  if (unseen_alerts.value > 0) alerts.value = alerts.value.map((alert) => ({ ...alert, seen: true }));
}

/** Puts one away, or all. */
export function dropAlerts(id?: string): void {
  alerts.value = id === undefined ? [] : alerts.value.filter((alert) => alert.id !== id);
}

/** Begins to watch; `told` hears of each new alert. Returns what ends it. */
export function startAlerts(told: (alert: Alert) => void): () => void {
  tell = told;
  watches = new Map();
  non_finite = new NonFiniteWatch();
  counted = new Set();
  states = new Map();
  growth_listeners.add(takeGrowth);
  const stop_counting = effect(() => takeIndex(board.value, whole_sources.value));
  const timer = setInterval(() => {
    if (document.hidden) tick();
    lookAtRuns();
  }, LOOK_EVERY_MS);
  return () => {
    growth_listeners.delete(takeGrowth);
    stop_counting();
    clearInterval(timer);
  };
}

/** What has just been written. */
export function takeGrowth(change: Pick<Change, "source" | "series">): void {
  for (const grown of change.series) {
    const { run, tag, kind, last_value } = grown;
    if (kind !== "scalar" || last_value === null) continue;
    const key = runKey(change.source, run);
    const counts = { ...grown, last_non_finite_step: grown.last_non_finite_step ?? Number.NaN };
    if (isMore(change.source, key, tag, counts)) raise("non_finite", key, tag, nonFiniteInWords(counts));
    if (isLoss(tag)) watchLoss(key, tag, last_value);
  }
}

/** What the index says: not everything comes as growth. */
function takeIndex({ tags, run_of }: Board, whole: ReadonlySet<string>): void {
  for (const { tag, series } of tags) {
    for (const [key, counts] of series) {
      const source = run_of.get(key)?.source;
      if (source === undefined || !isMore(source, key, tag, counts)) continue;
      raise("non_finite", key, tag, nonFiniteInWords(counts));
    }
  }
  // While a source is still being read, what is found is not new.
  for (const source of whole) counted.add(source);
}

/** Whether a series has more values that are not finite than when it was last looked at. */
function isMore(source: string, run_key: string, tag: string, counts: NonFinite): boolean {
  return non_finite.take(`${run_key}\n${tag}`, counts) && counted.has(source);
}

function watchLoss(run_key: string, tag: string, value: number): void {
  const key = `${run_key}\n${tag}`;
  const watch = watches.get(key) ?? new JumpWatch();
  watches.set(key, watch);
  const jump = watch.take(value);
  if (jump) raise("jumped", run_key, tag, `${formatValue(jump.from)} → ${formatValue(jump.to)}`);
}

/** How the runs are now: only what changes while somebody has the board open is news. */
export function lookAtRuns(): void {
  const before = states;
  states = new Map();
  for (const run of board.peek().runs) {
    const was = before.get(run.key);
    const is = stateOf(run);
    // Out of reach says nothing of the run itself.
    states.set(run.key, is === "unknown" ? (was ?? is) : is);
    if (isNews(was, is)) raise(is, run.key);
  }
}

function isNews(before: RunState | undefined, state: RunState): state is "stalled" | "finished" | "failed" {
  if (state === "running" || state === "unknown" || state === before) return false;
  return before === "running" || before === "stalled";
}

/** One alert per rule and run, as long as nobody has seen it: it gathers the tags. */
function raise(rule: Rule, run_key: string, tag?: string, detail = ""): void {
  if (rules_off.peek().has(rule)) return;
  const known = alerts.peek().find((alert) => alert.rule === rule && alert.run_key === run_key);
  const again = known !== undefined && (tag === undefined || known.tags.includes(tag));
  if (again && (rule !== "non_finite" || tag !== known.tags[0])) return;
  if (again) {
    // It goes on: how many, and where the last one is.
    alerts.value = alerts.peek().map((alert) => (alert === known ? { ...alert, detail } : alert));
    return;
  }
  const run = board.peek().run_of.get(run_key);
  const alert: Alert = {
    id: `${rule}\n${run_key}`,
    rule,
    run_key,
    run_name: run ? fullName(run) : run_key.slice(run_key.indexOf("\n") + 1),
    tags: [...(known?.tags ?? []), ...(tag === undefined ? [] : [tag])],
    detail: known?.detail ?? detail,
    at_s: known?.at_s ?? now_s.peek(),
    seen: known?.seen ?? false,
  };
  alerts.value = [alert, ...alerts.peek().filter((other) => other !== known)].slice(0, KEPT_MOST);
  if (!known) tell(alert);
}

/** `NaN or Inf in train/loss and 3 more: 2 NaN, the last at step 40`. */
export function alertInWords({ rule, tags, detail }: Alert): string {
  const [first, ...others] = tags;
  const place = first === undefined ? "" : ` in ${first}${others.length > 0 ? ` and ${others.length} more` : ""}`;
  return WORDS[rule] + place + (detail && `: ${detail}`);
}

const WORDS: Record<Rule, string> = {
  non_finite: "NaN or Inf",
  jumped: "jumped",
  stalled: "stalled: nothing was written for much longer than usual",
  finished: "finished",
  failed: "failed",
};
