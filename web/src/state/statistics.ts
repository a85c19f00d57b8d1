/** Numbers about whole series, for columns and queries: asked for when somebody wants them, and again for what grew. */
import { signal } from "@preact/signals";
import { postStatistics, STATISTICS_MOST, type Statistics } from "../api/statistics";
import type { ColumnName, MetricKind } from "../lib/column";
import { board, type Run, type Series } from "./board";

const PAUSE_MS = 2000;

/** What one request can answer: the mean of the last `mean`, or what was at step `at`. */
interface Question {
  tag: string;
  mean: number | null;
  at: number | null;
}

/** What was answered, and to which state of the series. */
interface Answer {
  statistics: Statistics | null;
  points: number;
  superseded: number;
  epoch: string;
}

interface Kept {
  question: Question;
  answers: Map<string, Answer>;
  wanted_at_ms: number;
}

/** Who has not been asked about for so long is not kept up to date. */
const WANTED_FOR_MS = 60_000;

const kept = new Map<string, Kept>();
/** Counts up with every answer. */
export const statistics_answered = signal(0);
let running = false;
let timer = 0;
let last_ms = Number.NEGATIVE_INFINITY;

type Metric = Extract<ColumnName, { kind: MetricKind }>;

/** What is known now; asks for what is not, and for what has grown since. */
export function statisticOf(metric: Metric, run: Run): number | null {
  statistics_answered.value;
  const series = board.value.tag_of.get(metric.tag)?.series.get(run.key);
  if (!series) return null;
  const all = keptOf(metric);
  all.wanted_at_ms = performance.now();
  const answer = all.answers.get(run.key);
  if (!answer || isOld(answer, run.source, series)) ask();
  return answer?.statistics ? pick(metric.kind, answer.statistics) : null;
}

function pick(kind: MetricKind, { min, max, last, mean_of_last }: Statistics): number | null {
  if (kind === "min") return min?.value ?? null;
  if (kind === "max") return max?.value ?? null;
  if (kind === "mean") return mean_of_last;
  return last?.value ?? null;
}

function keptOf({ kind, tag, n }: Metric): Kept {
  const question = { tag, mean: kind === "mean" ? n : null, at: kind === "at" ? n : null };
  const name = JSON.stringify(question);
  let found = kept.get(name);
  if (!found) {
    found = { question, answers: new Map(), wanted_at_ms: 0 };
    kept.set(name, found);
  }
  return found;
}

function isOld(answer: Answer, source: string, series: Series): boolean {
  if (answer.points !== series.points || answer.superseded !== series.superseded) return true;
  return answer.epoch !== epochOf(source);
}

const epochOf = (source: string): string => board.peek().epochs.get(source) ?? "";

function ask(): void {
  if (running || timer !== 0) return;
  timer = window.setTimeout(
    () => {
      timer = 0;
      void refresh();
    },
    Math.max(0, last_ms + PAUSE_MS - performance.now()),
  );
}

async function refresh(): Promise<void> {
  running = true;
  last_ms = performance.now();
  try {
    for (const each of kept.values()) {
      if (last_ms - each.wanted_at_ms < WANTED_FOR_MS) await refreshOne(each);
    }
  } catch {
    // A link that is down is told where the targets are; the numbers of before stay until the next look.
  } finally {
    running = false;
  }
}

async function refreshOne({ question, answers }: Kept): Promise<void> {
  const old = seriesOf(question.tag).filter(({ run, series }) => {
    const answer = answers.get(run.key);
    return !answer || isOld(answer, run.source, series);
  });
  for (let from = 0; from < old.length; from += STATISTICS_MOST) {
    // How far each has come is noted before the question: what grows meanwhile is asked for again.
    const part = old.slice(from, from + STATISTICS_MOST).map(({ run, series: { points, superseded } }) => ({
      run,
      answer: { points, superseded, epoch: epochOf(run.source) },
    }));
    const series = part.map(({ run }, id) => ({ id, source: run.source, run: run.name, tag: question.tag }));
    const range = question.at === null ? null : ([null, question.at] as const);
    const found = await postStatistics({ series, range, mean_of_last: question.mean });
    const by_id = new Map(found.map((statistics) => [statistics.id, statistics]));
    for (const [id, { run, answer }] of part.entries()) {
      answers.set(run.key, { ...answer, statistics: by_id.get(id) ?? null });
    }
    statistics_answered.value++;
  }
}

function seriesOf(tag: string): { run: Run; series: Series }[] {
  const { tag_of, run_of } = board.peek();
  return [...(tag_of.get(tag)?.series ?? [])].flatMap(([key, series]) => {
    const run = run_of.get(key);
    return run ? [{ run, series }] : [];
  });
}
