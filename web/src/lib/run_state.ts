/** How a run is: from what was written when, and from what its session said at its end. */

/** `unknown`: it was running when its machine was last heard of, or nothing about it is known. */
export type RunState = "running" | "stalled" | "finished" | "failed" | "unknown";

export interface RunSigns {
  /** When something was last written, by the clock of its machine; null when that is not known. */
  written_at_s: number | null;
  /** The same clock now, or when the machine was last heard of. */
  until_s: number;
  is_reachable: boolean;
  /** The usual pause between two points of a tag; null with fewer than two. */
  pause_s: number | null;
  /** What its session said at its end, if it did. */
  ended: "success" | "failure" | null;
}

/** Writers hand over what they have every two minutes at the latest; a shorter silence says nothing. */
const SILENCE_LEAST_S = 150;
/** A run that is silent for this many of its usual pauses has stalled … */
const PAUSES_UNTIL_STALLED = 10;
/** … and for this long, and this many, it is taken to have ended without saying so. */
const SILENCE_OF_ENDED_S = 3600;
const PAUSES_UNTIL_ENDED = 50;

export function runState(signs: RunSigns): RunState {
  if (signs.ended !== null) return signs.ended === "success" ? "finished" : "failed";
  if (signs.written_at_s === null) return "unknown";
  const silence_s = signs.until_s - signs.written_at_s;
  const pause_s = signs.pause_s ?? 0;
  if (silence_s < Math.max(SILENCE_LEAST_S, PAUSES_UNTIL_STALLED * pause_s)) {
    return signs.is_reachable ? "running" : "unknown";
  }
  return silence_s < Math.max(SILENCE_OF_ENDED_S, PAUSES_UNTIL_ENDED * pause_s) ? "stalled" : "finished";
}

export interface Mark {
  wall_time_s: number;
  step: number;
}

/** Marks older than this before the newest say how fast it was, not how fast it is. */
const TRAIL_S = 120;
const TRAIL_LEAST_S = 2;

/** The trail with one more mark, without those of long ago; a step back begins it anew. */
export function lengthened(trail: readonly Mark[], mark: Mark): readonly Mark[] {
  const last = trail.at(-1);
  if (last && mark.wall_time_s <= last.wall_time_s) return trail;
  if (last && mark.step < last.step) return [mark];
  return [...trail.filter((old) => mark.wall_time_s - old.wall_time_s <= TRAIL_S), mark];
}

/** Steps per second along a trail; null when it is too short to tell. */
export function speedOf(trail: readonly Mark[]): number | null {
  const [first, last] = [trail[0], trail.at(-1)];
  if (!first || !last) return null;
  const span_s = last.wall_time_s - first.wall_time_s;
  return span_s < TRAIL_LEAST_S ? null : (last.step - first.step) / span_s;
}
