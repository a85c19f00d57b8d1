/** The statistics of a range of a chart's curves, from every point, kept up to date while the range may still grow. */
import { effect, signal } from "@preact/signals";
import { postStatistics, STATISTICS_MOST, type Statistics } from "../api/statistics";
import type { Span } from "../lib/extent";
import { measuredOf } from "../state/measured";
import { session } from "../state/session";
import { cardView } from "../state/view";
import { xOf } from "../state/x_axis";
import { type ChartSeries, growthAlong, namesOf, seriesOf } from "./chart_series";

/** While the range or the runs change under somebody's hand. */
const PAUSE_MS = 120;
const LIVE_PAUSE_MS = 1000;
const RETRY_MS = 3000;

export interface Measured {
  run_key: string;
  tag: string;
  statistics: Statistics;
}

export class Measurement {
  readonly rows = signal<readonly Measured[] | null>(null);
  /** Why they are not up to date; "" when they are. */
  readonly trouble = signal("");
  private readonly tag: string;
  private readonly stop: () => void;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: AbortController | null = null;
  private question = "";
  private wanted = false;

  constructor(tag: string) {
    this.tag = tag;
    this.stop = effect(() => this.follow());
  }

  dispose(): void {
    this.stop();
    this.callOff();
  }

  private series(): ChartSeries[] {
    return seriesOf(this.tag).slice(0, STATISTICS_MOST);
  }

  private follow(): void {
    const names = namesOf(this.series());
    const growth = growthAlong(this.tag, xOf(this.tag));
    const range = measuredOf(this.tag).value;
    const restarts = cardView(this.tag).restarts.value;
    const question = JSON.stringify([names, range, xOf(this.tag), restarts]);
    if (!range || session.value === "out") {
      this.callOff();
      this.question = "";
      this.rows.value = null;
      return;
    }
    if (question !== this.question) {
      this.callOff();
      this.schedule(this.question === "" ? 0 : PAUSE_MS);
    } else if (growth > 0) {
      if (this.running) this.wanted = true;
      else this.schedule(LIVE_PAUSE_MS);
    }
    this.question = question;
  }

  private callOff(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.running?.abort();
    this.running = null;
    this.wanted = false;
  }

  private schedule(delay_ms: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const range = measuredOf(this.tag).peek();
      if (range) void this.run(range);
    }, delay_ms);
  }

  private async run(range: Span): Promise<void> {
    const asked = this.series();
    const controller = new AbortController();
    this.running = controller;
    this.wanted = false;
    const series = namesOf(asked).map((name, id) => ({ id, ...name }));
    const restarts = cardView(this.tag).restarts.peek();
    const ask = { series, x: xOf(this.tag), range, mean_of_last: null, slope: true, restarts };
    try {
      const found = series.length > 0 ? await postStatistics(ask, controller.signal) : [];
      if (controller.signal.aborted) return;
      this.trouble.value = "";
      this.rows.value = found.flatMap((statistics) => {
        const of = asked[statistics.id];
        return of ? [{ run_key: of.run.key, tag: of.tag, statistics }] : [];
      });
    } catch (problem) {
      if (controller.signal.aborted) return;
      this.trouble.value = problem instanceof Error ? problem.message : String(problem);
      this.schedule(RETRY_MS);
    } finally {
      if (this.running === controller) {
        this.running = null;
        if (this.wanted) this.schedule(LIVE_PAUSE_MS);
      }
    }
  }
}
