/** POST /api/bands: groups of curves as their mean and its spread, at the resolution of a chart. */
import { askJson } from "./request";
import type { Restarts, SeriesName, Smoothing } from "./scalars";
import { array, InvalidAnswer, nullable, number, object, type Read, type Reader } from "./validate";
import { withX, type XAxis, type XScale } from "./x_axis";

const numbers = array(number);

const shape = object({
  id: number,
  /** How many of the asked series exist. */
  series: number,
  points: number,
  /** Null where every series is only carried on from before. */
  x_min: array(nullable(number)),
  x_max: array(nullable(number)),
  n: numbers,
  mean: numbers,
  m2: numbers,
  min: numbers,
  max: numbers,
});

export type Band = Read<typeof shape>;

const band: Reader<Band> = (value, path) => {
  const read = shape(value, path);
  const { x_min, x_max, n, mean, m2, min, max } = read;
  if ([x_max, n, mean, m2, min, max].some((column) => column.length !== x_min.length)) {
    throw new InvalidAnswer(path, "columns of one length");
  }
  return read;
};

const answer = object({ groups: array(band) });

/** How far the runs of a group lie apart, column by column of their mean. */
export interface Spread {
  n: Float64Array;
  /** Sum of the squares of the distances from the mean. */
  m2: Float64Array;
  min: Float64Array;
  max: Float64Array;
}

export interface BandsAsk {
  groups: { id: number; series: SeriesName[] }[];
  x: XAxis;
  x_scale: XScale;
  range: readonly [number, number] | null;
  width_px: number | null;
  smoothing: Smoothing;
  restarts: Restarts;
}

export async function postBands(ask: BandsAsk, signal: AbortSignal): Promise<Band[]> {
  return (await askJson("/api/bands", answer, { method: "POST", body: withX(ask), signal })).groups;
}
