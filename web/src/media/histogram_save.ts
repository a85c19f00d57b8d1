/** Histograms as files: what is seen as a picture, CSV or JSON, and every bucket that was written as JSON lines. */
import { histogramValue, PERCENTILES } from "../api/histogram";
import { HubError } from "../api/request";
import type { Restarts } from "../api/scalars";
import { postValues, type ValuesOf } from "../api/values";
import type { Span } from "../lib/extent";
import type { Run } from "../state/board";
import { binSpan, type Columns } from "./columns";

/** One run of what is seen. */
export interface SeenRun {
  run: Pick<Run, "source" | "name">;
  columns: Columns;
}

const HEAD = "source,run,tag,first_step,last_step,histograms,from,to,count";

/** A line for each bin of each column; counts beyond the bins have one open end. */
export function seenCsv(tag: string, runs: readonly SeenRun[]): string {
  const lines = [HEAD];
  for (const { run, columns } of runs) {
    const names = [run.source, run.name, tag].map(quoted).join(",");
    for (const column of columns.list) {
      const start = `${names},${column.step.join(",")},${column.n}`;
      const [low, high] = columns.values;
      if (column.below > 0) lines.push(`${start},-Infinity,${low},${column.below}`);
      column.counts.forEach((count, bin) => {
        lines.push(`${start},${binSpan(columns, bin).join(",")},${count}`);
      });
      if (column.above > 0) lines.push(`${start},${high},Infinity,${column.above}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Percentiles of each column instead of its counts. */
export function seenPercentilesCsv(tag: string, runs: readonly SeenRun[]): string {
  const lines = [`source,run,tag,first_step,last_step,histograms,${PERCENTILES.map((p) => `p${p}`).join(",")}`];
  for (const { run, columns } of runs) {
    const names = [run.source, run.name, tag].map(quoted).join(",");
    for (const { step, n, percentiles } of columns.list) {
      lines.push(`${names},${step.join(",")},${n},${percentiles.join(",")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

export function seenJson(tag: string, runs: readonly SeenRun[]): string {
  const series = runs.map(({ run, columns }) => ({
    source: run.source,
    run: run.name,
    tag,
    histograms: columns.histograms,
    exact: columns.exact,
    bins_from: columns.values[0],
    bins_to: columns.values[1],
    columns: columns.list.map(({ step, wall_time_s, n, counts, below, above, min, max, percentiles }) => ({
      step,
      wall_time_s,
      histograms: n,
      counts: [...counts],
      below,
      above,
      min: Number.isNaN(min) ? null : min,
      max: Number.isNaN(max) ? null : max,
      percentiles: [...percentiles],
    })),
  }));
  return JSON.stringify({ percentiles_at: PERCENTILES, series });
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Steps at once; as many again are asked for when they have come. */
const PAGE_STEPS = 200;
/** The most that the hub answers with at once. */
const PAGE_LIMIT = 10_000;

export interface EveryBucket {
  tag: string;
  runs: readonly { run: Run; step: readonly number[] }[];
  restarts: Restarts;
  /** Told after each page, in histograms. */
  progress: (done: number, of: number) => void;
  signal: AbortSignal;
}

/** `{"source","run","tag","step","wall_time","bins":[[left,right,count],…]}` for each histogram, one a line, run by run. */
export async function everyBucket({ tag, runs, restarts, progress, signal }: EveryBucket): Promise<Blob> {
  const of = runs.reduce((sum, { step }) => sum + step.length, 0);
  const parts: string[] = [];
  let done = 0;
  for (const { run, step } of runs) {
    const waiting = pages(step).reverse();
    for (let range = waiting.pop(); range; range = waiting.pop()) {
      const page = await readPage(run, tag, range, restarts, signal);
      if (page === "too large") {
        waiting.push(...halved(step, range));
        continue;
      }
      parts.push(linesOf(run, tag, page));
      done += page.step.length;
      progress(done, Math.max(of, done));
    }
  }
  return new Blob(parts, { type: "application/x-ndjson" });
}

type Page = ValuesOf<{ bins: Float64Array[] }>;
const NOTHING: Page = { id: 0, points: 0, superseded_points: 0, step: [], wall_time: [], superseded: [], value: [] };

async function readPage(
  run: Run,
  tag: string,
  range: Span,
  restarts: Restarts,
  signal: AbortSignal,
): Promise<Page | "too large"> {
  const series = [{ id: 0, source: run.source, run: run.name, tag, kind: "histogram" }];
  try {
    const [page] = await postValues({ series, restarts, range, limit: PAGE_LIMIT }, histogramValue, signal);
    if (!page) return NOTHING;
    if (page.step.length < page.points) throw new Error(`too many histograms from step ${range[0]} on to save all`);
    return page;
  } catch (problem) {
    if (problem instanceof HubError && problem.code === "too_large" && range[0] < range[1]) return "too large";
    throw problem;
  }
}

/** The later half first, as it is asked for last. */
function halved(steps: readonly number[], [from, to]: Span): Span[] {
  const within = steps.filter((step) => step >= from && step <= to);
  return pages(within, Math.ceil(new Set(within).size / 2)).reverse();
}

/** Ranges that have all steps between them, each of them once. */
export function pages(steps: readonly number[], size = PAGE_STEPS): Span[] {
  const sorted = [...Float64Array.from(new Set(steps)).sort()];
  const out: Span[] = [];
  for (let i = 0; i < sorted.length; i += size) {
    const page = sorted.slice(i, i + size);
    out.push([page[0] as number, page.at(-1) as number]);
  }
  return out;
}

function linesOf(run: Run, tag: string, { step, wall_time, superseded, value }: Page): string {
  return value
    .map(({ ok, error }, i) => {
      const names = { source: run.source, run: run.name, tag, step: step[i], wall_time: wall_time[i] };
      const flag = superseded.length > 0 ? { superseded: superseded[i] } : {};
      const what = ok ? { bins: ok.bins.map((bin) => [...bin].map(told)) } : { error };
      return `${JSON.stringify({ ...names, ...flag, ...what })}\n`;
    })
    .join("");
}

/** JSON has no such numbers; these words are those of the hub. */
function told(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
