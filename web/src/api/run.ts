/** Runs (docs/http-api.md, GET /api/runs). */
import { askJson } from "./request";
import { array, nullable, number, object, optional, type Read, record, string } from "./validate";

const run = object({
  source: string,
  run: string,
  files: optional(number, 0),
  bytes: optional(number, 0),
  points: optional(number, 0),
  superseded: optional(number, 0),
  tags: optional(number, 0),
  first_step: nullable(number),
  last_step: nullable(number),
  first_wall_time_s: nullable(number),
  last_wall_time_s: nullable(number),
  modified_at_s: nullable(number),
  restarts: optional(number, 0),
  ended: nullable(object({ status: string, at_s: nullable(number) })),
});

export const answered = record(object({ epoch: string, version: number }));
export type Answered = Read<typeof answered>;

const runs = object({ runs: array(run), sources: optional(answered, new Map()) });

export type RunEntry = Read<typeof run>;

export function getRuns(signal?: AbortSignal): Promise<Read<typeof runs>> {
  return askJson("/api/runs", runs, signal ? { signal } : {});
}
