/** How each run is right now, and how fast it comes forward. */
import { type RunState, runState, speedOf } from "../lib/run_state";
import { formatAge } from "../lib/time";
import type { Run } from "./board";
import { now_s } from "./clock";
import { hub_gone_since_s } from "./live";
import { sources, toneOf } from "./sources";

export function stateOf(run: Run): RunState {
  const source = sources.value.find((s) => s.source === run.source);
  if (!source) return "unknown";
  const is_reachable = hub_gone_since_s.value === null && (toneOf(source) === "ok" || toneOf(source) === "busy");
  const until_s = is_reachable ? now_s.value : (source.last_heard_at_s ?? now_s.value);
  return runState({
    written_at_s: run.modified_at_s ?? run.last_wall_time_s,
    until_s: until_s + source.clock_correction_s,
    is_reachable,
    pause_s: pauseOf(run),
    ended: endOf(run),
  });
}

function endOf({ ended }: Run): "success" | "failure" | null {
  return ended?.status === "success" || ended?.status === "failure" ? ended.status : null;
}

/** The usual pause between two points of one tag. */
function pauseOf(run: Run): number | null {
  if (run.first_wall_time_s === null || run.last_wall_time_s === null) return null;
  const pauses = run.points / Math.max(1, run.tags) - 1;
  return pauses < 1 ? null : (run.last_wall_time_s - run.first_wall_time_s) / pauses;
}

/** Steps per second: of late when it is growing, else over its whole time. */
export function speedNow(run: Run): number | null {
  const recent = speedOf(run.trail);
  if (recent !== null) return recent;
  const { first_step, last_step, first_wall_time_s, last_wall_time_s } = run;
  if (first_step === null || last_step === null || first_wall_time_s === null || last_wall_time_s === null) return null;
  const span_s = last_wall_time_s - first_wall_time_s;
  return span_s > 0 && last_step > first_step ? (last_step - first_step) / span_s : null;
}

/** What a state means, in words. `silence_s`: since when nothing was written. */
export function stateInWords(state: RunState, silence_s: number | null): string {
  const silent = silence_s === null ? "" : ` for ${formatAge(silence_s)}`;
  switch (state) {
    case "running":
      return "running: points keep coming";
    case "stalled":
      return `stalled: nothing was written${silent}, much longer than usual`;
    case "finished":
      return `finished: nothing was written${silent}`;
    case "failed":
      return "failed: so its session said";
    case "unknown":
      return "unknown: its machine is out of reach, or it has written nothing yet";
  }
}
