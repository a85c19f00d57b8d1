/** Which points the tooltip shows for a place on a chart, nearest line first. */
import type { TipRow } from "../state/hover";
import { type Curve, heightAt, nearestIndex } from "./curve";
import { type Mapping, type Maps, mapOf } from "./scale";

export const MAX_ROWS = 12;
export const MAX_RESUMES = 4;

export interface Near {
  curve: Curve;
  index: number;
  distance_px: number;
}

/** Every curve's point at `x`, sorted by how far its line is from the pixel (`px`, `py`). */
export function nearestPoints(curves: readonly Curve[], maps: Maps, x: number, px: number, py: number): Near[] {
  const found: Near[] = [];
  for (const curve of curves) {
    const index = nearestIndex(curve, x);
    if (index < 0) continue;
    found.push({ curve, index, distance_px: distanceTo(curve, index, mapOf(maps, curve), x, px, py) });
  }
  return found.sort((a, b) => a.distance_px - b.distance_px);
}

/** Along y where the line passes the cursor; to its end where it does not reach so far. */
function distanceTo(curve: Curve, index: number, map: Mapping, x: number, px: number, py: number): number {
  const first = curve.x[0] as number;
  const last = curve.x[curve.x.length - 1] as number;
  const inside = !curve.ordered || (x >= first && x <= last);
  const height = map.py(inside ? heightAt(curve, x) : (curve.line[index] as number));
  const dy = Number.isFinite(height) ? height - py : map.box.height;
  const dx = inside ? 0 : map.px(curve.x[index] as number) - px;
  return Math.hypot(dx, dy);
}

export function tipRow({ curve, index }: Near): TipRow {
  const value = curve.value[index] as number;
  const wall_time_s = curve.wall_time[index] as number;
  return {
    run_key: curve.run_key,
    tag: curve.tag,
    step: curve.step[index] as number,
    wall_time_s,
    relative_s: wall_time_s - curve.first_wall_time_s,
    value,
    smoothed: curve.line === curve.value ? null : (curve.line[index] as number),
    x: curve.x_value[index] as number,
    superseded: curve.superseded?.[index] === 1,
    group_size: curve.spread ? (curve.spread.n[index] ?? Number.NaN) : null,
    band: bandAt(curve, index),
  };
}

function bandAt({ edges, x }: Curve, index: number): TipRow["band"] {
  if (!edges) return null;
  const place = edges.x === x ? index : edges.x.indexOf(x[index] as number);
  return { low: edges.low[place] ?? Number.NaN, high: edges.high[place] ?? Number.NaN };
}
