/** From values to places on a chart: the y domain of what is drawn, and the map to pixels. */
import { EMPTY, isEmpty, padded, quantiles, type Span, union } from "../lib/extent";
import type { Curve } from "./curve";

const Y_ROOM = 0.05;
const Y_NOTHING: Span = [0, 1];

export interface YWish {
  log: boolean;
  clip_percent: number;
}

/** On a logarithmic axis a chart works in decimal logarithms throughout. */
export function toAxis(value: number, log: boolean): number {
  return log ? Math.log10(value) : value;
}

export function fromAxis(at: number, log: boolean): number {
  return log ? 10 ** at : at;
}

/** A span of values in axis units; null where the axis has no place for it. */
export function axisSpan([from, to]: Span, log: boolean): Span | null {
  const span: Span = [toAxis(from, log), toAxis(to, log)];
  return Number.isFinite(span[0]) && Number.isFinite(span[1]) ? span : null;
}

/** The y domain, in axis units, of everything the curves show between `from` and `to`. */
export function yDomain(curves: readonly Curve[], range: Span, wish: YWish): Span {
  let span: Span = EMPTY;
  const values: number[] = [];
  for (const curve of curves) {
    const smoothed = curve.line !== curve.value;
    const [line, raw] = [spanWithin(curve, curve.line, range, wish.log), curve.value];
    for (const edge of curve.edges ? [curve.edges.low, curve.edges.high] : []) {
      span = union(span, spanWithin(curve, edge, range, wish.log));
    }
    if (wish.clip_percent === 0) span = union(span, union(line, spanWithin(curve, raw, range, wish.log)));
    else {
      if (smoothed) span = union(span, line);
      collectWithin(curve, raw, range, wish.log, values);
    }
  }
  if (wish.clip_percent > 0) {
    const share = wish.clip_percent / 100;
    span = union(span, quantiles(values, share, 1 - share));
  }
  if (isEmpty(span)) return Y_NOTHING;
  return padded(span, Y_ROOM);
}

function spanWithin({ x }: Curve, values: Float64Array, [from, to]: Span, log: boolean): Span {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const at = x[i] as number;
    if (at < from || at > to) continue;
    const value = values[i] as number;
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least <= greatest ? [toAxis(least, log), toAxis(greatest, log)] : EMPTY;
}

function collectWithin({ x }: Curve, values: Float64Array, [from, to]: Span, log: boolean, into: number[]): void {
  for (let i = 0; i < values.length; i++) {
    const at = x[i] as number;
    const value = values[i] as number;
    if (at < from || at > to || !Number.isFinite(value) || (log && value <= 0)) continue;
    into.push(toAxis(value, log));
  }
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A linear map from axis units to the pixels of a box; y grows upwards. */
export class Mapping {
  private readonly kx: number;
  private readonly ky: number;

  constructor(
    readonly box: Box,
    readonly x: Span,
    readonly y: Span,
    readonly log: boolean,
  ) {
    this.kx = box.width / (x[1] - x[0]);
    this.ky = box.height / (y[1] - y[0]);
  }

  px(x: number): number {
    return this.box.left + (x - this.x[0]) * this.kx;
  }

  /** NaN for what a logarithmic axis cannot show. */
  py(value: number): number {
    const at = this.log ? (value > 0 ? Math.log10(value) : Number.NaN) : value;
    return this.box.top + this.box.height - (at - this.y[0]) * this.ky;
  }
}

/** The same box with an axis on each side. */
export interface Maps {
  left: Mapping;
  right: Mapping;
}

export function mapOf({ left, right }: Maps, curve: Curve): Mapping {
  return curve.right ? right : left;
}
