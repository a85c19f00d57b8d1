/** Tags and which runs have them, in columns (docs/http-api.md, GET /api/tags). */
import { askJson } from "./request";
import { answered } from "./run";
import { array, InvalidAnswer, nullable, number, object, optional, type Read, type Reader, string } from "./validate";

const numbers = array(nullable(number));

const tag = object({
  tag: string,
  kind: string,
  plugin: optional(string, ""),
  display_name: optional(string, ""),
  description: optional(string, ""),
  run: array(number),
  points: numbers,
  superseded: numbers,
  first_step: numbers,
  last_step: numbers,
  min_step: numbers,
  max_step: numbers,
  first_wall_time_s: numbers,
  last_wall_time_s: numbers,
  last_value: optional(numbers, []),
  nan: optional(numbers, []),
  inf: optional(numbers, []),
  last_non_finite_step: optional(numbers, []),
});

const shape = object({
  runs: array(string),
  run_source: array(string),
  tags: array(tag),
  sources: optional(answered, new Map()),
});

export type TagEntry = Read<typeof tag>;
export type TagsAnswer = Read<typeof shape>;

/** Beside the types: each column is as long as `run`, and each entry of `run` points into `runs`. */
export const tags: Reader<TagsAnswer> = (value, path) => {
  const answer = shape(value, path);
  if (answer.run_source.length !== answer.runs.length) throw new InvalidAnswer(`${path}.run_source`, "as long as runs");
  for (const [i, entry] of answer.tags.entries()) checkColumns(entry, answer.runs.length, `${path}.tags[${i}]`);
  return answer;
};

function checkColumns(entry: TagEntry, run_count: number, path: string): void {
  const { run, points, superseded, first_step, last_step, min_step, max_step } = entry;
  const columns = [points, superseded, first_step, last_step, min_step, max_step];
  columns.push(entry.first_wall_time_s, entry.last_wall_time_s);
  const { last_value, nan, inf, last_non_finite_step } = entry;
  columns.push(...[last_value, nan, inf, last_non_finite_step].filter((column) => column.length > 0));
  if (columns.some((column) => column.length !== run.length)) throw new InvalidAnswer(path, "columns of one length");
  if (run.some((r) => !Number.isInteger(r) || r < 0 || r >= run_count)) {
    throw new InvalidAnswer(`${path}.run`, "a list of places in runs");
  }
}

export function getTags(signal?: AbortSignal): Promise<TagsAnswer> {
  return askJson("/api/tags", tags, signal ? { signal } : {});
}
