/** An axis of heights beside a chart: its span, its ticks, and the room for its labels. */
import type uPlot from "uplot";
import type { Span } from "../lib/extent";
import { type LabelledTicks, yTicks } from "./axes";
import type { AxisScale } from "./scale";

const STEP_PX = 8;
const GAP_PX = 6;
const EDGE_PX = 14;
const NO_TICKS: LabelledTicks = { at: [], labels: [] };

export class HeightAxis {
  /** In axis units. */
  span: Span = [0, 1];
  /** Without a line there is nothing to measure. */
  has_lines = false;
  scale: AxisScale = "linear";
  private readonly least_px: number;
  private readonly labelWidth: (label: string) => number;
  private ticks = NO_TICKS;
  private width_px: number;

  constructor(least_px: number, labelWidth: (label: string) => number) {
    this.least_px = least_px;
    this.labelWidth = labelWidth;
    this.width_px = least_px;
  }

  /** Forgets how wide labels have been. */
  reset(): void {
    this.width_px = this.least_px;
  }

  options(name: string, side: 1 | 3): uPlot.Axis {
    return {
      scale: name,
      side,
      gap: GAP_PX,
      size: (_, labels) => this.sizeFor(labels),
      splits: (plot) => this.place(plot.bbox.height / devicePixelRatio),
      values: () => this.ticks.labels,
    };
  }

  private place(length_px: number): number[] {
    this.ticks = this.has_lines ? yTicks(this.scale, this.span[0], this.span[1], length_px) : NO_TICKS;
    return this.ticks.at;
  }

  /**
   * Wide enough for the widest label so far, in coarse steps: the charts of a column mostly line up, and a live chart
   * does not change its width, which would mean to ask again, with every digit.
   */
  private sizeFor(labels: string[] | null): number {
    if (this.least_px === 0 && !this.has_lines) return 0;
    const widest = Math.max(0, ...(labels ?? []).map(this.labelWidth));
    const needed = Math.ceil((widest + EDGE_PX) / STEP_PX) * STEP_PX;
    this.width_px = Math.max(this.width_px, needed);
    return this.width_px;
  }
}
