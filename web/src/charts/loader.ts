/**
 * Asks for curves, few requests for many charts: what is asked for within one moment at the same resolution goes into
 * one request, and what nobody waits for any more is not sent, or called back.
 */
import { postScalars, type Scalars, type ScalarsAsk, type SeriesName } from "../api/scalars";

export interface CurvesAsk extends Omit<ScalarsAsk, "series"> {
  series: SeriesName[];
  /** Of means of groups, which `series` names: the runs of each. */
  groups?: readonly (readonly SeriesName[])[];
}

const GATHER_MS = 4;
/** Small enough that the first charts are drawn while the others are still on their way. */
const MAX_SERIES = 24;
const MAX_RUNNING = 3;

interface Waiting {
  ask: CurvesAsk;
  signal: AbortSignal;
  resolve: (answers: (Scalars | null)[]) => void;
  reject: (problem: unknown) => void;
}

export type Post = (ask: ScalarsAsk, signal: AbortSignal) => Promise<Scalars[]>;

export class Loader {
  private readonly post: Post;
  private gathering: Waiting[] = [];
  private batches: Waiting[][] = [];
  private running = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(post: Post = postScalars) {
    this.post = post;
  }

  /**
   * The answers in the order of the asked series; null for one that does not exist. Rejects when aborted. `at_once`:
   * somebody looks at nothing until it is there; when nothing else is under way no others are waited for.
   */
  load(ask: CurvesAsk, signal: AbortSignal, at_once = false): Promise<(Scalars | null)[]> {
    return new Promise((resolve, reject) => {
      this.gathering.push({ ask, signal, resolve, reject });
      if (at_once && this.running === 0) this.gather();
      else this.timer ??= setTimeout(() => this.gather(), GATHER_MS);
    });
  }

  private gather(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const open = new Map<string, { batch: Waiting[]; size: number }>();
    for (const waiting of this.gathering) {
      const { x, x_scale, range, width_px, smoothing, restarts } = waiting.ask;
      const question = JSON.stringify([x, x_scale, range, width_px, smoothing, restarts]);
      const size = waiting.ask.series.length;
      const found = open.get(question);
      if (found && found.size + size <= MAX_SERIES) {
        found.batch.push(waiting);
        found.size += size;
      } else {
        const batch = [waiting];
        open.set(question, { batch, size });
        this.batches.push(batch);
      }
    }
    this.gathering = [];
    this.next();
  }

  private next(): void {
    while (this.running < MAX_RUNNING) {
      const batch = this.batches.shift();
      if (!batch) return;
      const wanted = batch.filter((waiting) => !forgotten(waiting));
      if (wanted.length > 0) void this.run(wanted);
    }
  }

  private async run(batch: Waiting[]): Promise<void> {
    this.running++;
    const controller = new AbortController();
    const onAbort = () => {
      if (batch.every(({ signal }) => signal.aborted)) controller.abort();
    };
    for (const { signal } of batch) signal.addEventListener("abort", onAbort);
    try {
      const answers = await this.post(joined(batch), controller.signal);
      share(batch, answers);
    } catch (problem) {
      for (const { reject } of batch) reject(problem);
    } finally {
      for (const { signal } of batch) signal.removeEventListener("abort", onAbort);
      this.running--;
      this.next();
    }
  }
}

function forgotten({ signal, reject }: Waiting): boolean {
  if (signal.aborted) reject(signal.reason);
  return signal.aborted;
}

function joined(batch: Waiting[]): ScalarsAsk {
  const [first] = batch as [Waiting];
  const series = batch.flatMap(({ ask }) => ask.series);
  return { ...first.ask, series: series.map(({ source, run, tag }, id) => ({ id, source, run, tag })) };
}

function share(batch: Waiting[], answers: Scalars[]): void {
  const by_id = new Map(answers.map((answer) => [answer.id, answer]));
  let id = 0;
  for (const { ask, signal, resolve, reject } of batch) {
    const mine = ask.series.map(() => by_id.get(id++) ?? null);
    if (signal.aborted) reject(signal.reason);
    else resolve(mine);
  }
}
