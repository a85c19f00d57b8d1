/** POST /api/histograms: histograms over time at the resolution of a picture. */
import { askJson } from "./request";
import type { Restarts, SeriesName } from "./scalars";
import { array, boolean, InvalidAnswer, number, object, optional, type Reader, string } from "./validate";
import type { XAxis } from "./x_axis";

export interface HistogramsAsk {
  series: (SeriesName & { id: number })[];
  x: XAxis;
  range: readonly [number, number] | null;
  columns: number;
  bins: number;
  y_range: readonly [number, number] | null;
  restarts: Restarts;
}

/** One series; what is told of columns has as many entries as there are columns with something in them. */
export interface Histograms {
  id: number;
  /** In the range, those that could not be read included. */
  histograms: number;
  superseded_points: number;
  /** How many could not be read, and why the first could not. */
  errors: { n: number; first: string };
  /** Each histogram is a column of its own. */
  exact: boolean;
  /** The values that the bins divide. */
  y_range: readonly [number, number];
  x_first: Float64Array;
  x_last: Float64Array;
  step_first: Float64Array;
  step_last: Float64Array;
  wall_time_first: Float64Array;
  wall_time_last: Float64Array;
  /** How many histograms are added up in a column. */
  n: Float64Array;
  /** Bin by bin, for each column. */
  counts: Float64Array[];
  below: Float64Array;
  above: Float64Array;
  /** NaN where nothing is counted. */
  min: Float64Array;
  max: Float64Array;
  /** At `PERCENTILES`, for each column. */
  percentiles: Float64Array[];
}

/** Of each column, in percent: those of a normal distribution at whole standard deviations and halves, as TensorBoard has them. */
export const PERCENTILES = [0, 6.68, 15.87, 30.85, 50, 69.15, 84.13, 93.32, 100] as const;

const WORDS: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** Long lists of numbers: no path is made for each of them. */
const floats: Reader<Float64Array> = (value, path) => {
  if (!Array.isArray(value)) throw new InvalidAnswer(path, "a list");
  const out = new Float64Array(value.length);
  for (let i = 0; i < out.length; i++) {
    const item: unknown = value[i];
    if (typeof item === "number") out[i] = item;
    else if (item === null) out[i] = Number.NaN;
    else if (typeof item === "string" && Object.hasOwn(WORDS, item)) out[i] = WORDS[item] ?? Number.NaN;
    else throw new InvalidAnswer(`${path}[${i}]`, "a number");
  }
  return out;
};

const rows = array(floats);

const shape = object({
  id: number,
  histograms: number,
  superseded_points: optional(number, 0),
  errors: optional(object({ n: number, first: string }), { n: 0, first: "" }),
  exact: boolean,
  y_range: floats,
  column_x: rows,
  column_step: rows,
  column_wall_time: rows,
  n: floats,
  counts: rows,
  below: floats,
  above: floats,
  min: floats,
  max: floats,
  percentiles: rows,
});

const histograms: Reader<Histograms> = (value, path) => {
  const { column_x, column_step, column_wall_time, y_range, ...rest } = shape(value, path);
  const { n, counts, below, above, min, max, percentiles } = rest;
  const lists = [column_x, column_step, column_wall_time, counts, below, above, min, max, percentiles];
  if (lists.some((list) => list.length !== n.length)) throw new InvalidAnswer(path, "columns of one length");
  if (percentiles.some((row) => row.length !== PERCENTILES.length)) {
    throw new InvalidAnswer(`${path}.percentiles`, "nine to a column");
  }
  const [low, high] = y_range;
  if (low === undefined || high === undefined || !(low < high)) throw new InvalidAnswer(`${path}.y_range`, "a range");
  const side = (pairs: readonly Float64Array[], at: 0 | 1) =>
    Float64Array.from(pairs, (pair) => pair[at] ?? Number.NaN);
  return {
    ...rest,
    y_range: [low, high],
    x_first: side(column_x, 0),
    x_last: side(column_x, 1),
    step_first: side(column_step, 0),
    step_last: side(column_step, 1),
    wall_time_first: side(column_wall_time, 0),
    wall_time_last: side(column_wall_time, 1),
  };
};

const answer = object({ series: array(histograms) });

export async function postHistograms(ask: HistogramsAsk, signal: AbortSignal): Promise<Histograms[]> {
  return (await askJson("/api/histograms", answer, { method: "POST", body: ask, signal })).series;
}

/** A histogram as it was written: `[left, right, count]` each. */
export const histogramValue = object({ bins: array(floats) });
