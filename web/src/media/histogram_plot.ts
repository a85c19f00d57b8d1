/** The plot of one run's histograms: draws it as its card says, and tells what is under the cursor. */
import { batch } from "@preact/signals";
import { look } from "../charts/look";
import { pushed, scaled } from "../charts/span_moves";
import type { Span } from "../lib/extent";
import { makeRamp } from "../lib/ramp";
import type { Run } from "../state/board";
import { colours } from "../state/colours";
import { histogram_look } from "../state/histogram";
import { hover } from "../state/hover";
import { media_tip } from "../state/media_tip";
import { fullName } from "../state/sources";
import { moveStep, stepOf } from "../state/step";
import { dark } from "../state/theme";
import { zoomOf } from "../state/zoom";
import { CardPlot } from "./card_plot";
import {
  binAt,
  binSpan,
  type Column,
  type Columns,
  columnAt,
  columnAtStep,
  columnEdges,
  density,
  middle,
} from "./columns";
import { paintFan } from "./fan";
import { Frame } from "./frame";
import { paintHeat } from "./heat_map";
import { axesOf, HEAD_SHARE, OVERLAY_ROOM } from "./histogram_axes";
import type { HistogramCard } from "./histogram_card";
import { tipRows } from "./histogram_tip";
import type { Spot } from "./plot";
import { paintLifted, paintRidges, type Ridge, ridgePlace, ridgesOf } from "./ridgeline";

const PUSH_SHARE = 0.25;
interface Place {
  column: number;
  /** -1: none. */
  bin: number;
}

export class HistogramPlot extends CardPlot<HistogramCard, Place> {
  private readonly run: Run;
  private ridges: readonly Ridge[] = [];
  private ramp: { question: string; ramp: Uint8ClampedArray } | null = null;

  constructor(host: HTMLElement, card: HistogramCard, run: Run) {
    super(host, card);
    this.run = run;
    this.follow(
      () => {
        card.columns.value;
        card.mode.value;
        card.xOf(run.key);
        card.valuesOf(run.key);
        histogram_look.value;
        look.value;
        dark.value;
        colours.value;
      },
      () => {
        stepOf(card.tag.key);
        hover.value;
      },
    );
  }

  get canvas(): HTMLCanvasElement {
    return this.plot.canvas;
  }

  override resized(width: number, height: number): void {
    this.card.resized({ width, height });
  }

  private get columns(): Columns | null {
    return this.card.columns.peek()?.get(this.run.key) ?? null;
  }

  private get colour(): string {
    return colours.peek().get(this.run.key) ?? "#808080";
  }

  private get x(): Span {
    return this.card.xOf(this.run.key);
  }

  /** Values lie along the lower edge. */
  private get is_lines(): boolean {
    const mode = this.card.mode.peek();
    return mode === "offset" || mode === "overlay";
  }

  frame(width: number, height: number, measure: (text: string) => number): Frame | null {
    const { columns } = this;
    const values = this.card.valuesOf(this.run.key);
    if (!columns || !values || columns.list.length === 0) return null;
    return new Frame(width, height, axesOf(columns, this.card.mode.peek(), this.x, values, height), measure);
  }

  paint(context: CanvasRenderingContext2D, frame: Frame, ratio: number): void {
    const { columns, colour } = this;
    if (!columns) return;
    const mode = this.card.mode.peek();
    const inks = this.inks();
    this.ridges = [];
    if (mode === "heat") {
      paintHeat(context, columns, frame, this.rampNow(), histogram_look.peek().log_counts, this.x, ratio);
    } else if (mode === "fan") paintFan(context, columns, frame, colour);
    else {
      const is_overlay = mode === "overlay";
      const { height } = frame.box;
      this.ridges = ridgesOf(columns, frame, height * (is_overlay ? OVERLAY_ROOM : HEAD_SHARE), is_overlay);
      paintRidges(context, this.ridges, inks, colour, is_overlay);
    }
  }

  private rampNow(): Uint8ClampedArray {
    const { paper } = this.inks();
    const question = `${paper} ${this.colour} ${dark.peek()}`;
    if (this.ramp?.question !== question) {
      this.ramp = { question, ramp: makeRamp(paper, this.colour, dark.peek()) };
    }
    return this.ramp.ramp;
  }

  paintOver(context: CanvasRenderingContext2D, frame: Frame): void {
    const { columns } = this;
    if (!columns) return;
    const inks = this.inks();
    const step = stepOf(this.card.tag.key);
    const marked = step === null ? -1 : columnAtStep(columns, step);
    frame.clip(context);
    if (this.is_lines) {
      const [at, of_step] = [this.ridges[this.at?.column ?? -1], this.ridges[marked]];
      if (of_step) paintLifted(context, of_step, this.colour, inks.accent);
      if (at) {
        paintLifted(context, at, null, inks.strong);
        this.paintBin(context, frame, columns, at);
      }
      return;
    }
    const x = this.at ? middleOf(columns.list[this.at.column]) : hoverFrom(this.card.tag.key);
    if (marked >= 0) this.paintMark(context, frame, middleOf(columns.list[marked]), inks.accent, 2);
    if (x !== null) this.paintMark(context, frame, x, inks.strong, 1);
    if (this.at && this.at.bin >= 0) this.paintCell(context, frame, columns, this.at);
  }

  private paintMark(
    context: CanvasRenderingContext2D,
    frame: Frame,
    x: number | null,
    colour: string,
    width: number,
  ): void {
    if (x === null) return;
    context.fillStyle = colour;
    context.globalAlpha = width > 1 ? 0.9 : 0.5;
    context.fillRect(frame.px(x) - width / 2, frame.box.top, width, frame.box.height);
    context.globalAlpha = 1;
  }

  /** The bin under the cursor, as a dot on the line. */
  private paintBin(context: CanvasRenderingContext2D, frame: Frame, columns: Columns, ridge: Ridge): void {
    const bin = this.at?.bin ?? -1;
    if (bin < 0) return;
    const [from, to] = binSpan(columns, bin);
    const px = frame.px((from + to) / 2);
    context.fillStyle = this.inks().strong;
    context.beginPath();
    context.arc(px, ridge.outline[(bin + 1) * 2 + 1] ?? ridge.base_px, 3, 0, 2 * Math.PI);
    context.fill();
  }

  private paintCell(context: CanvasRenderingContext2D, frame: Frame, columns: Columns, { column, bin }: Place): void {
    const edges = columnEdges(columns, this.x);
    const [low, high] = binSpan(columns, bin);
    const [left, right] = [frame.px(edges[column] as number), frame.px(edges[column + 1] as number)];
    context.strokeStyle = this.inks().strong;
    context.lineWidth = 1;
    context.strokeRect(left, frame.py(high), Math.max(1, right - left), frame.py(low) - frame.py(high));
  }

  protected pointWithin(frame: Frame, spot: Spot): void {
    const { columns } = this;
    this.show(columns && this.placeAt(columns, frame, spot), spot.client_left, spot.client_top);
  }

  private placeAt(columns: Columns, frame: Frame, { px, py }: Pick<Spot, "px" | "py">): Place | null {
    if (this.is_lines) {
      return ridgePlace(columns, this.ridges, frame, px, py, this.card.mode.peek() === "overlay");
    }
    const column = columnAt(columnEdges(columns, this.x), frame.valueAt(px));
    if (column < 0) return null;
    return { column, bin: this.card.mode.peek() === "heat" ? binAt(columns, frame.upAt(py)) : -1 };
  }

  private show(place: Place | null, left: number, top: number): void {
    const { columns } = this;
    const column = place && columns?.list[place.column];
    this.at = column ? place : null;
    this.plot.drawOverSoon();
    if (!columns || !column || !place) {
      this.hideCursor();
      return;
    }
    const { key } = this.card.tag;
    const rows = tipRows(columns, column, place.bin, this.card.mode.peek());
    batch(() => {
      hover.value = { run_key: this.run.key, card: key, x: middle(column) };
      media_tip.value = {
        card: key,
        title: fullName(this.run),
        colour: this.colour,
        columns: [],
        rows,
        more: 0,
        left,
        top,
      };
    });
  }

  /** A click is on a step: the whole board goes there, or back to the newest where it is already. */
  override choose(spot: Pick<Spot, "px" | "py">): void {
    const { frame } = this.plot;
    const { columns } = this;
    if (frame && columns && frame.has(spot.px, spot.py)) this.chooseColumn(this.placeAt(columns, frame, spot));
  }

  private chooseColumn(place: Place | null): void {
    const { columns } = this;
    const column = place && columns?.list[place.column];
    if (!columns || !column || !place) return;
    const { key } = this.card.tag;
    const now = stepOf(key);
    const is_there = now !== null && columnAtStep(columns, now) === place.column;
    moveStep(key, is_there ? null : column.step[1]);
  }

  select(across: Span | null, down: Span | null): void {
    const { frame } = this.plot;
    if (!frame) return;
    this.card.begin();
    const along = across && rising(frame.valueAt(across[0]), frame.valueAt(across[1]));
    const up = down && rising(frame.upAt(down[0]), frame.upAt(down[1]));
    const mode = this.card.mode.peek();
    if (mode === "overlay") this.card.seek(null, along);
    else if (this.is_lines) this.card.seek(up, along);
    else this.card.seek(along, up);
  }

  push(right: number, up: number): void {
    const { x, values } = this.spans();
    const mode = this.card.mode.peek();
    const by = (span: Span, share: number) => (share === 0 ? null : pushed(span, share));
    if (mode === "overlay") this.card.seek(null, by(values, -right));
    else if (this.is_lines) this.card.seek(by(x, up), by(values, -right));
    else this.card.seek(by(x, -right), zoomOf(this.card.tag.key)?.y ? by(values, -up) : null);
  }

  scale(axis: "x" | "y", about: number, factor: number): boolean {
    const { x, values } = this.spans();
    if ((axis === "x") === this.is_lines) return this.card.seek(null, scaled(values, about, factor));
    if (this.card.mode.peek() === "overlay") return false;
    return this.card.seek(scaled(x, this.is_lines ? 1 - about : about, factor), null);
  }

  private spans(): { x: Span; values: Span } {
    return { x: this.x, values: this.card.valuesOf(this.run.key) ?? [0, 1] };
  }

  protected keys(far: number): Record<string, () => void> {
    const lines = this.is_lines;
    const { x } = this.spans();
    return {
      ArrowLeft: () => (lines ? this.moveCursor(0, -far) : this.moveCursor(-far, 0)),
      ArrowRight: () => (lines ? this.moveCursor(0, far) : this.moveCursor(far, 0)),
      ArrowUp: () => (lines ? this.moveCursor(-far, 0) : this.moveCursor(0, far)),
      ArrowDown: () => (lines ? this.moveCursor(far, 0) : this.moveCursor(0, -far)),
      Enter: () => this.chooseColumn(this.at),
      " ": () => this.chooseColumn(this.at),
      "<": () => this.card.seek(pushed(x, -PUSH_SHARE), null),
      ">": () => this.card.seek(pushed(x, PUSH_SHARE), null),
    };
  }

  protected zoomBy(factor: number): void {
    this.card.seek(scaled(this.x, 0.5, 1 / factor), null);
  }

  /** From the newest column, and the bin with most in it, when it was nowhere. */
  private moveCursor(columns_by: number, bins_by: number): void {
    const { columns } = this;
    const { frame } = this.plot;
    if (!columns || !frame || columns.list.length === 0) return;
    const from = this.at;
    const inside = (at: number, count: number) => Math.min(count - 1, Math.max(0, at));
    const column = from ? inside(from.column + columns_by, columns.list.length) : columns.list.length - 1;
    const bin = from && from.bin >= 0 ? inside(from.bin + bins_by, columns.bins) : fullest(columns, column);
    const place = { column, bin: this.card.mode.peek() === "fan" ? -1 : bin };
    const spot = this.spotOf(columns, frame, place);
    const { left, top } = this.plot.canvas.getBoundingClientRect();
    this.show(place, left + spot[0], top + spot[1]);
  }

  private spotOf(columns: Columns, frame: Frame, { column, bin }: Place): readonly [number, number] {
    const [low, high] = binSpan(columns, Math.max(0, bin));
    const value = (low + high) / 2;
    if (this.is_lines) return [frame.px(value), this.ridges[column]?.outline[(bin + 1) * 2 + 1] ?? frame.box.top];
    const x = middleOf(columns.list[column]) ?? 0;
    return [frame.px(x), bin < 0 ? frame.box.top + frame.box.height / 2 : frame.py(value)];
  }
}

function fullest(columns: Columns, column: number): number {
  const of = columns.list[column] as Column;
  let best = 0;
  for (let bin = 1; bin < columns.bins; bin++) {
    if (density(columns, of, bin) > density(columns, of, best)) best = bin;
  }
  return best;
}

function middleOf(column: Column | undefined): number | null {
  return column ? middle(column) : null;
}

/** Where another card is pointed at. */
function hoverFrom(card: string): number | null {
  const { card: pointed, x } = hover.peek();
  return pointed !== null && pointed !== card ? x : null;
}

function rising(a: number, b: number): Span {
  return a <= b ? [a, b] : [b, a];
}
