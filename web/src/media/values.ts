/** The values of one tag: read a stretch of steps at a time when they are wanted, given up when they no longer are, and kept while there is room. */
import { signal } from "@preact/signals";
import type { Reader } from "../api/validate";
import { postValues, type Value, type ValuesOf } from "../api/values";
import type { Run, Tag } from "../state/board";
import type { RunSteps } from "../state/steps";
import { cardView } from "../state/view";

/** One value: the `place`th of a run's steps. */
export interface Wish {
  of: RunSteps;
  place: number;
}

interface Stretch {
  from: number;
  to: number;
  /** By run: what was wanted of it first. */
  firsts: Map<string, Wish>;
  /** What was wanted of it when it was asked for. */
  keys: Set<string>;
  control: AbortController;
}

interface How {
  /** Values of a run that are read together. */
  stretch: number;
  keep: number;
}

const AT_ONCE = 3;
const RETRY_MS = 3000;
const MOST_POINTS = 10000;
const GONE: Value<never> = {
  ok: null,
  error: { code: "not_found", message: "it is no longer in the files" },
};

export class Values<T> {
  /** Counts up when something has come. */
  readonly version = signal(0);
  /** Why what is wanted does not come, or "". */
  readonly trouble = signal("");
  private readonly kept = new Map<string, Value<T>>();
  /** By run: what was wanted of it first, and is here or came last. */
  private readonly latest = new Map<string, Wish>();
  /** By who has them. */
  private readonly wishes = new Map<string, readonly Wish[]>();
  private waiting: Stretch[] = [];
  private readonly running = new Set<Stretch>();
  private timer = 0;

  constructor(
    private readonly tag: Pick<Tag, "key" | "tag" | "kind">,
    private readonly reader: Reader<T>,
    private readonly how: How,
  ) {}

  /** What is known of a value; undefined: not yet. */
  at({ of, place }: Wish): Value<T> | undefined {
    this.version.value;
    return this.kept.get(keyOf(of, place));
  }

  /** What may be seen of a run until what is wanted of it has come: the last that was wanted and is here. */
  meanwhile(run_key: string): Wish | undefined {
    this.version.value;
    return this.latest.get(run_key);
  }

  /** These and no others are wanted by `who` now, the first ones first. */
  want(wishes: readonly Wish[], who = ""): void {
    this.wishes.set(who, wishes);
    for (const [run_key, wish] of firstOfRuns(wishes)) {
      if (this.kept.has(keyOf(wish.of, wish.place))) this.latest.set(run_key, wish);
    }
    this.fetchMissing();
  }

  private fetchMissing(): void {
    clearTimeout(this.timer);
    const wishes = [...this.wishes.values()].flat();
    const missing = wishes.filter(({ of, place }) => of.step[place] !== undefined && !this.kept.has(keyOf(of, place)));
    this.giveUp(missing);
    this.waiting = this.stretchesOf(missing.filter((wish) => ![...this.running].some((each) => serves(each, wish))));
    this.pump();
  }

  /** What nobody wants any more. Of each run the oldest answer may still come, or who scrubs without a pause would see none. */
  private giveUp(missing: readonly Wish[]): void {
    const awaited = new Set<string>();
    for (const stretch of this.running) {
      const runs = [...stretch.firsts.keys()];
      const is_oldest = missing.length > 0 && runs.some((run_key) => !awaited.has(run_key));
      for (const run_key of runs) awaited.add(run_key);
      if (is_oldest || missing.some((wish) => serves(stretch, wish))) continue;
      stretch.control.abort();
      this.running.delete(stretch);
    }
  }

  /** It turned out to be stale: it is read again. */
  forget({ of, place }: Wish): void {
    if (this.kept.delete(keyOf(of, place))) this.fetchMissing();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const { control } of this.running) control.abort();
    this.running.clear();
    this.waiting = [];
    this.wishes.clear();
  }

  /** Runs that have the same steps are asked for together. */
  private stretchesOf(missing: readonly Wish[]): Stretch[] {
    const found = new Map<string, Stretch>();
    for (const { of, place } of missing) {
      const start = place - (place % this.how.stretch);
      const steps = of.step.slice(start, start + this.how.stretch);
      const [from, to] = [Math.min(...steps), Math.max(...steps)];
      const name = `${from} ${to}`;
      const stretch = found.get(name) ?? {
        from,
        to,
        firsts: new Map(),
        keys: new Set(),
        control: new AbortController(),
      };
      if (!stretch.firsts.has(of.run.key)) stretch.firsts.set(of.run.key, { of, place });
      stretch.keys.add(keyOf(of, place));
      found.set(name, stretch);
    }
    return [...found.values()];
  }

  private pump(): void {
    while (this.running.size < AT_ONCE) {
      const next = this.waiting.shift();
      if (!next) return;
      this.running.add(next);
      void this.read(next);
    }
  }

  private async read(stretch: Stretch): Promise<void> {
    const { tag, kind } = this.tag;
    const runs = [...stretch.firsts.values()].map(({ of }) => of.run);
    const series = runs.map((run, id) => ({ id, source: run.source, run: run.name, tag, kind }));
    const restarts = cardView(this.tag.key).restarts.peek();
    const range = [stretch.from, stretch.to] as const;
    try {
      const ask = { series, restarts, range, limit: MOST_POINTS };
      const answer = await postValues(ask, this.reader, stretch.control.signal);
      if (stretch.control.signal.aborted) return;
      for (const entry of answer) this.take(runs[entry.id], entry);
      // Asked for and not there: asking again would bring nothing else.
      for (const key of stretch.keys) if (!this.kept.has(key)) this.kept.set(key, GONE);
      for (const [run_key, wish] of stretch.firsts) this.latest.set(run_key, wish);
      this.trim();
      this.trouble.value = "";
    } catch (problem) {
      if (stretch.control.signal.aborted) return;
      this.trouble.value = problem instanceof Error ? problem.message : String(problem);
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.fetchMissing(), RETRY_MS);
      this.running.delete(stretch);
      return;
    }
    this.running.delete(stretch);
    this.version.value++;
    this.fetchMissing();
  }

  private take(run: Run | undefined, { step, wall_time, value }: ValuesOf<T>): void {
    if (!run) return;
    for (const [place, each] of value.entries()) {
      const key = keyOf({ run, step, wall_time_s: wall_time }, place);
      this.kept.delete(key);
      this.kept.set(key, each);
    }
  }

  private trim(): void {
    for (const key of this.kept.keys()) {
      if (this.kept.size <= this.how.keep) return;
      this.kept.delete(key);
    }
  }
}

function firstOfRuns(wishes: readonly Wish[]): Map<string, Wish> {
  const firsts = new Map<string, Wish>();
  for (const wish of wishes) if (!firsts.has(wish.of.run.key)) firsts.set(wish.of.run.key, wish);
  return firsts;
}

function serves({ from, to, firsts }: Stretch, { of, place }: Wish): boolean {
  const step = of.step[place] ?? Number.NaN;
  return firsts.has(of.run.key) && step >= from && step <= to;
}

/** Tells a value from all others of its tag, however many came before it: several may have the same step and time. */
export function keyOf(
  { run, step, wall_time_s }: Pick<RunSteps, "run" | "step" | "wall_time_s">,
  place: number,
): string {
  let nth = 0;
  for (let i = place - 1; i >= 0 && step[i] === step[place] && wall_time_s[i] === wall_time_s[place]; i--) nth++;
  return `${run.key}\n${step[place]}\n${wall_time_s[place]}\n${nth}`;
}
