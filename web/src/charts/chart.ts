/**
 * One chart on the page: uPlot keeps canvas, axes, cursor and selection; the lines are drawn here.
 *
 * Configuration and data are apart: a chart is made once per card, and then only told its data, view and look.
 * What follows the pointer is drawn on a second canvas above, so that moving it never redraws the lines.
 */
import uPlot from "uplot";
import type { XAxis } from "../api/scalars";
import type { Span } from "../lib/extent";
import { type LabelledTicks, xTicks } from "./axes";
import type { Curve } from "./curve";
import { Gestures } from "./gestures";
import { HeightAxis } from "./height_axis";
import { drawLines } from "./lines";
import { nearestPoints } from "./nearest";
import { clipTo, type Highlight, NO_HIGHLIGHT, Overlay } from "./overlay";
import type { PointedAt } from "./pointing";
import { type AxisScale, axisSpan, fromAxis, isSameScale, Mapping, type Maps, yDomain } from "./scale";
import { pushed, scaled } from "./span_moves";

export interface ChartLook {
  ink: string;
  /** For words that are read, not glanced at. */
  strong: string;
  grid: string;
  accent: string;
  paper: string;
  font: string;
  colours: ReadonlyMap<string, string>;
}

export interface ChartView {
  x_axis: XAxis;
  x: Span;
  /** In values; null: as the data want it. */
  y: Span | null;
  scale: AxisScale;
  clip_percent: number;
}

export interface ChartEvents {
  /** The pointer is at a place of the chart, or has left (null). */
  point: (at: PointedAt | null) => void;
  /** A gesture begins; what it does next belongs together. */
  begin: () => void;
  /** Another part of the axes is to be seen; null: as it was along this axis. False: there is no more of it. */
  zoom: (x: Span | null, y: Span | null) => boolean;
  reset: () => void;
  /** The statistics of a range are wanted. */
  measure: (x: Span) => void;
  /** What is to be seen now, drawn or not. */
  view: () => ChartView;
  /** Whether there is more than is seen. */
  isZoomed: () => boolean;
}

const X_AXIS_PX = 22;
/** Room to the right of the lines for half a tick label; a wider one is left out. */
const X_LABEL_ROOM_PX = 18;
const Y_AXIS_LEAST_PX = 44;
const DRAG_LEAST_PX = 5;
/** A drag higher than this zooms into both axes. */
const BOX_LEAST_PX = 28;

export class Chart {
  private readonly plot: uPlot;
  private readonly overlay = new Overlay();
  private readonly events: ChartEvents;
  private readonly gestures: Gestures;
  private view: ChartView;
  private look: ChartLook;
  private curves: readonly Curve[] = [];
  private xTicks: LabelledTicks = { at: [], labels: [] };
  private readonly left = new HeightAxis(Y_AXIS_LEAST_PX, (label) => this.labelWidth(label));
  private readonly right = new HeightAxis(0, (label) => this.labelWidth(label));
  private highlight: Highlight = NO_HIGHLIGHT;
  private frame = 0;
  private measured: Span | null = null;
  private step: number | null = null;
  /** The drag is for statistics, not for a zoom. */
  private measures = false;

  constructor(
    host: HTMLElement,
    size: { width: number; height: number },
    view: ChartView,
    look: ChartLook,
    events: ChartEvents,
  ) {
    this.view = view;
    this.look = look;
    this.events = events;
    this.plot = new uPlot(this.options(size), [[view.x[0], view.x[1]]], host);
    this.plot.over.before(this.overlay.canvas);
    this.gestures = new Gestures(host, this.plot.over, {
      begin: () => events.begin(),
      push: (x, y) => this.push(x, y),
      scale: (axis, about, factor) => this.scale(axis, about, factor),
      look: (left, top) => this.lookAt(left, top),
      fit: () => events.reset(),
      mayPush: () => events.isZoomed(),
    });
  }

  private options(size: { width: number; height: number }): uPlot.Options {
    const axis = (font: () => string) => ({
      stroke: () => this.look.ink,
      grid: { stroke: () => this.look.grid, width: 1 },
      ticks: { show: false },
      border: { show: false },
      font: font(),
    });
    const font = () => this.look.font;
    return {
      ...size,
      pxAlign: 1,
      padding: [6, X_LABEL_ROOM_PX, 0, 0],
      legend: { show: false },
      series: [{}],
      scales: {
        x: { time: false, range: () => [this.view.x[0], this.view.x[1]] },
        y: { range: () => [this.left.span[0], this.left.span[1]] },
        right: { range: () => [this.right.span[0], this.right.span[1]] },
      },
      axes: [
        {
          ...axis(font),
          size: X_AXIS_PX,
          gap: 5,
          splits: (plot) => this.placeX(plot),
          values: (plot) => this.fittingLabels(plot),
        },
        { ...axis(font), ...this.left.options("y", 3) },
        { ...axis(font), ...this.right.options("right", 1), grid: { show: false } },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: true, uni: BOX_LEAST_PX, dist: DRAG_LEAST_PX, setScale: false },
        bind: {
          dblclick: () => () => this.reset(),
          mousedown: (plot, _, handle) => (event) => this.startDrag(plot, event, handle),
        },
      },
      hooks: {
        draw: [(plot) => this.draw(plot)],
        setCursor: [(plot) => this.point(plot)],
        setSelect: [(plot) => this.select(plot)],
      },
    };
  }

  private placeX(plot: uPlot): number[] {
    const [min, max] = this.view.x;
    this.xTicks = xTicks(this.view.x_axis, min, max, plot.bbox.width / this.ratio);
    return this.xTicks.at;
  }

  /** The labels of the x axis, without one that would run over the right edge. */
  private fittingLabels(plot: uPlot): string[] {
    const { at, labels } = this.xTicks;
    const [min, max] = this.view.x;
    const length_px = plot.bbox.width / this.ratio;
    return labels.map((label, i) => {
      const room_px = ((max - (at[i] as number)) / (max - min)) * length_px + X_LABEL_ROOM_PX;
      return this.labelWidth(label) / 2 <= room_px ? label : "";
    });
  }

  private labelWidth(label: string): number {
    return this.overlay.textWidth(label, this.look.font);
  }

  /** Device pixels per CSS pixel. */
  get ratio(): number {
    return uPlot.pxRatio;
  }

  /** What is seen now, and how large, in CSS pixels. */
  seen() {
    const { width, height } = this.plot.bbox;
    const { curves, view, look } = this;
    const right = this.right.has_lines ? this.right.span : null;
    return { curves, view, y: this.left.span, right, look, width: width / this.ratio, height: height / this.ratio };
  }

  /** Width of the plotting area, in device pixels: what a query has to ask for. */
  get width_px(): number {
    return Math.round(this.plot.bbox.width);
  }

  setSize(width: number, height: number): void {
    if (width === this.plot.width && height === this.plot.height) return;
    this.plot.setSize({ width, height });
  }

  show(curves: readonly Curve[], view: ChartView): void {
    if (!isSameScale(view.scale, this.view.scale)) this.left.reset();
    this.curves = curves;
    this.view = view;
    this.update();
  }

  setLook(look: ChartLook): void {
    this.look = look;
    this.plot.redraw(false, false);
  }

  setMeasured(range: Span | null): void {
    this.measured = range;
    this.drawOverlaySoon();
  }

  /** Where the board's images and the like stand; null: nowhere in particular. */
  setStep(step: number | null): void {
    if (step === this.step) return;
    this.step = step;
    this.drawOverlaySoon();
  }

  setHighlight(highlight: Highlight): void {
    this.highlight = highlight;
    this.drawOverlaySoon();
  }

  private drawOverlaySoon(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.drawOverlay();
    });
  }

  /** Moves the cursor along x by CSS pixels, as the arrow keys do; from the middle when it was nowhere. */
  moveCursor(by_px: number): void {
    const { width, height } = this.plot.over.getBoundingClientRect();
    const { left = -1, top = -1 } = this.plot.cursor;
    const from = left < 0 ? width / 2 : left;
    this.plot.setCursor({ left: Math.min(width, Math.max(0, from + by_px)), top: top < 0 ? height / 2 : top });
  }

  private lookAt(client_left: number, client_top: number): void {
    const { left, top, width, height } = this.plot.over.getBoundingClientRect();
    const inside = (at: number, length: number) => Math.min(length, Math.max(0, at));
    this.plot.setCursor({ left: inside(client_left - left, width), top: inside(client_top - top, height) });
  }

  // From where it has been moved to by now, not from where it was drawn last.
  private push(x: number, y: number): void {
    const now = this.events.view();
    const moved = now.y && y !== 0 ? this.inValues(pushed(this.yOf(now), -y)) : null;
    this.events.zoom(x === 0 ? null : pushed(now.x, -x), moved);
  }

  private scale(axis: "x" | "y", about: number, factor: number): boolean {
    const now = this.events.view();
    if (axis === "x") return this.events.zoom(scaled(now.x, about, factor), null);
    return this.events.zoom(null, this.inValues(scaled(this.yOf(now), about, factor)));
  }

  /** In axis units. */
  private yOf({ y, scale }: ChartView): Span {
    return (y && axisSpan(y, scale)) ?? this.left.span;
  }

  private inValues([from, to]: Span): Span {
    return [fromAxis(from, this.view.scale), fromAxis(to, this.view.scale)];
  }

  hideCursor(): void {
    this.plot.setCursor({ left: -10, top: -10 });
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.gestures.stop();
    this.plot.destroy();
  }

  private update(): void {
    const { x, y, scale } = this.view;
    const on = (right: boolean) => this.curves.filter((curve) => curve.right === right);
    this.left.span = (y && axisSpan(y, scale)) ?? yDomain(on(false), x, this.view);
    this.right.span = yDomain(on(true), x, this.view);
    for (const [axis, right] of [
      [this.left, false],
      [this.right, true],
    ] as const) {
      axis.has_lines = this.curves.some((curve) => curve.right === right);
      axis.scale = scale;
    }
    this.plot.setData([[x[0], x[1]]], true);
  }

  /** From axis units to device pixels of the canvas. */
  private maps(): Maps {
    const map = (y: Span) => new Mapping(this.plot.bbox, this.view.x, y, this.view.scale);
    return { left: map(this.left.span), right: map(this.right.span) };
  }

  private draw({ ctx, bbox }: uPlot): void {
    const ratio = this.ratio;
    ctx.save();
    clipTo(ctx, bbox, ratio);
    drawLines(ctx, this.curves, this.maps(), this.look, ratio);
    ctx.restore();
    this.drawOverlay();
  }

  private drawOverlay(): void {
    const { highlight, measured, step } = this;
    this.overlay.draw(this.plot, this.curves, this.maps(), this.look, { ...highlight, measured, step });
  }

  private point(plot: uPlot): void {
    const { left = -1, top = -1 } = plot.cursor;
    const is_dragging = this.gestures.is_pushing || (plot.cursor.event?.buttons ?? 0) !== 0;
    if (left < 0 || top < 0 || is_dragging) {
      this.events.point(null);
      return;
    }
    const maps = this.maps();
    const { box } = maps.left;
    const x = plot.posToVal(left, "x");
    const near = nearestPoints(this.curves, maps, x, box.left + left * this.ratio, box.top + top * this.ratio);
    const rect = plot.over.getBoundingClientRect();
    this.events.point({ x, near, client_left: rect.left + left, client_top: rect.top + top });
  }

  /** With Shift it is a push, and not ours; with Ctrl or ⌘ a range is chosen, for its statistics. */
  private startDrag(plot: uPlot, event: MouseEvent, handle: (event: MouseEvent) => null): null {
    if (event.button !== 0 || event.shiftKey) return null;
    this.measures = event.ctrlKey || event.metaKey;
    if (plot.cursor.drag) plot.cursor.drag.y = !this.measures;
    return handle(event);
  }

  private select(plot: uPlot): void {
    const { left, top, width, height } = plot.select;
    if (width <= 0 && height <= 0) return;
    const { width: full_width, height: full_height } = plot.over.getBoundingClientRect();
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const x_is_whole = width >= full_width - 1;
    const y_is_whole = height >= full_height - 1;
    if (x_is_whole && y_is_whole) return;
    const x: Span | null = x_is_whole ? null : [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    const y: Span | null = y_is_whole ? null : [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")];
    if (this.measures) {
      if (x) this.events.measure(x);
      return;
    }
    this.events.begin();
    this.events.zoom(x, y && this.inValues(y));
  }

  private reset(): null {
    this.events.reset();
    return null;
  }
}
