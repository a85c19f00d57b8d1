/** All the lines of a chart, on the page as in a picture that is saved. */
import type { Curve } from "./curve";
import { dotPoints, markNonFinite, type Paper, type Style, strokeCurve } from "./draw";
import { markResumes } from "./resume";
import { type Maps, mapOf } from "./scale";
import { fillBand } from "./spread";

const BAND_ALPHA = 0.16;
const RAW_ALPHA = 0.22;
const RAW_WIDTH_PX = 1;
const LINE_WIDTH_PX = 1.5;
const SMOOTHED_DOT_ALPHA = 0.5;

export interface Inks {
  ink: string;
  colours: ReadonlyMap<string, string>;
}

/** The original faintly under the smoothed lines; `ratio`: device pixels per CSS pixel. */
export function drawLines(paper: Paper, curves: readonly Curve[], maps: Maps, inks: Inks, ratio: number): void {
  for (const curve of curves) {
    if (!curve.edges) continue;
    fillBand(paper, curve.edges, mapOf(maps, curve), styleOf(curve, inks, 0, BAND_ALPHA, ratio));
  }
  for (const curve of curves) {
    if (curve.line === curve.value) continue;
    strokeCurve(paper, curve, curve.value, mapOf(maps, curve), styleOf(curve, inks, RAW_WIDTH_PX, RAW_ALPHA, ratio));
  }
  for (const curve of curves) {
    const map = mapOf(maps, curve);
    const style = styleOf(curve, inks, LINE_WIDTH_PX, 1, ratio);
    const dots = { ...style, alpha: curve.line === curve.value ? 1 : SMOOTHED_DOT_ALPHA };
    strokeCurve(paper, curve, curve.line, map, style);
    dotPoints(paper, curve, curve.value, map, dots, ratio);
    markNonFinite(paper, curve, map, style, ratio);
    markResumes(paper, curve, map, style, ratio);
  }
}

export function styleOf(curve: Curve, { ink, colours }: Inks, width_px: number, alpha: number, ratio: number): Style {
  const dash = curve.dash.map((length) => length * ratio);
  return { colour: colours.get(curve.run_key) ?? ink, width_px: width_px * ratio, alpha, dash };
}
