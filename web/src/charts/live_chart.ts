/** A chart that follows the board: what it has to show, when to ask for it, and what is pointed at. */
import { effect, signal } from "@preact/signals";
import type { Scalars, Smoothing } from "../api/scalars";
import type { Span } from "../lib/extent";
import { board } from "../state/board";
import { colours } from "../state/colours";
import { extents_trouble } from "../state/extents";
import { group_band, lineOf } from "../state/groups";
import { hover } from "../state/hover";
import { joinOf } from "../state/joins";
import { measuredOf } from "../state/measured";
import { session } from "../state/session";
import { clip_percent, smoothing_now, y_scale } from "../state/settings";
import { aheadOf } from "../state/sources";
import { board_step } from "../state/step";
import { type CardView, cardView } from "../state/view";
import { xOf, xScaleOf } from "../state/x_axis";
import { type Zoom, zoomOf, zoomTo } from "../state/zoom";
import { Answers } from "./answers";
import { Chart, type ChartLook } from "./chart";
import { growthAlong, meansOf, namesOf, seriesOf, styled } from "./chart_series";
import { BEGINNING, type ChartState } from "./chart_state";
import type { Curve } from "./curve";
import { Feed } from "./feed";
import { AnyLoader } from "./group_loader";
import type { CurvesAsk } from "./loader";
import { look } from "./look";
import { type PointedAt, pointAt } from "./pointing";
import { mayShow, reachOf, seenOf, xScaleFor } from "./range";
import { type AxisScale, axisSpan, fromAxis, symlogOf, toAxis, valuesOf } from "./scale";
import { isLongEnough, pushed, scaled, within } from "./span_moves";
import { type Summary, summaryOf } from "./summary";
import { giveUpTurn, takeTurn } from "./turns";

/** While the smoothing slider moves, the approximate picture is shown and the exact one waits this long. */
const SLIDER_PAUSE_MS = 120;
const MAX_WIDTH_PX = 16384;
const KEY_FACTOR = 2;
/** A hand that has not moved for so long rests. */
const REST_MS = 120;
/** Fewer steps than this are no curve. */
const LEAST_STEPS = 1;
const UNKNOWN: Span = [0, 1];

const loader = new AnyLoader();

export class LiveChart {
  readonly state = signal<ChartState>(BEGINNING);
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
  /** All there is, in values. */
  private range: Span = UNKNOWN;
  private question = "";
  private asked_x = "";
  /** What comes next continues the gesture before. */
  private goes_on = false;
  private growth = -1;
  /** Runs while a hand moves the chart. */
  private rest: ReturnType<typeof setTimeout> | null = null;
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
        xScaleOf(this.tag);
        const range = measuredOf(this.tag).value;
        this.chart?.setMeasured(range && this.onAxis(range));
      }),
      effect(() => {
        this.on_screen.value;
        const is_marked = xOf(this.tag) === "step" && xScaleOf(this.tag) === "linear" && board.value.media.length > 0;
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
    this.seek(scaled(this.viewNow().x, 0.5, KEY_FACTOR ** -by), null);
  }

  /** Moves along x by a share of what is seen. */
  pushBy(share: number): void {
    if (!zoomOf(this.tag)?.x) return;
    this.goes_on = false;
    this.seek(pushed(this.viewNow().x, share), null);
  }

  /**
   * Goes to a part of the axes, x in axis units and y in values, as far as there is one (null: what is seen now); false
   * when nothing has changed.
   */
  private seek(x: Span | null, y: Span | null): boolean {
    const now = zoomOf(this.tag);
    const may_x = x !== null && isLongEnough(x) && this.hasSteps(x);
    const may_y = y !== null && isLongEnough(y);
    const part = may_x ? within(x, this.onAxis(this.range)) : null;
    const to: Zoom = {
      x: may_x ? part && valuesOf(part, this.xScale()) : (now?.x ?? null),
      y: may_y ? y : (now?.y ?? null),
    };
    if (!now && !to.x && !to.y) return false;
    this.zoom(to);
    return may_x || may_y;
  }

  /** Always, where x is no step. */
  private hasSteps(x: Span): boolean {
    const [from, to] = valuesOf(x, this.xScale());
    return xOf(this.tag) !== "step" || to - from >= LEAST_STEPS;
  }

  private xScale(): AxisScale {
    return xScaleFor(xScaleOf(this.tag), this.range);
  }

  /** A span of values in axis units, as far as the axis has a place for it. */
  private onAxis(span: Span): Span {
    const scale = this.xScale();
    return axisSpan(seenOf(span, this.range, scale), scale) ?? UNKNOWN;
  }

  private zoom(to: Zoom | null): void {
    if (this.goes_on) this.keepMoving();
    zoomTo(this.tag, to, this.goes_on);
    this.goes_on = true;
    if (this.chart) takeTurn(this.draw, "move");
  }

  /** What is seen may be rough until the hand rests. */
  private keepMoving(): void {
    if (this.rest !== null) clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.rest = null;
      if (this.chart?.is_rough) this.drawSoon();
    }, REST_MS);
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
        point: (at) => this.point(at),
        begin: () => {
          this.goes_on = false;
        },
        zoom: (x, y) => this.seek(x, y),
        reset: () => this.resetZoom(),
        measure: (x) => {
          measuredOf(this.tag).value = valuesOf(x, this.xScale());
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

  private point(at: PointedAt | null): void {
    pointAt(this.tag, at && { ...at, x: fromAxis(at.x, this.xScale()) });
  }

  private close(): void {
    giveUpTurn(this.open);
    giveUpTurn(this.draw);
    if (this.rest !== null) clearTimeout(this.rest);
    this.rest = null;
    this.chart?.destroy();
    this.chart = null;
  }

  private followBoard(): void {
    const all = seriesOf(this.tag);
    const zoom_x = zoomOf(this.tag)?.x ?? null;
    const restarts = this.card.restarts.value;
    const how = smoothing_now.value;
    const x = xOf(this.tag);
    const board_growth = growthAlong(this.tag, x);
    const scale_name = xScaleOf(this.tag);
    const width_px = Math.min(MAX_WIDTH_PX, this.width_px.value);
    if (!this.on_screen.value || width_px < 1 || session.value === "out") {
      this.pause({});
      return;
    }
    const { series, whole, nothing, missing, growth: known_growth } = reachOf(all, x, scale_name, restarts);
    this.tell({ nothing, missing });
    if (nothing !== "") {
      this.answers.clear();
      this.pause({ kind: "empty" });
      this.drawSoon();
      return;
    }
    if (!whole) {
      this.pause({ kind: this.answers.has(x) ? "drawn" : "waiting", trouble: extents_trouble.value || null });
      this.drawSoon();
      return;
    }
    const growth = known_growth ?? board_growth;
    const x_scale = xScaleFor(scale_name, whole);
    const means = meansOf(series);
    const names = means?.names ?? namesOf(series);
    const range = seenOf(zoom_x, whole, x_scale);
    const ask: CurvesAsk = { series: names, x, x_scale, range, width_px, smoothing: how, restarts };
    if (means) ask.groups = means.groups;
    const clocks = x === "wall_time" ? series.map(({ run }) => Math.round(aheadOf(run.source))) : null;
    const question = JSON.stringify([means?.groups ?? names, means?.names, x, x_scale, width_px, restarts, clocks]);
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
    this.tell({ kind: this.answers.has(x) ? "drawn" : "waiting" });
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
      x_axis: xOf(this.tag),
      x_scale: this.xScale(),
      x: this.onAxis(zoom?.x ?? this.range),
      y: zoom?.y ?? null,
      scale: this.scale(),
      clip_percent: clip_percent.value,
    };
  }

  private scale(): AxisScale {
    const { value: is_log } = this.card.log;
    const name = is_log === null ? y_scale.value : is_log ? "log" : "linear";
    return name === "symlog" ? symlogOf(this.curves()) : name;
  }

  private curves(): readonly Curve[] {
    return this.answers.curves(xOf(this.tag), this.xScale(), smoothing_now.value);
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
    const curves = styled(this.tag, this.curves());
    this.chart.show(curves, this.viewNow(), this.rest !== null);
    // A hand does not rest because a slow machine took long to draw.
    if (this.rest !== null) this.keepMoving();
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
    const is_ours = card === this.tag || (card !== null && xOf(card) === xOf(this.tag));
    const at = x !== null && is_ours ? toAxis(x, this.xScale()) : null;
    this.chart?.setHighlight({ run_key, x: at, veil: run_key !== null && card !== this.tag });
  }
}

function withColours(now: Omit<ChartLook, "colours">, by_run: ReadonlyMap<string, string>): ChartLook {
  return { ...now, colours: by_run };
}
