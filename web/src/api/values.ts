/** POST /api/values: what stands behind points that are no scalars, and at which steps there are any. */
import { askJson } from "./request";
import type { Restarts, SeriesName } from "./scalars";
import { array, number, object, optional, type Read, type Reader, string } from "./validate";

export interface ValuesName extends SeriesName {
  id: number;
  kind: string;
}

export interface ValuesAsk {
  series: ValuesName[];
  restarts?: Restarts;
  /** Steps, both ends inside; null: all. */
  range?: readonly [number, number] | null;
  limit?: number;
  /** Only where there are values, none of them is read. */
  steps_only?: boolean;
}

const steps = object({
  id: number,
  /** In the range, before any are left out. */
  points: number,
  superseded_points: optional(number, 0),
  step: array(number),
  wall_time: array(number),
  superseded: optional(array(number), []),
});

export type StepsOf = Read<typeof steps>;

/** What could not be read, and why. */
export interface ValueError {
  code: string;
  message: string;
}

const failed = object({ error: object({ code: string, message: string }) });

/** One value as `reader` has it, or why there is none. */
export type Value<T> = { ok: T; error: null } | { ok: null; error: ValueError };

export interface ValuesOf<T> extends StepsOf {
  value: Value<T>[];
}

function either<T>(reader: Reader<T>): Reader<Value<T>> {
  return (value, path) => {
    if (typeof value === "object" && value !== null && Object.hasOwn(value, "error")) {
      return { ok: null, error: failed(value, path).error };
    }
    return { ok: reader(value, path), error: null };
  };
}

/** Only the steps, of every value. */
export async function postSteps(ask: ValuesAsk, signal?: AbortSignal): Promise<StepsOf[]> {
  const body = { ...ask, steps_only: true };
  const shape = object({ series: array(steps) });
  return (await askJson("/api/values", shape, { method: "POST", body, ...(signal ? { signal } : {}) })).series;
}

/** `reader`: for one value of the kind that is asked for. */
export async function postValues<T>(ask: ValuesAsk, reader: Reader<T>, signal?: AbortSignal): Promise<ValuesOf<T>[]> {
  const values = object({ value: array(either(reader)) });
  const series: Reader<ValuesOf<T>> = (value, path) => ({ ...steps(value, path), ...values(value, path) });
  const shape = object({ series: array(series) });
  return (await askJson("/api/values", shape, { method: "POST", body: ask, ...(signal ? { signal } : {}) })).series;
}
