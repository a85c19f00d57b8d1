/** What follows from the pointer's being at a place of a chart: a line is lifted, a tooltip says what is near. */
import { batch } from "@preact/signals";
import { hover, NO_HOVER, type TipResume, tip } from "../state/hover";
import { MAX_RESUMES, MAX_ROWS, type Near, tipRow } from "./nearest";

/** A line farther from the cursor than this is not lifted. */
const LIFT_WITHIN_PX = 48;

export interface PointedAt {
  /** As written, whatever the scale of the axis. */
  x: number;
  /** Sorted by distance. */
  near: Near[];
  resumes: TipResume[];
  client_left: number;
  client_top: number;
}

/** Null: the pointer has left the chart of this card. */
export function pointAt(card: string, at: PointedAt | null): void {
  batch(() => {
    if (!at) {
      if (hover.peek().card === card) hover.value = NO_HOVER;
      if (tip.peek()?.card === card) tip.value = null;
      return;
    }
    const [nearest] = at.near;
    const lifted = nearest && nearest.distance_px < LIFT_WITHIN_PX * devicePixelRatio ? nearest.curve.run_key : null;
    hover.value = { run_key: lifted, card, x: at.x };
    if (at.near.length === 0) {
      tip.value = null;
      return;
    }
    const rows = at.near.slice(0, MAX_ROWS).map(tipRow);
    const more = Math.max(0, at.near.length - MAX_ROWS);
    const resumes = at.resumes.slice(0, MAX_RESUMES);
    const more_resumes = at.resumes.length - resumes.length;
    tip.value = { card, rows, more, resumes, more_resumes, left: at.client_left, top: at.client_top };
  });
}
