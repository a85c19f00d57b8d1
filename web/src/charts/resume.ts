/** Where runs go on after restarts: a notch on the x axis in the run's colour, and which are near the pointer. */
import type { TipResume } from "../state/hover";
import type { Curve } from "./curve";
import type { Paper, Style } from "./draw";
import type { Mapping } from "./scale";

/** In CSS pixels. */
const NOTCH_PX = { width: 2, height: 8 };
/** Closer ones of a run are one notch. */
const APART_PX = 3;
const REACH_PX = 6;

/** `ratio`: device pixels per CSS pixel. */
export function markResumes(paper: Paper, curve: Curve, map: Mapping, style: Style, ratio: number): void {
  const [width, height] = [NOTCH_PX.width * ratio, NOTCH_PX.height * ratio];
  const bottom = map.box.top + map.box.height;
  let last_px = Number.NEGATIVE_INFINITY;
  paper.fillStyle = style.colour;
  paper.globalAlpha = 1;
  for (const { at } of curve.resumes) {
    const px = map.px(at);
    if (!(at >= map.x[0] && at <= map.x[1]) || Math.abs(px - last_px) < APART_PX * ratio) continue;
    last_px = px;
    paper.fillRect(px - width / 2, bottom - height, width, height);
  }
}

/** Those close to the pixel `px` along x. */
export function resumesNear(curves: readonly Curve[], map: Mapping, px: number, ratio: number): TipResume[] {
  return curves.flatMap(({ run_key, tag, resumes }) =>
    resumes
      .filter(({ at }) => at >= map.x[0] && at <= map.x[1] && Math.abs(map.px(at) - px) <= REACH_PX * ratio)
      .map(({ step, superseded }) => ({ run_key, tag, step, superseded })),
  );
}
