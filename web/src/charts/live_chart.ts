/** A chart that follows the board: what it has to show, when to ask for it, and what is pointed at. */
import { batch, effect, signal } from "@preact/signals";
import { type Scalars, type SeriesName, withClockSet, type XAxis } from "../api/scalars";
import { EMPTY, isEmpty, type Span, union, widened } from "../lib/extent";
import { board, type Run, type Series, type Tag } from "../state/board";
import { colours } from "../state/colours";
import { hover, NO_HOVER, tip } from "../state/hover";
import { visible_runs } from "../state/selection";
import { session } from "../state/session";
import { ignore_outliers, smoothing, x_axis, y_scale } from "../state/settings";
import { aheadOf, clocks_ahead_s } from "../state/sources";
import { type CardView, cardView, type Zoom } from "../state/view";
import { Chart, type ChartLook } from "./chart";
import { makeCurve, resmoothed } from "./curve";
import { Feed } from "./feed";
import { type CurvesAsk, Loader } from "./loader";
import { look } from "./look";
import { MAX_ROWS, type Near, tipRow } from "./nearest";
import { giveUpTurn, takeTurn } from "./turns";

/** While the smoothing slider moves, the approximate picture is shown and the exact one waits this long. */
const SLIDER_PAUSE_MS = 120;
/** A line farther from the cursor than this is not lifted. */
const LIFT_WITHIN_PX = 48;
const MAX_WIDTH_PX = 16384;
const KEY_ZOOM = 0.25;

const loader = new Loader();

interface Answer {
  run_key: string;
  scalars: Scalars;
}

export interface ChartState {
  /** `waiting`: nothing to draw yet; `empty`: nothing to ask for. */
  kind: "waiting" | "empty" | "drawn";
  trouble: string | null;
  busy: boolean;
  /** Values that a logarithmic axis cannot show. */
  below_log: boolean;
}

export class LiveChart {
  readonly state = signal<ChartState>({ kind: "waiting", trouble: null, busy: false, below_log: false });
  private readonly host: HTMLElement;
  private readonly tag: string;
  private readonly card: CardView;
  private readonly feed: Feed;
  private readonly on_screen = signal(false);
  private readonly width_px = signal(0);
  private readonly stops: (() => void)[];
  private chart: Chart | null = null;
  private answers: Answer[] = [];
  private range: Span = [0, 1];
  private question = "";
  private growth = -1;
  private asked_smoothing = 0;
  private answered_smoothing = 0;

  constructor(host: HTMLElement, tag: string) {
    this.host = host;
    this.tag = tag;
    this.card = cardView(tag);
    this.feed = new Feed(loader, {
      answer: (answers, ask) => this.take(answers, ask),
      trouble: (trouble) => this.tell({ trouble }),
      busy: (busy) => this.tell({ busy }),
    });
    this.stops = [
      effect(() => this.followBoard()),
      effect(() => this.followView()),
      effect(() => {
        const now = look.value;
        const by_run = colours.value;
        this.chart?.setLook(withColours(now, by_run));
      }),
      effect(() => this.followHover()),
    ];
  }

  /** The card came near the window, or left it: only then is there a canvas. */
  setOnScreen(is_on: boolean): void {
    if (is_on) {
      if (!this.chart) takeTurn(this.open, "open");
      return;
    }
    this.close();
    this.on_screen.value = false;
  }

  /** Opens the chart now, not when it is its turn. */
  openNow(): void {
    giveUpTurn(this.open);
    this.open();
  }

  resize(): void {
    const { clientWidth, clientHeight } = this.host;
    if (!this.chart || clientWidth === 0 || clientHeight === 0) return;
    this.chart.setSize(clientWidth, clientHeight);
    this.width_px.value = this.chart.width_px;
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.feed.stop();
    this.close();
  }

  resetZoom(): void {
    this.card.zoom.value = null;
  }

  /** Zooms about the middle; `by` > 0 goes in. */
  zoomBy(by: number): void {
    const [from, to] = this.card.zoom.peek()?.x ?? this.range;
    const change = (to - from) * KEY_ZOOM * by;
    const x: Span = by > 0 ? [from + change, to - change] : [from + change * 2, to - change * 2];
    this.card.zoom.value = x[0] <= this.range[0] && x[1] >= this.range[1] ? null : { x, y: null };
  }

  moveCursor(by_px: number): void {
    this.chart?.moveCursor(by_px);
  }

  hideCursor(): void {
    this.chart?.hideCursor();
  }

  private readonly open = (): void => {
    const { clientWidth, clientHeight } = this.host;
    if (this.chart || clientWidth === 0 || clientHeight === 0) return;
    this.chart = new Chart(
      this.host,
      { width: clientWidth, height: clientHeight },
      this.viewNow(),
      withColours(look.peek(), colours.peek()),
      {
        point: (at) => this.point(at),
        zoom: (x, y) => {
          this.card.zoom.value = { x, y };
        },
        reset: () => this.resetZoom(),
      },
    );
    const { chart } = this;
    // uPlot lays itself out in a microtask of its own; ours comes after it, and long before the next frame.
    queueMicrotask(() => {
      if (this.chart === chart) this.width_px.value = chart.width_px;
    });
    this.on_screen.value = true;
    this.drawSoon();
  };

  private close(): void {
    giveUpTurn(this.open);
    giveUpTurn(this.draw);
    this.chart?.destroy();
    this.chart = null;
  }

  /** Which of the drawn runs have this tag, and how far they have come. */
  private series(): { run: Run; series: Series }[] {
    const tag: Tag | undefined = board.value.tag_of.get(this.tag);
    if (!tag) return [];
    const out: { run: Run; series: Series }[] = [];
    for (const run of visible_runs.value) {
      const series = tag.series.get(run.key);
      if (series) out.push({ run, series });
    }
    return out;
  }

  private followBoard(): void {
    const series = this.series();
    const growth = board.value.tag_of.get(this.tag)?.growth.value ?? 0;
    const zoom = this.card.zoom.value;
    const restarts = this.card.restarts.value;
    const weight = smoothing.value;
    const x = x_axis.value;
    const width_px = Math.min(MAX_WIDTH_PX, this.width_px.value);
    if (!this.on_screen.value || width_px < 1 || session.value === "out") {
      this.feed.stop();
      this.question = "";
      this.tell({ trouble: null });
      return;
    }
    if (series.length === 0) {
      this.feed.stop();
      this.question = "";
      this.answers = [];
      this.tell({ kind: "empty", trouble: null });
      this.drawSoon();
      return;
    }
    const whole = rangeOf(x === "wall_time" ? series.map(byOurClock) : series, x, restarts === "all");
    const names = series.map(({ run }): SeriesName => ({ source: run.source, run: run.name, tag: this.tag }));
    const ask: CurvesAsk = { series: names, x, range: zoom?.x ?? whole, width_px, smoothing: weight, restarts };
    const clocks = x === "wall_time" ? series.map(({ run }) => Math.round(aheadOf(run.source))) : null;
    const question = JSON.stringify([names, x, zoom?.x, width_px, restarts, clocks]);
    const changed = question !== this.question;
    if (!changed && weight === this.asked_smoothing) {
      if (growth !== this.growth && mayShow(zoom, this.range, whole)) this.feed.refresh(ask);
    } else {
      this.feed.ask(ask, changed ? 0 : SLIDER_PAUSE_MS);
      this.range = whole;
      this.drawSoon();
    }
    this.question = question;
    this.asked_smoothing = weight;
    this.growth = growth;
    this.tell({ kind: this.answers.length > 0 ? "drawn" : "waiting" });
  }

  private take(answers: (Scalars | null)[], ask: CurvesAsk): void {
    this.answers = [];
    for (const [i, scalars] of answers.entries()) {
      const name = ask.series[i];
      if (!scalars || !name) continue;
      const ours = withClockSet(scalars, clocks_ahead_s.peek().get(name.source) ?? 0);
      this.answers.push({ run_key: `${name.source}\n${name.run}`, scalars: ours });
    }
    this.answered_smoothing = ask.smoothing;
    if (!this.card.zoom.peek() && ask.range) this.range = ask.range;
    this.tell({ kind: "drawn" });
    this.drawSoon();
  }

  private viewNow() {
    const zoom = this.card.zoom.value;
    return {
      x_axis: x_axis.value,
      x: zoom?.x ?? this.range,
      y: zoom?.y ?? null,
      log: this.isLog(),
      ignore_outliers: ignore_outliers.value,
    };
  }

  private isLog(): boolean {
    return this.card.log.value ?? y_scale.value === "log";
  }

  private followView(): void {
    this.viewNow();
    this.drawSoon();
  }

  private drawSoon(): void {
    if (this.chart) takeTurn(this.draw, "draw");
  }

  private readonly draw = (): void => {
    if (!this.chart) return;
    const axis = x_axis.peek();
    const weight = smoothing.peek();
    const shown = new Set(visible_runs.peek().map((run) => run.key));
    const curves = this.answers
      .filter(({ run_key }) => shown.has(run_key))
      .map(({ run_key, scalars }) => makeCurve(run_key, scalars, axis))
      .map((curve) => (weight === this.answered_smoothing ? curve : resmoothed(curve, weight)));
    this.chart.show(curves, this.viewNow());
    const below_log = this.isLog() && curves.some((curve) => curve.value.some((value) => value <= 0));
    this.tell({ below_log });
    // Wider labels of the y axis leave less room for the lines.
    this.width_px.value = this.chart.width_px;
  };

  private tell(change: Partial<ChartState>): void {
    const before = this.state.peek();
    const after = { ...before, ...change };
    const same = (Object.keys(after) as (keyof ChartState)[]).every((key) => after[key] === before[key]);
    if (!same) this.state.value = after;
  }

  private point(at: { x: number; near: Near[]; client_left: number; client_top: number } | null): void {
    const mine = hover.peek().card === this.tag;
    batch(() => {
      if (!at) {
        if (mine) hover.value = NO_HOVER;
        if (tip.peek()?.card === this.tag) tip.value = null;
        return;
      }
      const [nearest] = at.near;
      const lifted = nearest && nearest.distance_px < LIFT_WITHIN_PX * devicePixelRatio ? nearest.curve.run_key : null;
      hover.value = { run_key: lifted, card: this.tag, x: at.x };
      tip.value =
        at.near.length === 0
          ? null
          : {
              card: this.tag,
              rows: at.near.slice(0, MAX_ROWS).map(tipRow),
              more: Math.max(0, at.near.length - MAX_ROWS),
              left: at.client_left,
              top: at.client_top,
            };
    });
  }

  private followHover(): void {
    const { run_key, card, x } = hover.value;
    this.on_screen.value;
    this.chart?.setHighlight({ run_key, x, veil: run_key !== null && card !== this.tag });
  }
}

function withColours(now: Omit<ChartLook, "colours">, by_run: ReadonlyMap<string, string>): ChartLook {
  return { ...now, colours: by_run };
}

/** Whether what came since `before` can be seen: a zoom that ends before it shows the same as ever. */
function mayShow(zoom: Zoom | null, before: Span, now: Span): boolean {
  return zoom === null || zoom.x[1] >= before[1] || now[0] !== before[0];
}

function byOurClock({ run, series }: { run: Run; series: Series }): { series: Series } {
  const ahead_s = aheadOf(run.source);
  const first_wall_time_s = series.first_wall_time_s - ahead_s;
  return { series: { ...series, first_wall_time_s, last_wall_time_s: series.last_wall_time_s - ahead_s } };
}

/** The x range of all series together. `all`: superseded points too. */
export function rangeOf(series: readonly { series: Series }[], x: XAxis, all: boolean): Span {
  let span: Span = EMPTY;
  for (const { series: s } of series) {
    if (x === "step") span = union(span, all ? [s.min_step, s.max_step] : [s.first_step, s.last_step]);
    else if (x === "wall_time") span = union(span, [s.first_wall_time_s, s.last_wall_time_s]);
    else span = union(span, [0, s.last_wall_time_s - s.first_wall_time_s]);
  }
  if (isEmpty(span) || !Number.isFinite(span[0]) || !Number.isFinite(span[1])) return [0, 1];
  return widened(span);
}
