/** Two axes around a picture: where values are in it, and their ticks. All in CSS pixels. */
import type { LabelledTicks } from "../charts/axes";
import type { Box } from "../charts/scale";
import type { Span } from "../lib/extent";

/** The colours and the font of what is no data; as in charts/look.ts. */
export interface Inks {
  ink: string;
  strong: string;
  grid: string;
  accent: string;
  paper: string;
  font: string;
}

export interface Axis {
  span: Span;
  ticks: (length_px: number) => LabelledTicks;
}

/** `bottom` is the axis along the lower edge; the other one has its labels at a side, and may go downwards. */
export interface Axes {
  bottom: Axis;
  up: Axis;
  side: "left" | "right";
  /** Smaller values of `up` are higher. */
  downwards?: boolean;
  /** Above where `up` ends, for what rises from there. */
  head_px?: number;
}

const BOTTOM_PX = 20;
const EDGE_PX = 10;
const GAP_PX = 6;
const TEXT_DROP_PX = 4;
const TOP_PX = 6;

type Measure = (text: string) => number;

export class Frame {
  readonly box: Box;
  private readonly axes: Axes;
  private readonly bottom_ticks: LabelledTicks;
  private readonly up_ticks: LabelledTicks;

  constructor(width: number, height: number, axes: Axes, measure: Measure) {
    this.axes = axes;
    const inner_height = Math.max(1, height - TOP_PX - BOTTOM_PX);
    this.up_ticks = axes.up.ticks(inner_height - (axes.head_px ?? 0));
    const labels_px = Math.ceil(Math.max(0, ...this.up_ticks.labels.map(measure))) + GAP_PX + 4;
    const left = axes.side === "left" ? labels_px : EDGE_PX;
    const right = axes.side === "right" ? labels_px : EDGE_PX;
    const inner_width = Math.max(1, width - left - right);
    this.box = { left, top: TOP_PX, width: inner_width, height: inner_height };
    this.bottom_ticks = this.fitting(axes.bottom.ticks(inner_width), measure, width);
  }

  /** Labels that would run over the edges, or into each other, are left out. */
  private fitting({ at, labels }: LabelledTicks, measure: Measure, width: number): LabelledTicks {
    let end = Number.NEGATIVE_INFINITY;
    const shown = labels.map((label, i) => {
      const half = measure(label) / 2;
      const middle = this.px(at[i] ?? 0);
      if (middle - half < Math.max(0, end + GAP_PX) || middle + half > width) return "";
      end = middle + half;
      return label;
    });
    return { at, labels: shown };
  }

  px(value: number): number {
    const [from, to] = this.axes.bottom.span;
    return this.box.left + ((value - from) / (to - from)) * this.box.width;
  }

  valueAt(px: number): number {
    const [from, to] = this.axes.bottom.span;
    return from + ((px - this.box.left) / this.box.width) * (to - from);
  }

  /** Where `up` begins and ends. */
  private heights(): readonly [number, number] {
    const { top, height } = this.box;
    const [low, high] = [top + height, top + (this.axes.head_px ?? 0)];
    return this.axes.downwards ? [high, low] : [low, high];
  }

  py(value: number): number {
    const [from, to] = this.axes.up.span;
    const [start, end] = this.heights();
    return start + ((value - from) / (to - from)) * (end - start);
  }

  upAt(py: number): number {
    const [from, to] = this.axes.up.span;
    const [start, end] = this.heights();
    return from + ((py - start) / (end - start)) * (to - from);
  }

  has(px: number, py: number): boolean {
    const { left, top, width, height } = this.box;
    return px >= left && px <= left + width && py >= top && py <= top + height;
  }

  /** Lines and labels, under the picture. */
  paint(context: CanvasRenderingContext2D, inks: Inks): void {
    const { left, top, width, height } = this.box;
    context.globalAlpha = 1;
    context.font = inks.font;
    this.bottom_ticks.at.forEach((at, i) => {
      const px = this.px(at);
      if (px < left - 0.5 || px > left + width + 0.5) return;
      context.fillStyle = inks.grid;
      context.fillRect(Math.round(px), top, 1, height);
      context.fillStyle = inks.ink;
      context.textAlign = "center";
      context.fillText(this.bottom_ticks.labels[i] ?? "", px, top + height + 14);
    });
    this.up_ticks.at.forEach((at, i) => {
      const py = this.py(at);
      if (py < top - 0.5 || py > top + height + 0.5) return;
      context.fillStyle = inks.grid;
      context.fillRect(left, Math.round(py), width, 1);
      context.fillStyle = inks.ink;
      context.textAlign = this.axes.side === "left" ? "right" : "left";
      const text_left = this.axes.side === "left" ? left - GAP_PX : left + width + GAP_PX;
      context.fillText(this.up_ticks.labels[i] ?? "", text_left, py + TEXT_DROP_PX);
    });
  }

  clip(context: CanvasRenderingContext2D): void {
    const { left, top, width, height } = this.box;
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
  }
}
