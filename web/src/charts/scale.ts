/** From values to places on a chart: the scales of its axes, the y domain of what is drawn, and the map to pixels. */
import { EMPTY, isEmpty, padded, quantiles, type Span, union } from "../lib/extent";
import type { Curve } from "./curve";

const Y_ROOM = 0.05;
const Y_NOTHING: Span = [0, 1];

/**
 * How an axis divides its room. `symlog` is logarithmic in both directions from zero, and straight about it: from
 * minus to plus its threshold, as the engine has it.
 */
export type AxisScale = "linear" | "log" | { symlog: number };

export interface YWish {
  scale: AxisScale;
  clip_percent: number;
}

/** On a logarithmic axis a chart works in decimal logarithms throughout; NaN for what it has no place for. */
export function toAxis(value: number, scale: AxisScale): number {
  if (scale === "linear") return value;
  if (scale === "log") return value > 0 ? Math.log10(value) : Number.NaN;
  return Math.asinh(value / scale.symlog) / Math.LN10;
}

export function fromAxis(at: number, scale: AxisScale): number {
  if (scale === "linear") return at;
  if (scale === "log") return 10 ** at;
  return Math.sinh(at * Math.LN10) * scale.symlog;
}

/** Decades between the greatest size and the straight part of a symlog axis. */
const SYMLOG_DECADES = 4;

const symlogs = new WeakMap<readonly Curve[], AxisScale>();

/** A threshold that fits what is shown; by powers of ten, so that it seldom changes. Measured once for a list. */
export function symlogOf(curves: readonly Curve[]): AxisScale {
  const scale = symlogs.get(curves) ?? measureSymlog(curves);
  symlogs.set(curves, scale);
  return scale;
}

function measureSymlog(curves: readonly Curve[]): AxisScale {
  let size = 0;
  for (const { value } of curves) {
    for (const each of value) if (Number.isFinite(each)) size = Math.max(size, Math.abs(each));
  }
  return symlogFor(size);
}

/** A threshold for an axis that goes as far as `size` from 0. */
export function symlogFor(size: number): AxisScale {
  return { symlog: size > 0 ? 10 ** (Math.ceil(Math.log10(size)) - SYMLOG_DECADES) : 1 };
}

/** The values of a span in axis units. */
export function valuesOf([from, to]: Span, scale: AxisScale): Span {
  return [fromAxis(from, scale), fromAxis(to, scale)];
}

export function isSameScale(a: AxisScale, b: AxisScale): boolean {
  return typeof a === "object" && typeof b === "object" ? a.symlog === b.symlog : a === b;
}

/** A span of values in axis units; null where the axis has no place for it. */
export function axisSpan([from, to]: Span, scale: AxisScale): Span | null {
  const span: Span = [toAxis(from, scale), toAxis(to, scale)];
  return Number.isFinite(span[0]) && Number.isFinite(span[1]) ? span : null;
}

/** The y domain, in axis units, of everything the curves show between `from` and `to`. */
export function yDomain(curves: readonly Curve[], range: Span, wish: YWish): Span {
  let span: Span = EMPTY;
  const values: number[] = [];
  for (const curve of curves) {
    const smoothed = curve.line !== curve.value;
    const [line, raw] = [spanWithin(curve, curve.line, range, wish.scale), curve.value];
    if (curve.edges) {
      const { low, high } = curve.edges;
      for (const edge of [low, high]) span = union(span, spanWithin(curve.edges, edge, range, wish.scale));
    }
    if (wish.clip_percent === 0) span = union(span, union(line, spanWithin(curve, raw, range, wish.scale)));
    else {
      if (smoothed) span = union(span, line);
      collectWithin(curve, raw, range, wish.scale, values);
    }
  }
  if (wish.clip_percent > 0) {
    const share = wish.clip_percent / 100;
    span = union(span, quantiles(values, share, 1 - share));
  }
  if (isEmpty(span)) return Y_NOTHING;
  return padded(span, Y_ROOM);
}

function spanWithin({ x }: Pick<Curve, "x">, values: Float64Array, [from, to]: Span, scale: AxisScale): Span {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const at = x[i] as number;
    if (at < from || at > to) continue;
    const value = values[i] as number;
    if (!Number.isFinite(value) || (scale === "log" && value <= 0)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least <= greatest ? [toAxis(least, scale), toAxis(greatest, scale)] : EMPTY;
}

function collectWithin({ x }: Curve, values: Float64Array, [from, to]: Span, scale: AxisScale, into: number[]): void {
  for (let i = 0; i < values.length; i++) {
    const at = x[i] as number;
    const value = values[i] as number;
    if (at < from || at > to || !Number.isFinite(value) || (scale === "log" && value <= 0)) continue;
    into.push(toAxis(value, scale));
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
    readonly scale: AxisScale,
  ) {
    this.kx = box.width / (x[1] - x[0]);
    this.ky = box.height / (y[1] - y[0]);
  }

  px(x: number): number {
    return this.box.left + (x - this.x[0]) * this.kx;
  }

  /** NaN for what a logarithmic axis cannot show. */
  py(value: number): number {
    const at = this.scale === "linear" ? value : toAxis(value, this.scale);
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
