/** At which steps each run has a value of a tag that is no scalar: asked for when its card is looked at, and kept up to date. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Restarts } from "../api/scalars";
import { postSteps } from "../api/values";
import { lastAtOrBefore } from "../lib/sorted";
import type { Run, Tag } from "./board";
import { visible_runs } from "./selection";
import { cardView } from "./view";

/** The steps of one run, in order; times are in the clock of its machine. */
export interface RunSteps {
  run: Run;
  step: readonly number[];
  wall_time_s: readonly number[];
  /** 1 for values that a restart superseded; empty where they are left out. */
  superseded: readonly number[];
  superseded_hidden: number;
}

const LIVE_PAUSE_MS = 500;
const RETRY_MS = 3000;

/** Those of the cards that there are. */
const known = signal<ReadonlySet<Steps>>(new Set());

/** Every step that any card has been found to have, rising: where the whole board can stand. */
export const board_steps = computed(() => {
  const all = new Set<number>();
  for (const steps of known.value) for (const step of steps.all.value) all.add(step);
  return [...Float64Array.from(all).sort()];
});

/** What a card knows of its steps while it is on the screen. */
export class Steps {
  /** By run, in the order of the runs pane; null before the first answer. */
  readonly of_runs: Signal<readonly RunSteps[] | null> = signal(null);
  /** Why the newest are not known, or "". */
  readonly trouble = signal("");
  /** Every step that any visible run has, rising. */
  readonly all: ReadonlySignal<readonly number[]> = computed(() => union(this.of_runs.value ?? []));
  private readonly tag: Tag;
  private running: AbortController | null = null;
  private timer = 0;
  private last_ms = Number.NEGATIVE_INFINITY;
  private readonly stop: () => void;

  /** `before`: what was known of the same card, shown until there is something newer. */
  constructor(tag: Tag, on_screen: ReadonlySignal<boolean>, before?: Steps | null) {
    this.tag = tag;
    if (before) this.of_runs.value = before.of_runs.peek();
    known.value = new Set(known.peek()).add(this);
    const { restarts } = cardView(tag.key);
    let asked = "";
    this.stop = effect(() => {
      const runs = runsOf(tag);
      const question = [restarts.value, ...runs.map(({ key }) => key)].join("\r");
      tag.growth.value;
      if (!on_screen.value) return;
      // Other runs are another question; growth of the same ones waits its turn.
      this.want(runs, restarts.value, question !== asked);
      asked = question;
    });
  }

  dispose(): void {
    this.stop();
    this.running?.abort();
    clearTimeout(this.timer);
    const others = new Set(known.peek());
    others.delete(this);
    known.value = others;
  }

  private want(runs: readonly Run[], restarts: Restarts, anew: boolean): void {
    clearTimeout(this.timer);
    if (anew) this.running?.abort();
    const wait_ms = anew ? 0 : Math.max(0, this.last_ms + LIVE_PAUSE_MS - performance.now());
    this.timer = window.setTimeout(() => void this.read(runs, restarts), wait_ms);
  }

  private async read(runs: readonly Run[], restarts: Restarts): Promise<void> {
    this.last_ms = performance.now();
    if (runs.length === 0) {
      this.of_runs.value = [];
      return;
    }
    this.running?.abort();
    const mine = new AbortController();
    this.running = mine;
    const { tag, kind } = this.tag;
    const series = runs.map((run, id) => ({ id, source: run.source, run: run.name, tag, kind }));
    try {
      const answer = await postSteps({ series, restarts }, mine.signal);
      if (mine.signal.aborted) return;
      const found = new Map(answer.map((entry) => [entry.id, entry]));
      this.of_runs.value = runs.flatMap((run, id) => {
        const entry = found.get(id);
        if (!entry || entry.step.length === 0) return [];
        const { step, wall_time, superseded, superseded_points } = entry;
        const superseded_hidden = restarts === "latest" ? superseded_points : 0;
        return [{ run, step, wall_time_s: wall_time, superseded, superseded_hidden }];
      });
      this.trouble.value = "";
    } catch (problem) {
      if (mine.signal.aborted) return;
      this.trouble.value = problem instanceof Error ? problem.message : String(problem);
      this.timer = window.setTimeout(() => void this.read(runs, restarts), RETRY_MS);
    }
  }
}

/** The visible runs that have the tag, in the order of the pane. */
export function runsOf(tag: Tag): Run[] {
  return visible_runs.value.filter((run) => tag.series.has(run.key));
}

function union(of_runs: readonly RunSteps[]): readonly number[] {
  if (of_runs.length === 1 && of_runs[0] && isRising(of_runs[0].step)) return of_runs[0].step;
  const all = new Set<number>();
  for (const { step } of of_runs) for (const each of step) all.add(each);
  return [...Float64Array.from(all).sort()];
}

const rising = new WeakMap<readonly number[], boolean>();

function isRising(steps: readonly number[]): boolean {
  let is_rising = rising.get(steps);
  if (is_rising === undefined) {
    is_rising = steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? 0));
    rising.set(steps, is_rising);
  }
  return is_rising;
}

/** The place of the newest value at or before `step` (null: of the newest of all); -1 where there is none yet. */
export function placeAt(steps: readonly number[], step: number | null): number {
  if (step === null) return steps.length - 1;
  if (isRising(steps)) return lastAtOrBefore(steps, step);
  for (let i = steps.length - 1; i >= 0; i--) if ((steps[i] ?? 0) <= step) return i;
  return -1;
}

/** The places of all values at the step that `placeAt` finds, the newest first: one step may have been written several times. */
export function placesAt(steps: readonly number[], step: number | null, most: number): number[] {
  const newest = placeAt(steps, step);
  if (newest < 0 || isRising(steps)) return newest < 0 ? [] : [newest];
  const found: number[] = [];
  for (let i = steps.length - 1; i >= 0 && found.length < most; i--) if (steps[i] === steps[newest]) found.push(i);
  return found;
}
