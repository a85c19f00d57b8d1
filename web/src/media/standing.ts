/** Where each run stands at a step: at its newest value that is not later, or at several that have the same step. */
import { placesAt, type RunSteps } from "../state/steps";

export interface Stand {
  of: RunSteps;
  place: number;
  /** 0: the newest at this step. */
  nth: number;
}

/** Who tells no steps writes all at one. */
const MOST_AT_A_STEP = 100;

/** `not_yet`: the runs that have nothing at the step or before it. */
export function standing(runs: readonly RunSteps[], step: number | null): { at: Stand[]; not_yet: RunSteps[] } {
  const at: Stand[] = [];
  const not_yet: RunSteps[] = [];
  for (const of of runs) {
    const places = placesAt(of.step, step, MOST_AT_A_STEP);
    if (places.length === 0) not_yet.push(of);
    for (const [nth, place] of places.entries()) at.push({ of, place, nth });
  }
  return { at, not_yet };
}
