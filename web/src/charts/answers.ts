/**
 * The answers that a chart draws from: those about the range that was asked for last, and around them the coarser ones
 * about the widest. So a chart that is moved shows what comes into view at once, and better a moment later.
 */
import { type Scalars, type Smoothing, withClockSet } from "../api/scalars";
import { type XAxis, xTag } from "../api/x_axis";
import type { Span } from "../lib/extent";
import { clocks_ahead_s } from "../state/sources";
import { type Curve, makeCurve, resmoothed, surrounded } from "./curve";
import type { CurvesAsk } from "./loader";
import { type AxisScale, isSameScale } from "./scale";

interface Answer {
  run_key: string;
  tag: string;
  scalars: Scalars;
}

interface Answered {
  /** What has to be alike for two answers to be about the same line. */
  line: string;
  x: XAxis;
  range: Span;
  smoothing: Smoothing;
  list: readonly Answer[];
}

const NOTHING: Answered = { line: "", x: "step", range: [0, 0], smoothing: 0, list: [] };

export class Answers {
  private latest = NOTHING;
  private widest = NOTHING;
  private drawn: { axis: XAxis; scale: AxisScale; how: Smoothing; curves: readonly Curve[] } | null = null;

  get is_empty(): boolean {
    return this.latest.list.length === 0;
  }

  clear(): void {
    this.latest = NOTHING;
    this.drawn = null;
  }

  /** `is_whole`: wider is not to be had. */
  take(answers: readonly (Scalars | null)[], ask: CurvesAsk, is_whole: boolean): void {
    this.latest = answered(answers, ask);
    if (is_whole || this.latest.line !== this.widest.line || isWider(this.latest, this.widest)) {
      this.widest = this.latest;
    }
    this.drawn = null;
  }

  /** What surrounds the latest answer, if it is about the same lines. */
  takeAround(answers: readonly (Scalars | null)[], ask: CurvesAsk): void {
    const around = answered(answers, ask);
    if (around.line !== this.latest.line) return;
    this.widest = around;
    this.drawn = null;
  }

  /** Nothing is known outside of the range that was asked for last. */
  get is_alone(): boolean {
    return this.widest === this.latest;
  }

  /** Whether there is something to draw along this axis: what another tag has comes only when it was asked for. */
  has(axis: XAxis): boolean {
    return !this.is_empty && (axis === this.latest.x || xTag(axis) === null);
  }

  /** The same curves as before as long as nothing has changed. */
  curves(axis: XAxis, scale: AxisScale, how: Smoothing): readonly Curve[] {
    const { drawn } = this;
    if (drawn?.axis === axis && drawn.how === how && isSameScale(drawn.scale, scale)) return drawn.curves;
    this.drawn = { axis, scale, how, curves: this.make(axis, scale, how) };
    return this.drawn.curves;
  }

  private make(axis: XAxis, scale: AxisScale, how: Smoothing): Curve[] {
    if (!this.has(axis)) return [];
    const { latest, widest } = this;
    const make = ({ run_key, tag, scalars }: Answer) => makeCurve(run_key, scalars, axis, tag, scale);
    const curves = latest.list.map(make);
    // Of the other kinds the line as it was stands for a moment.
    if (how !== latest.smoothing) return typeof how === "number" ? curves.map((c) => resmoothed(c, how)) : curves;
    if (widest === latest || widest.line !== latest.line) return curves;
    const around = new Map(widest.list.map((answer) => [nameOf(answer), make(answer)]));
    return curves.map((curve) => surrounded(curve, around.get(nameOf(curve))));
  }
}

function answered(answers: readonly (Scalars | null)[], ask: CurvesAsk): Answered {
  const list: Answer[] = [];
  for (const [i, scalars] of answers.entries()) {
    const name = ask.series[i];
    if (!scalars || !name) continue;
    const ours = withClockSet(scalars, clocks_ahead_s.peek().get(name.source) ?? 0);
    list.push({ run_key: `${name.source}\n${name.run}`, tag: name.tag, scalars: ours });
  }
  const { x, x_scale, smoothing, restarts } = ask;
  return { line: JSON.stringify([x, x_scale, smoothing, restarts]), x, range: ask.range ?? [0, 0], smoothing, list };
}

function nameOf({ run_key, tag }: { run_key: string; tag: string }): string {
  return `${run_key}\n${tag}`;
}

function isWider({ range: a }: Answered, { range: b }: Answered): boolean {
  return a[1] - a[0] >= b[1] - b[0];
}
