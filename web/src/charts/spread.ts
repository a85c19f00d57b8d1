/** How far the runs of a group lie apart, along the group's mean. */
import type { Spread } from "../api/bands";
import type { BandKind } from "../state/groups";
import type { Paper, Style } from "./draw";
import type { Mapping } from "./scale";

export interface Edges {
  /** Places on the x axis; those of the line's points are among them. */
  x: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

export function edgesOf(x: Float64Array, mean: Float64Array, spread: Spread, kind: BandKind): Edges | null {
  if (kind === "none") return null;
  if (kind === "range") return { x, low: spread.min, high: spread.max };
  const half = mean.map((_, i) => halfWidth(spread, i, kind));
  const low = mean.map((at, i) => at - (half[i] as number));
  const high = mean.map((at, i) => at + (half[i] as number));
  return { x, low, high };
}

/** 0 where there is one run alone: it has no spread. */
function halfWidth({ n, m2 }: Spread, i: number, kind: "std" | "error"): number {
  const count = n[i] as number;
  if (count < 2) return 0;
  const std = Math.sqrt((m2[i] as number) / (count - 1));
  return kind === "std" ? std : std / Math.sqrt(count);
}

/** Fills between the edges; where one of them has no place on the axis the band is left out. */
export function fillBand(paper: Paper, { x, low, high }: Edges, map: Mapping, style: Style): void {
  paper.fillStyle = style.colour;
  paper.globalAlpha = style.alpha;
  const floor = map.box.top + map.box.height;
  let from = 0;
  for (let i = 0; i <= x.length; i++) {
    const is_there = i < x.length && Number.isFinite(map.py(high[i] as number));
    if (is_there) continue;
    if (i - from > 1) fillPart(paper, x, low, high, map, from, i, floor);
    from = i + 1;
  }
}

function fillPart(
  paper: Paper,
  x: Float64Array,
  low: Float64Array,
  high: Float64Array,
  map: Mapping,
  from: number,
  to: number,
  floor: number,
): void {
  paper.beginPath();
  for (let i = from; i < to; i++) {
    const px = map.px(x[i] as number);
    const py = map.py(high[i] as number);
    if (i === from) paper.moveTo(px, py);
    else paper.lineTo(px, py);
  }
  for (let i = to - 1; i >= from; i--) {
    const py = map.py(low[i] as number);
    // On a logarithmic axis the band goes down for ever where its lower edge is not above zero.
    paper.lineTo(map.px(x[i] as number), Number.isFinite(py) ? py : floor);
  }
  paper.fill();
}
