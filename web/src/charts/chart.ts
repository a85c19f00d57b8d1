/**
 * One chart on the page: uPlot keeps canvas, axes, cursor and selection; the lines are drawn here.
 *
 * Configuration and data are apart: a chart is made once per card, and then only told its data, view and look.
 * What follows the pointer is drawn on a second canvas above, so that moving it never redraws the lines.
 */
import uPlot from "uplot";
import type { XAxis } from "../api/scalars";
import type { Span } from "../lib/extent";
import { type LabelledTicks, xTicks, yTicks } from "./axes";
import type { Curve } from "./curve";
import { nearestIndex } from "./curve";
import { dot, dotPoints, markNonFinite, strokeCurve } from "./draw";
import { type Near, nearestPoints } from "./nearest";
import { Mapping, yDomain } from "./scale";

export interface ChartLook {
  ink: string;
  grid: string;
  paper: string;
  font: string;
  colours: ReadonlyMap<string, string>;
}

export interface ChartView {
  x_axis: XAxis;
  x: Span;
  /** In axis units; null: as the data want it. */
  y: Span | null;
  log: boolean;
  ignore_outliers: boolean;
}

export interface ChartEvents {
  /** The pointer is at a place of the chart, or has left (null). `near` is sorted by distance. */
  point: (at: { x: number; near: Near[]; client_left: number; client_top: number } | null) => void;
  /** A box was drawn; `y` is null when it spans the height. */
  zoom: (x: Span, y: Span | null) => void;
  reset: () => void;
}

export interface Highlight {
  run_key: string | null;
  x: number | null;
  /** The others step back: the run was pointed at elsewhere. */
  veil: boolean;
}

const RAW_ALPHA = 0.22;
const RAW_WIDTH_PX = 1;
const LINE_WIDTH_PX = 1.5;
const LIFTED_WIDTH_PX = 2.5;
const VEIL_ALPHA = 0.55;
const X_AXIS_PX = 22;
/** Room to the right of the lines for half a tick label; a wider one is left out. */
const X_LABEL_ROOM_PX = 18;
const Y_AXIS_LEAST_PX = 44;
const Y_AXIS_STEP_PX = 8;
const DRAG_LEAST_PX = 5;
/** A drag higher than this zooms into both axes. */
const BOX_LEAST_PX = 28;
const NO_HIGHLIGHT: Highlight = { run_key: null, x: null, veil: false };

export class Chart {
  private readonly plot: uPlot;
  private readonly overlay: HTMLCanvasElement;
  private readonly events: ChartEvents;
  private view: ChartView;
  private look: ChartLook;
  private curves: readonly Curve[] = [];
  private y: Span = [0, 1];
  private xTicks: LabelledTicks = { at: [], labels: [] };
  private yTicks: LabelledTicks = { at: [], labels: [] };
  private highlight: Highlight = NO_HIGHLIGHT;
  private y_axis_px = Y_AXIS_LEAST_PX;
  private frame = 0;

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
    this.overlay = document.createElement("canvas");
    this.overlay.className = "chart-overlay";
    this.plot = new uPlot(this.options(size), [[view.x[0], view.x[1]]], host);
    this.plot.over.before(this.overlay);
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
        y: { range: () => [this.y[0], this.y[1]] },
      },
      axes: [
        {
          ...axis(font),
          size: X_AXIS_PX,
          gap: 5,
          splits: (plot) => this.placeX(plot),
          values: (plot) => this.fittingLabels(plot),
        },
        {
          ...axis(font),
          scale: "y",
          gap: 6,
          size: (_, labels) => this.yAxisSize(labels),
          splits: (plot) => this.placeY(plot),
          values: () => this.yTicks.labels,
        },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: true, uni: BOX_LEAST_PX, dist: DRAG_LEAST_PX, setScale: false },
        bind: { dblclick: () => () => this.reset() },
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

  private placeY(plot: uPlot): number[] {
    const [min, max] = this.y;
    // Without a line there is nothing to measure.
    if (this.curves.length === 0) {
      this.yTicks = { at: [], labels: [] };
      return [];
    }
    this.yTicks = yTicks(this.view.log, min, max, plot.bbox.height / this.ratio);
    return this.yTicks.at;
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

  /**
   * Wide enough for the widest label so far, in coarse steps: the charts of a column mostly line up, and a live chart
   * does not change its width, which would mean to ask again, with every digit.
   */
  private yAxisSize(labels: string[] | null): number {
    const widest = Math.max(0, ...(labels ?? []).map((label) => this.labelWidth(label)));
    const needed = Math.ceil((widest + 14) / Y_AXIS_STEP_PX) * Y_AXIS_STEP_PX;
    this.y_axis_px = Math.max(this.y_axis_px, needed);
    return this.y_axis_px;
  }

  /** In CSS pixels. */
  private labelWidth(label: string): number {
    const context = this.overlay.getContext("2d");
    if (!context) return 0;
    context.font = this.look.font;
    return context.measureText(label).width;
  }

  /** Device pixels per CSS pixel. */
  get ratio(): number {
    return uPlot.pxRatio;
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
    if (view.log !== this.view.log) this.y_axis_px = Y_AXIS_LEAST_PX;
    this.curves = curves;
    this.view = view;
    this.update();
  }

  setLook(look: ChartLook): void {
    this.look = look;
    this.plot.redraw(false, false);
  }

  setHighlight(highlight: Highlight): void {
    this.highlight = highlight;
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

  hideCursor(): void {
    this.plot.setCursor({ left: -10, top: -10 });
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.plot.destroy();
  }

  private update(): void {
    const { x, y, log, ignore_outliers } = this.view;
    this.y = y ?? yDomain(this.curves, x, { log, ignore_outliers });
    this.plot.setData([[x[0], x[1]]], true);
  }

  /** From axis units to device pixels of the canvas. */
  private mapping(): Mapping {
    return new Mapping(this.plot.bbox, this.view.x, this.y, this.view.log);
  }

  private draw({ ctx, bbox }: uPlot): void {
    const map = this.mapping();
    const ratio = this.ratio;
    ctx.save();
    clipTo(ctx, bbox, ratio);
    for (const curve of this.curves) {
      if (curve.line === curve.value) continue;
      strokeCurve(ctx, curve, curve.value, map, this.style(curve, RAW_WIDTH_PX * ratio, RAW_ALPHA));
    }
    for (const curve of this.curves) {
      const style = this.style(curve, LINE_WIDTH_PX * ratio, 1);
      strokeCurve(ctx, curve, curve.line, map, style);
      dotPoints(ctx, curve, curve.value, map, { ...style, alpha: curve.line === curve.value ? 1 : 0.5 }, ratio);
      markNonFinite(ctx, curve, map, style, ratio);
    }
    ctx.restore();
    this.drawOverlay();
  }

  private style(curve: Curve, width_px: number, alpha: number) {
    return { colour: this.look.colours.get(curve.run_key) ?? this.look.ink, width_px, alpha };
  }

  /** As large as the canvas below, which changes its size a moment after it is told to. */
  private fitOverlay(): void {
    const { width, height } = this.plot.ctx.canvas;
    if (this.overlay.width === width && this.overlay.height === height) return;
    this.overlay.width = width;
    this.overlay.height = height;
  }

  private drawOverlay(): void {
    const context = this.overlay.getContext("2d");
    if (!context) return;
    this.fitOverlay();
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    const { run_key, x, veil } = this.highlight;
    if (run_key === null && x === null) return;
    const { bbox } = this.plot;
    const map = this.mapping();
    const ratio = this.ratio;
    context.save();
    clipTo(context, bbox, ratio);
    const curve = this.curves.find((c) => c.run_key === run_key);
    if (veil && curve && this.curves.length > 1) {
      context.globalAlpha = VEIL_ALPHA;
      context.fillStyle = this.look.paper;
      context.fillRect(bbox.left, bbox.top, bbox.width, bbox.height);
    }
    if (x !== null && x >= map.x[0] && x <= map.x[1]) this.drawCrosshair(context, map.px(x));
    if (curve) this.drawLifted(context, curve, map, x);
    context.restore();
  }

  private drawCrosshair(context: CanvasRenderingContext2D, px: number): void {
    const { bbox } = this.plot;
    context.globalAlpha = 0.45;
    context.fillStyle = this.look.ink;
    context.fillRect(Math.round(px), bbox.top, Math.max(1, Math.round(this.ratio)), bbox.height);
  }

  private drawLifted(context: CanvasRenderingContext2D, curve: Curve, map: Mapping, x: number | null): void {
    const style = this.style(curve, LIFTED_WIDTH_PX * this.ratio, 1);
    strokeCurve(context, curve, curve.line, map, style);
    if (x === null) return;
    const i = nearestIndex(curve, x);
    const [px, py] = [map.px(curve.x[i] ?? Number.NaN), map.py(curve.line[i] ?? Number.NaN)];
    if (!Number.isFinite(px) || !Number.isFinite(py)) return;
    context.globalAlpha = 1;
    context.fillStyle = this.look.paper;
    dot(context, px, py, 4.5 * this.ratio);
    context.fillStyle = style.colour;
    dot(context, px, py, 3 * this.ratio);
  }

  private point(plot: uPlot): void {
    const { left = -1, top = -1 } = plot.cursor;
    const is_dragging = plot.cursor.event?.buttons === 1;
    if (left < 0 || top < 0 || is_dragging) {
      this.events.point(null);
      return;
    }
    const map = this.mapping();
    const x = plot.posToVal(left, "x");
    const near = nearestPoints(this.curves, map, x, map.box.left + left * this.ratio, map.box.top + top * this.ratio);
    const rect = plot.over.getBoundingClientRect();
    this.events.point({ x, near, client_left: rect.left + left, client_top: rect.top + top });
  }

  private select(plot: uPlot): void {
    const { left, top, width, height } = plot.select;
    if (width <= 0 && height <= 0) return;
    const { width: full_width, height: full_height } = plot.over.getBoundingClientRect();
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const x_is_whole = width >= full_width - 1;
    const y_is_whole = height >= full_height - 1;
    if (x_is_whole && y_is_whole) return;
    const x: Span = x_is_whole ? this.view.x : [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    const y: Span | null = y_is_whole ? null : [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")];
    if (x[0] < x[1]) this.events.zoom(x, y);
  }

  private reset(): null {
    this.events.reset();
    return null;
  }
}

/** The plotting area with room for half a line and a dot at its edges. */
function clipTo(context: CanvasRenderingContext2D, { left, top, width, height }: uPlot.BBox, ratio: number): void {
  const room = 3 * ratio;
  context.beginPath();
  context.rect(left - room, top - room, width + 2 * room, height + 2 * room);
  context.clip();
}
