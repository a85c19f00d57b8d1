/** A card of histograms: what it has to show of its runs, when to ask for it, and what of it is seen. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Histograms, type HistogramsAsk, postHistograms } from "../api/histogram";
import { Feed } from "../charts/feed";
import { byOurClock, mayShow, rangeOf } from "../charts/range";
import { isLongEnough, within } from "../charts/span_moves";
import { EMPTY, isEmpty, padded, type Span, union, widened } from "../lib/extent";
import type { Run, Series, Tag } from "../state/board";
import { type HistogramMode, histogram_look, modeOf } from "../state/histogram";
import { session } from "../state/session";
import { aheadOf } from "../state/sources";
import { runsOf } from "../state/steps";
import { cardView } from "../state/view";
import { xOf } from "../state/x_axis";
import { type Zoom, zoomOf, zoomTo } from "../state/zoom";
import { type Columns, columnsOf } from "./columns";
import type { HistogramPlot } from "./histogram_plot";

/** More runs than these are shown when asked for. */
export const RUNS_AT_ONCE = 12;
const SIZE_STEP_PX = 40;
const MAX_COLUMNS = 2000;
/** Bins in one answer, of the 8 million that the hub gives at most. */
const MAX_CELLS = 2_000_000;
/** The most that the hub is asked for at once. */
export const MAX_RUNS = 256;
const VALUE_ROOM = 0.02;
/** Of an axis that all runs share the narrowest one has at least this much, or each gets its own. */
const LEAST_SHARE = 0.2;

export interface Size {
  width: number;
  height: number;
}

/** How many columns and bins a picture of this size can show; of many runs fewer, so that an answer stays in bounds. */
export function resolution(
  mode: HistogramMode,
  { width, height }: Size,
  runs: number,
): { columns: number; bins: number } {
  const between = (least: number, count: number, most: number) => Math.round(Math.min(most, Math.max(least, count)));
  if (mode === "heat") {
    const bins = between(20, height / 2.5, 200);
    return { columns: between(50, Math.min(width, MAX_CELLS / (runs * bins)), MAX_COLUMNS), bins };
  }
  if (mode === "fan") return { columns: between(50, width, MAX_COLUMNS), bins: 1 };
  return { columns: between(12, height / 5, 60), bins: between(20, width / 8, 80) };
}

export class HistogramCard {
  /** By run; null before the first answer. */
  readonly columns = signal<ReadonlyMap<string, Columns> | null>(null);
  readonly trouble = signal("");
  readonly is_busy = signal(false);
  readonly limit = signal(RUNS_AT_ONCE);
  readonly mode: ReadonlySignal<HistogramMode>;
  readonly runs: ReadonlySignal<readonly Run[]>;
  readonly shown: ReadonlySignal<readonly Run[]>;
  /** All that x can be. */
  readonly whole: ReadonlySignal<Span>;
  /** The runs that are shown and have something to show. */
  readonly drawn: ReadonlySignal<readonly Columns[]>;
  /** Their values together. */
  private readonly drawn_values: ReadonlySignal<Span>;
  readonly has_one_axis: ReadonlySignal<boolean>;
  readonly tag: Tag;
  /** What is being saved, or why it was not; `stop` calls it off. */
  readonly saving = signal<{ message: string; stop: (() => void) | null } | null>(null);
  /** Those on the page, by run. */
  readonly plots = new Map<string, HistogramPlot>();
  private readonly size = signal<Size | null>(null);
  private readonly feed: Feed<HistogramsAsk, Histograms[]>;
  private readonly stop: () => void;
  private asked = "";
  private asked_range = "";
  private asked_growth = -1;
  private asked_whole: Span = [0, 1];
  /** All values of all runs that are shown, once they have been asked for. */
  private whole_values: Span | null;
  private runs_asked: readonly Run[] = [];
  /** What comes next continues the gesture before. */
  private goes_on = false;

  /** `before`: of the same tag, before its index was read anew. */
  constructor(tag: Tag, on_screen: ReadonlySignal<boolean>, before?: HistogramCard) {
    this.tag = tag;
    this.columns.value = before?.columns.peek() ?? null;
    this.limit.value = before?.limit.peek() ?? RUNS_AT_ONCE;
    this.whole_values = before?.whole_values ?? null;
    const { restarts } = cardView(tag.key);
    this.mode = computed(() => modeOf(tag.key));
    this.runs = computed(() => runsOf(tag));
    this.shown = computed(() => this.runs.value.slice(0, Math.min(MAX_RUNS, this.limit.value)));
    this.whole = computed(() => {
      tag.growth.value;
      const series = this.shown.value.map((run) => ({ run, series: tag.series.get(run.key) as Series }));
      return rangeOf(
        xOf(tag.key) === "wall_time" ? series.map(byOurClock) : series,
        xOf(tag.key),
        restarts.value === "all",
      );
    });
    this.drawn = computed(() =>
      this.shown.value.flatMap(({ key }) => this.columns.value?.get(key) ?? []).filter(({ list }) => list.length > 0),
    );
    this.drawn_values = computed(() => this.drawn.value.reduce(unionOf, EMPTY));
    this.has_one_axis = computed(() => this.sharesAxis());
    this.feed = new Feed(
      { load: (ask, signal) => postHistograms(ask, signal) },
      {
        answer: (answers, ask) => this.take(answers, ask),
        trouble: (message) => {
          this.trouble.value = message ?? "";
        },
        busy: (is_busy) => {
          this.is_busy.value = is_busy;
        },
      },
    );
    this.stop = effect(() => this.follow(on_screen.value));
  }

  dispose(): void {
    this.stop();
    this.feed.stop();
  }

  /** A plot has another size; all of a card are alike. */
  resized({ width, height }: Size): void {
    const now = { width: Math.ceil(width / SIZE_STEP_PX) * SIZE_STEP_PX, height };
    const before = this.size.peek();
    if (before?.width !== now.width || before.height !== now.height) this.size.value = now;
  }

  /** What of x the plot of a run shows: the same over time for all, but lines use all the room they have. */
  xOf(run_key: string): Span {
    const zoomed = zoomOf(this.tag.key)?.x;
    if (zoomed) return zoomed;
    const [first, last] = [this.columns.value?.get(run_key)?.list[0], this.columns.value?.get(run_key)?.list.at(-1)];
    return this.mode.value === "offset" && first && last ? widened([first.x[0], last.x[1]]) : this.whole.value;
  }

  /** The values that the plot of a run shows; null while they are not known. */
  valuesOf(run_key: string): Span | null {
    const zoomed = zoomOf(this.tag.key)?.y;
    if (zoomed) return zoomed;
    const mine = this.columns.value?.get(run_key);
    if (!mine) return null;
    const span = this.has_one_axis.value ? this.drawn_values.value : mine.values;
    return padded(isEmpty(span) ? mine.values : span, VALUE_ROOM);
  }

  /** As it was chosen; else while nobody is a mere line on the axis of all. */
  private sharesAxis(): boolean {
    const { axis } = histogram_look.value;
    if (axis !== "auto") return axis === "same";
    const [first, last] = this.drawn_values.value;
    const widths = this.drawn.value.map(({ values: [from, to] }) => to - from).filter((width) => width > 0);
    return Math.min(...widths) >= LEAST_SHARE * (last - first) || widths.length === 0;
  }

  /** How many plots stand beside each other. */
  across(): number {
    const tops = [...this.plots.values()].map(({ canvas }) => canvas.getBoundingClientRect().top);
    return tops.filter((top) => top === tops[0]).length;
  }

  begin(): void {
    this.goes_on = false;
  }

  /** Goes to a part of x and of the values (null: as they are). False when nothing has changed. */
  seek(x: Span | null, values: Span | null): boolean {
    const { key } = this.tag;
    const now = zoomOf(key);
    const may_x = x !== null && isLongEnough(x, xOf(this.tag.key) === "step" ? 1 : 0);
    const may_y = values !== null && isLongEnough(values);
    const to: Zoom = {
      x: may_x ? within(x, this.whole.peek()) : (now?.x ?? null),
      y: may_y ? this.withinValues(values) : (now?.y ?? null),
    };
    if (!now && !to.x && !to.y) return false;
    zoomTo(key, to, this.goes_on);
    this.goes_on = true;
    return may_x || may_y;
  }

  /** No farther out than all values there are, as far as that is known. */
  private withinValues(values: Span): Span | null {
    return this.whole_values ? within(values, padded(this.whole_values, VALUE_ROOM)) : values;
  }

  reset(): void {
    this.goes_on = false;
    zoomTo(this.tag.key, null);
  }

  private follow(is_on_screen: boolean): void {
    const { tag } = this;
    const runs = this.shown.value;
    const size = this.size.value;
    const mode = this.mode.value;
    const zoom = zoomOf(tag.key);
    const { restarts } = cardView(tag.key);
    const x = xOf(this.tag.key);
    const growth = tag.growth.value;
    const whole = this.whole.value;
    const series = runs.map((run, id) => ({ id, source: run.source, run: run.name, tag: tag.tag }));
    const ahead_s = x === "wall_time" ? runs.map(({ source }) => Math.round(aheadOf(source))) : null;
    if (!is_on_screen || size === null || session.value === "out") {
      this.feed.stop();
      this.asked = "";
      return;
    }
    if (series.length === 0) {
      this.feed.stop();
      this.asked = "";
      this.columns.value = new Map();
      return;
    }
    const ask: HistogramsAsk = {
      series,
      x,
      range: zoom?.x ?? null,
      y_range: zoom?.y ?? null,
      restarts: restarts.value,
      ...resolution(mode, size, runs.length),
    };
    const question = JSON.stringify([series, x, restarts.value, ask.columns, ask.bins, ahead_s]);
    const range = JSON.stringify([ask.range, ask.y_range]);
    this.runs_asked = runs;
    if (question !== this.asked) this.feed.ask(ask);
    else if (range !== this.asked_range) this.feed.move(ask);
    else if (growth !== this.asked_growth && mayShow(ask.range, this.asked_whole, whole)) this.feed.refresh(ask);
    this.asked = question;
    this.asked_range = range;
    this.asked_growth = growth;
    this.asked_whole = whole;
  }

  private take(answers: Histograms[], ask: HistogramsAsk): void {
    const runs = this.runs_asked;
    this.columns.value = new Map(
      answers.flatMap((answer) => {
        const run = runs[answer.id];
        if (!run) return [];
        return [[run.key, columnsOf(run.key, answer, ask.x, aheadOf(run.source))] as const];
      }),
    );
    if (ask.y_range !== null || ask.range !== null) return;
    const all = [...(this.columns.peek()?.values() ?? [])].filter(({ list }) => list.length > 0).reduce(unionOf, EMPTY);
    this.whole_values = isEmpty(all) ? null : all;
  }
}

function unionOf(span: Span, { values }: Columns): Span {
  return union(span, values);
}
