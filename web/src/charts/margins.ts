/** Lines with a band whose edges are tags of their own: the margin charts of custom scalars. */
import { type Curve, heightAt } from "./curve";
import type { Edges } from "./spread";

export interface Margin {
  value: string;
  lower: string;
  upper: string;
}

/** The lines of the values alone, each run's with its own edges; without a band where a run lacks one of them. */
export function withMargins(
  curves: readonly Curve[],
  margins: readonly Margin[],
  dashes: readonly (readonly number[])[],
): Curve[] {
  const by_name = new Map(curves.map((curve) => [`${curve.run_key}\n${curve.tag}`, curve]));
  return margins.flatMap(({ value, lower, upper }, i) =>
    curves
      .filter(({ tag }) => tag === value)
      .map((curve): Curve => {
        const [low, high] = [lower, upper].map((tag) => by_name.get(`${curve.run_key}\n${tag}`));
        const dash = dashes[i % dashes.length] ?? [];
        const edges = low && high ? bandOf(placesOf([curve, low, high]), low, high) : null;
        return { ...curve, dash, edges };
      }),
  );
}

/** Every place at which one of them has a point: an edge has its own least and greatest values of each pixel column. */
function placesOf(curves: readonly Curve[]): Float64Array {
  const places = new Set(curves.flatMap(({ x }) => [...x]));
  return Float64Array.from(places).sort();
}

/** A place without one of the edges has neither. */
function bandOf(x: Float64Array, lower: Curve, upper: Curve): Edges {
  const [low, high] = [along(lower, x), along(upper, x)];
  const both = (edge: Float64Array, other: Float64Array) =>
    edge.map((at, i) => (Number.isNaN(other[i]) ? Number.NaN : at));
  return { x, low: both(low, high), high: both(high, low) };
}

/** The heights of an edge at these places; NaN beyond its ends. */
function along(edge: Curve, x: Float64Array): Float64Array {
  const [first, last] = [edge.x[0] ?? Number.NaN, edge.x.at(-1) ?? Number.NaN];
  return x.map((at) => (at >= first && at <= last ? heightAt(edge, at) : Number.NaN));
}
