/** Answers of the hub made for tests: a line that rises by one every ten steps. */
import type { Scalars } from "../../src/api/scalars";

export function scalars(change: Partial<Scalars> = {}): Scalars {
  const step = change.step ?? Float64Array.of(0, 10, 20, 30);
  return {
    id: 0,
    points: step.length,
    superseded_points: 0,
    exact: true,
    first_wall_time_s: 1000,
    step,
    wall_time: step.map((s) => 1000 + s / 2),
    value: step.map((s) => s / 10),
    smoothed: new Float64Array(0),
    superseded: new Uint8Array(0),
    x: new Float64Array(0),
    resumes: [],
    ...change,
  };
}
