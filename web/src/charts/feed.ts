/**
 * Keeps one chart supplied: at most one request under way, no more than two live ones a second, and never an answer
 * to a question that has changed meanwhile. The old picture stays until the new one is there.
 */
import type { Scalars } from "../api/scalars";
import type { CurvesAsk } from "./loader";

const LIVE_PAUSE_MS = 500;
/** How much earlier than after a whole pause a beat may come. */
const BEAT_SLACK_MS = 100;
const RETRY_MS = 3000;
/** While a hand moves a chart. */
const MOVE_PAUSE_MS = 80;

/** `at_once`: somebody looks at nothing until the answer is there. */
export interface Source<Ask, Answer> {
  load: (ask: Ask, signal: AbortSignal, at_once?: boolean) => Promise<Answer>;
}

export interface FeedEvents<Ask = CurvesAsk, Answer = (Scalars | null)[]> {
  answer: (answers: Answer, ask: Ask) => void;
  /** Why there is no answer; null when there is one again. */
  trouble: (message: string | null) => void;
  /** An answer is being waited for: its question is under way, or has its turn soon. */
  busy: (is_busy: boolean) => void;
}

export class Feed<Ask = CurvesAsk, Answer = (Scalars | null)[]> {
  private readonly loader: Source<Ask, Answer>;
  private readonly events: FeedEvents<Ask, Answer>;
  private wanted: Ask | null = null;
  private running: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last_start_ms = Number.NEGATIVE_INFINITY;
  private has_answer = false;
  /** What is wanted is another range: it waits for no beat. */
  private moved = false;

  constructor(loader: Source<Ask, Answer>, events: FeedEvents<Ask, Answer>) {
    this.loader = loader;
    this.events = events;
  }

  /** Another question: what is under way is called off, and this is asked after `delay_ms`. */
  ask(ask: Ask, delay_ms = 0): void {
    this.callOff();
    this.wanted = ask;
    this.events.busy(true);
    this.schedule(delay_ms);
  }

  /**
   * The same question about another range, while somebody moves through it: what is under way is waited for, as it
   * shows something too, and then only the latest is asked.
   */
  move(ask: Ask): void {
    this.wanted = ask;
    this.moved = true;
    this.events.busy(true);
    if (this.running) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.schedule(this.last_start_ms + MOVE_PAUSE_MS - performance.now());
  }

  /** The same question as before, for points that came meanwhile: waits its turn. */
  refresh(ask: Ask): void {
    this.wanted = ask;
    if (this.running || this.timer !== null) return;
    this.schedule(nextBeat(this.last_start_ms) - performance.now());
  }

  /** Asks for nothing until told again. */
  stop(): void {
    this.callOff();
    this.wanted = null;
    this.events.busy(false);
  }

  private callOff(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.running?.abort();
    this.running = null;
  }

  private schedule(delay_ms: number): void {
    if (delay_ms <= 0) {
      void this.run();
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.run();
    }, delay_ms);
  }

  private nextStart(): number {
    return this.moved ? this.last_start_ms + MOVE_PAUSE_MS : nextBeat(this.last_start_ms);
  }

  private async run(): Promise<void> {
    const ask = this.wanted;
    if (!ask) return;
    this.wanted = null;
    this.moved = false;
    this.last_start_ms = performance.now();
    const controller = new AbortController();
    this.running = controller;
    this.events.busy(true);
    try {
      const answers = await this.loader.load(ask, controller.signal, !this.has_answer);
      if (controller.signal.aborted) return;
      this.has_answer = true;
      this.events.trouble(null);
      this.events.answer(answers, ask);
    } catch (problem) {
      if (controller.signal.aborted) return;
      this.events.trouble(problem instanceof Error ? problem.message : String(problem));
      this.wanted ??= ask;
      this.last_start_ms = performance.now() + RETRY_MS - LIVE_PAUSE_MS;
      this.moved = false;
    } finally {
      if (this.running === controller) {
        this.running = null;
        this.events.busy(this.moved);
        if (this.wanted) this.schedule(this.nextStart() - performance.now());
      }
    }
  }
}

/** All charts ask for live points on the same beat, so that one request can serve many. */
function nextBeat(last_start_ms: number): number {
  const earliest_ms = Math.max(performance.now(), last_start_ms + LIVE_PAUSE_MS - BEAT_SLACK_MS);
  return Math.ceil(earliest_ms / LIVE_PAUSE_MS) * LIVE_PAUSE_MS;
}
