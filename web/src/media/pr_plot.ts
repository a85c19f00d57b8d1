/** The plot of precision-recall curves: all visible runs in one, and the threshold under the cursor. */
import { batch } from "@preact/signals";
import { yTicks } from "../charts/axes";
import { look } from "../charts/look";
import { pushed, scaled } from "../charts/span_moves";
import { padded, type Span } from "../lib/extent";
import { formatColumn, formatCount, formatValue } from "../lib/number";
import { f1, thresholdAt } from "../lib/precision";
import { colours } from "../state/colours";
import { hover } from "../state/hover";
import { media_tip } from "../state/media_tip";
import { fullName } from "../state/sources";
import { CardPlot } from "./card_plot";
import { Frame } from "./frame";
import type { Spot } from "./plot";
import type { PrCard, RunCurve } from "./pr_card";

const LINE_PX = 1.5;
const LIFTED_PX = 2.75;
const VEIL_ALPHA = 0.55;
const DOT_PX = 3.5;
const MAX_ROWS = 12;
/** Curves at the edge of the plot are seen whole. */
const ROOM = 0.015;

/** A curve with points, and where they are. */
export interface Drawn {
  of: RunCurve;
  px: Float64Array;
  py: Float64Array;
}

/** Its cursor: the run, and the place of the threshold. */
export class PrPlot extends CardPlot<PrCard, { run_key: string; place: number }> {
  private drawn: readonly Drawn[] = [];

  constructor(host: HTMLElement, card: PrCard) {
    super(host, card);
    this.follow(
      () => {
        card.curves.value;
        card.x.value;
        card.y.value;
        look.value;
        colours.value;
      },
      () => {
        hover.value;
      },
    );
  }

  frame(width: number, height: number, measure: (text: string) => number): Frame {
    const [x, y] = [padded(this.card.x.peek(), ROOM), padded(this.card.y.peek(), ROOM)];
    return new Frame(
      width,
      height,
      {
        bottom: { span: x, ticks: (px) => yTicks("linear", x[0], x[1], px / 2.4) },
        up: { span: y, ticks: (px) => yTicks("linear", y[0], y[1], px) },
        side: "left",
      },
      measure,
    );
  }

  paint(context: CanvasRenderingContext2D, frame: Frame): void {
    this.drawn = drawnOf(this.card.curves.peek() ?? [], frame);
    for (const drawn of this.drawn) this.paintLine(context, drawn, LINE_PX);
  }

  private colourOf({ of }: Drawn): string {
    return colours.peek().get(of.run.key) ?? this.inks().ink;
  }

  private paintLine(context: CanvasRenderingContext2D, drawn: Drawn, width: number): void {
    const { px, py } = drawn;
    context.strokeStyle = this.colourOf(drawn);
    context.fillStyle = context.strokeStyle;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    for (let i = 0; i < px.length; i++) context.lineTo(px[i] as number, py[i] as number);
    context.stroke();
    if (px.length === 1) this.paintDot(context, px[0] as number, py[0] as number);
  }

  private paintDot(context: CanvasRenderingContext2D, px: number, py: number): void {
    context.beginPath();
    context.arc(px, py, DOT_PX, 0, 2 * Math.PI);
    context.fill();
  }

  paintOver(context: CanvasRenderingContext2D, frame: Frame): void {
    const { run_key, card } = hover.peek();
    const lifted = this.drawn.find(({ of }) => of.run.key === run_key);
    frame.clip(context);
    if (lifted && card !== this.card.tag.key && this.drawn.length > 1) {
      context.globalAlpha = VEIL_ALPHA;
      context.fillStyle = this.inks().paper;
      const { left, top, width, height } = frame.box;
      context.fillRect(left, top, width, height);
      context.globalAlpha = 1;
    }
    if (lifted) this.paintLine(context, lifted, LIFTED_PX);
    const at_threshold = this.at && this.atThreshold(this.at);
    for (const { drawn, place } of at_threshold ?? []) {
      const [px, py] = [drawn.px[place] as number, drawn.py[place] as number];
      context.fillStyle = this.inks().paper;
      context.beginPath();
      context.arc(px, py, DOT_PX + 1.5, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = this.colourOf(drawn);
      this.paintDot(context, px, py);
    }
  }

  /** Every curve at the same threshold, or the nearest that it has. */
  private atThreshold({ run_key, place }: { run_key: string; place: number }): { drawn: Drawn; place: number }[] {
    const own = this.drawn.find(({ of }) => of.run.key === run_key)?.of.curve;
    if (!own) return [];
    const threshold = thresholdAt(place, own.thresholds);
    return this.drawn.flatMap((drawn) => {
      const count = drawn.of.curve?.thresholds ?? 0;
      const nearest = Math.round(threshold * Math.max(0, count - 1));
      return nearest < drawn.px.length ? [{ drawn, place: nearest }] : [];
    });
  }

  protected pointWithin(_frame: Frame, spot: Spot): void {
    this.show(nearestTo(this.drawn, spot.px, spot.py), spot.client_left, spot.client_top);
  }

  private show(near: { drawn: Drawn; place: number } | null, left: number, top: number): void {
    this.at = near && { run_key: near.drawn.of.run.key, place: near.place };
    this.plot.drawOverSoon();
    if (!this.at || !near) {
      this.hideCursor();
      return;
    }
    const { run_key } = this.at;
    const found = this.atThreshold(this.at).sort((a, b) => rank(b, run_key) - rank(a, run_key));
    const count = near.drawn.of.curve?.thresholds ?? 0;
    batch(() => {
      hover.value = { run_key, card: this.card.tag.key, x: null };
      media_tip.value = {
        card: this.card.tag.key,
        title: `threshold ${formatValue(thresholdAt(near.place, count))}`,
        colour: null,
        columns: ["run", "precision", "recall", "F1", "TP", "FP", "TN", "FN"],
        rows: found.slice(0, MAX_ROWS).map(({ drawn, place }) => ({
          colour: this.colourOf(drawn),
          cells: [fullName(drawn.of.run), ...cellsOf(drawn.of, place)],
          near: drawn.of.run.key === run_key,
        })),
        more: Math.max(0, found.length - MAX_ROWS),
        left,
        top,
      };
    });
  }

  select(across: Span | null, down: Span | null): void {
    const { frame } = this.plot;
    if (!frame) return;
    this.card.begin();
    const x: Span | null = across && [frame.valueAt(across[0]), frame.valueAt(across[1])];
    const y: Span | null = down && [frame.upAt(down[1]), frame.upAt(down[0])];
    this.card.seek(x, y);
  }

  push(right: number, up: number): void {
    this.card.seek(pushed(this.card.x.peek(), -right), pushed(this.card.y.peek(), -up));
  }

  scale(axis: "x" | "y", about: number, factor: number): boolean {
    const { x, y } = this.card;
    return axis === "x"
      ? this.card.seek(scaled(x.peek(), about, factor), null)
      : this.card.seek(null, scaled(y.peek(), about, factor));
  }

  protected zoomBy(factor: number): void {
    const { x, y } = this.card;
    this.card.seek(scaled(x.peek(), 0.5, 1 / factor), scaled(y.peek(), 0.5, 1 / factor));
  }

  protected keys(far: number): Record<string, () => void> {
    return {
      ArrowLeft: () => this.moveCursor(0, -far),
      ArrowRight: () => this.moveCursor(0, far),
      ArrowUp: () => this.moveCursor(-1, 0),
      ArrowDown: () => this.moveCursor(1, 0),
    };
  }

  /** To another run, or to another threshold: a greater recall is at the right, which is a lower threshold. */
  private moveCursor(runs_by: number, right_by: number): void {
    const count = this.drawn.length;
    if (count === 0) return;
    const now = this.drawn.findIndex(({ of }) => of.run.key === this.at?.run_key);
    const drawn = this.drawn[Math.min(count - 1, Math.max(0, now < 0 ? 0 : now + runs_by))] as Drawn;
    const last = drawn.px.length - 1;
    const from = this.at?.place ?? Math.floor(last / 2);
    const place = Math.min(last, Math.max(0, this.at ? from - right_by : from));
    const { left, top } = this.plot.canvas.getBoundingClientRect();
    this.show({ drawn, place }, left + (drawn.px[place] as number), top + (drawn.py[place] as number));
  }
}

function rank({ drawn }: { drawn: Drawn }, near: string): number {
  return drawn.of.run.key === near ? 2 : drawn.of.average_precision;
}

export function cellsOf({ curve }: RunCurve, place: number): string[] {
  if (!curve) return [];
  const [precision, recall] = [curve.precision[place] as number, curve.recall[place] as number];
  const counts = [curve.true_positives, curve.false_positives, curve.true_negatives, curve.false_negatives];
  const shares = [precision, recall, f1(precision, recall)].map((value) => formatColumn(value));
  return [...shares, ...counts.map((list) => formatCount(list[place] as number))];
}

export function drawnOf(curves: readonly RunCurve[], frame: Pick<Frame, "px" | "py">): Drawn[] {
  return curves.flatMap((of) => {
    const { curve, points } = of;
    if (!curve || points === 0) return [];
    const px = Float64Array.from({ length: points }, (_, i) => frame.px(curve.recall[i] as number));
    const py = Float64Array.from({ length: points }, (_, i) => frame.py(curve.precision[i] as number));
    return [{ of, px, py }];
  });
}

/** The point nearest to a place; null without any. */
export function nearestTo(drawn: readonly Drawn[], px: number, py: number): { drawn: Drawn; place: number } | null {
  let found: { drawn: Drawn; place: number } | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const each of drawn) {
    for (let place = 0; place < each.px.length; place++) {
      const away = Math.hypot((each.px[place] as number) - px, (each.py[place] as number) - py);
      if (away < least) [least, found] = [away, { drawn: each, place }];
    }
  }
  return found;
}
