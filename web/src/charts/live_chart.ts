/** A chart that follows the board: what it has to show, when to ask for it, and what is pointed at. */
import { effect, signal } from "@preact/signals";
import type { Scalars, Smoothing } from "../api/scalars";
import type { Span } from "../lib/extent";
import { board } from "../state/board";
import { colours } from "../state/colours";
import { group_band, lineOf } from "../state/groups";
import { hover } from "../state/hover";
import { joinOf } from "../state/joins";
import { measuredOf } from "../state/measured";
import { session } from "../state/session";
import { clip_percent, smoothing_now, x_axis, y_scale } from "../state/settings";
import { aheadOf } from "../state/sources";
import { board_step } from "../state/step";
import { type CardView, cardView } from "../state/view";
import { type Zoom, zoomOf, zoomTo } from "../state/zoom";
import { Answers } from "./answers";
import { Chart, type ChartLook } from "./chart";
import { growthOf, meansOf, namesOf, seriesOf, styled } from "./chart_series";
import type { Curve } from "./curve";
import { Feed } from "./feed";
import { AnyLoader } from "./group_loader";
import type { CurvesAsk } from "./loader";
import { look } from "./look";
import { pointAt } from "./pointing";
import { byOurClock, mayShow, rangeOf } from "./range";
import { type AxisScale, symlogOf } from "./scale";
import { isLongEnough, scaled, within } from "./span_moves";
import { type Summary, summaryOf } from "./summary";
import { giveUpTurn, takeTurn } from "./turns";

/** While the smoothing slider moves, the approximate picture is shown and the exact one waits this long. */
const SLIDER_PAUSE_MS = 120;
const MAX_WIDTH_PX = 16384;
const KEY_FACTOR = 2;
/** Fewer steps than this are no curve. */
const LEAST_STEPS = 1;

const loader = new AnyLoader();

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
  /** Null while there is nothing. */
  readonly summary = signal<Summary | null>(null);
  private readonly host: HTMLElement;
  private readonly tag: string;
  private readonly card: CardView;
  private readonly feed: Feed;
  private readonly on_screen = signal(false);
  private readonly width_px = signal(0);
  private readonly stops: (() => void)[];
  private chart: Chart | null = null;
  private readonly answers = new Answers();
  private around: AbortController | null = null;
  private range: Span = [0, 1];
  private question = "";
  private asked_x = "";
  /** What comes next continues the gesture before. */
  private goes_on = false;
  private growth = -1;
  private asked_smoothing: Smoothing = 0;

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
      effect(() => {
        this.on_screen.value;
        this.chart?.setMeasured(measuredOf(this.tag).value);
      }),
      effect(() => {
        this.on_screen.value;
        const is_marked = x_axis.value === "step" && board.value.media.length > 0;
        this.chart?.setStep(is_marked ? board_step.value : null);
      }),
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
    this.around?.abort();
    this.close();
  }

  resetZoom(): void {
    this.goes_on = false;
    this.zoom(null);
  }

  /** Zooms about the middle; `by` > 0 goes in. */
  zoomBy(by: number): void {
    this.goes_on = false;
    this.seek(scaled(zoomOf(this.tag)?.x ?? this.range, 0.5, KEY_FACTOR ** -by), null);
  }

  /** Moves along x by a share of what is seen. */
  pushBy(share: number): void {
    const x = zoomOf(this.tag)?.x;
    if (!x) return;
    this.goes_on = false;
    const by = (x[1] - x[0]) * share;
    this.seek([x[0] + by, x[1] + by], null);
  }

  /** Goes to a part of the axes (null: what is seen now) as far as there is one; false when nothing has changed. */
  private seek(x: Span | null, y: Span | null): boolean {
    const now = zoomOf(this.tag);
    const least = x_axis.peek() === "step" ? LEAST_STEPS : 0;
    const may_x = x !== null && isLongEnough(x, least);
    const may_y = y !== null && isLongEnough(y);
    const to: Zoom = {
      x: may_x ? within(x, this.range) : (now?.x ?? null),
      y: may_y ? y : (now?.y ?? null),
    };
    if (!now && !to.x && !to.y) return false;
    this.zoom(to);
    return may_x || may_y;
  }

  private zoom(to: Zoom | null): void {
    zoomTo(this.tag, to, this.goes_on);
    this.goes_on = true;
    if (this.chart) takeTurn(this.draw, "move");
  }

  /** Statistics of what is seen; none when there are some. */
  toggleMeasure(): void {
    const range = measuredOf(this.tag);
    range.value = range.peek() ? null : (zoomOf(this.tag)?.x ?? this.range);
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
        point: (at) => pointAt(this.tag, at),
        begin: () => {
          this.goes_on = false;
        },
        zoom: (x, y) => this.seek(x, y),
        reset: () => this.resetZoom(),
        measure: (x) => {
          measuredOf(this.tag).value = x;
        },
        view: () => this.viewNow(),
        isZoomed: () => zoomOf(this.tag) !== null,
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

  private followBoard(): void {
    const series = seriesOf(this.tag);
    const growth = growthOf(this.tag);
    const zoom_x = zoomOf(this.tag)?.x ?? null;
    const restarts = this.card.restarts.value;
    const how = smoothing_now.value;
    const x = x_axis.value;
    const width_px = Math.min(MAX_WIDTH_PX, this.width_px.value);
    if (!this.on_screen.value || width_px < 1 || session.value === "out") {
      this.pause({});
      return;
    }
    if (series.length === 0) {
      this.answers.clear();
      this.pause({ kind: "empty" });
      this.drawSoon();
      return;
    }
    const whole = rangeOf(x === "wall_time" ? series.map(byOurClock) : series, x, restarts === "all");
    const means = meansOf(series);
    const names = means?.names ?? namesOf(series);
    const ask: CurvesAsk = { series: names, x, range: zoom_x ?? whole, width_px, smoothing: how, restarts };
    if (means) ask.groups = means.groups;
    const clocks = x === "wall_time" ? series.map(({ run }) => Math.round(aheadOf(run.source))) : null;
    const question = JSON.stringify([means?.groups ?? names, means?.names, x, width_px, restarts, clocks]);
    const asked_x = JSON.stringify(zoom_x);
    const may_show = mayShow(zoom_x, this.range, whole);
    if (question !== this.question || how !== this.asked_smoothing) {
      this.feed.ask(ask, question !== this.question ? 0 : SLIDER_PAUSE_MS);
    } else if (asked_x !== this.asked_x) this.feed.move(ask);
    else if (growth !== this.growth && may_show) this.feed.refresh(ask);
    if (question !== this.question || asked_x !== this.asked_x) {
      this.range = whole;
      this.drawSoon();
    }
    this.question = question;
    this.asked_x = asked_x;
    this.asked_smoothing = how;
    this.growth = growth;
    this.tell({ kind: this.answers.is_empty ? "waiting" : "drawn" });
  }

  private pause(change: Partial<ChartState>): void {
    this.feed.stop();
    this.around?.abort();
    this.question = "";
    this.tell({ trouble: null, ...change });
  }

  private take(answers: (Scalars | null)[], ask: CurvesAsk): void {
    const is_zoomed = zoomOf(this.tag)?.x != null;
    this.answers.take(answers, ask, !is_zoomed);
    if (!is_zoomed && ask.range) this.range = ask.range;
    this.tell({ kind: "drawn" });
    this.drawSoon();
    if (is_zoomed && this.answers.is_alone) void this.askAround(ask);
  }

  /** What lies around a zoom that the page began with, so that there is something to move to. */
  private async askAround(ask: CurvesAsk): Promise<void> {
    this.around?.abort();
    const controller = new AbortController();
    this.around = controller;
    const wide = { ...ask, range: this.range };
    try {
      this.answers.takeAround(await loader.load(wide, controller.signal), wide);
    } catch {
      // It comes when somebody goes there.
    }
  }

  private viewNow() {
    const zoom = zoomOf(this.tag);
    return {
      x_axis: x_axis.value,
      x: zoom?.x ?? this.range,
      y: zoom?.y ?? null,
      scale: this.scale(),
      clip_percent: clip_percent.value,
    };
  }

  private scale(): AxisScale {
    const { value: is_log } = this.card.log;
    const name = is_log === null ? y_scale.value : is_log ? "log" : "linear";
    return name === "symlog" ? symlogOf(this.answers.curves(x_axis.value, smoothing_now.value)) : name;
  }

  private followView(): void {
    joinOf(this.tag);
    group_band.value;
    this.viewNow();
    this.drawSoon();
  }

  private drawSoon(): void {
    if (this.chart) takeTurn(this.draw, "draw");
  }

  private readonly draw = (): void => {
    if (!this.chart) return;
    const axis = x_axis.peek();
    const how = smoothing_now.peek();
    const curves = styled(this.tag, this.answers.curves(axis, how));
    this.chart.show(curves, this.viewNow());
    const below_log = this.scale() === "log" && curves.some((curve) => curve.value.some((value) => value <= 0));
    this.tell({ below_log });
    this.sumUp(curves);
    // Wider labels of the y axis leave less room for the lines.
    this.width_px.value = this.chart.width_px;
  };

  private sumUp(curves: readonly Curve[]): void {
    const before = this.summary.peek();
    const after = curves.length > 0 ? summaryOf(curves, this.viewNow().x) : null;
    if (JSON.stringify(before) !== JSON.stringify(after)) this.summary.value = after;
  }

  /** What is seen now; null while the card is not near the window. */
  seen() {
    return this.chart?.seen() ?? null;
  }

  private tell(change: Partial<ChartState>): void {
    const before = this.state.peek();
    const after = { ...before, ...change };
    const same = (Object.keys(after) as (keyof ChartState)[]).every((key) => after[key] === before[key]);
    if (!same) this.state.value = after;
  }

  private followHover(): void {
    const { card, x } = hover.value;
    const run_key = lineOf(hover.value.run_key);
    this.on_screen.value;
    this.chart?.setHighlight({ run_key, x, veil: run_key !== null && card !== this.tag });
  }
}

function withColours(now: Omit<ChartLook, "colours">, by_run: ReadonlyMap<string, string>): ChartLook {
  return { ...now, colours: by_run };
}
