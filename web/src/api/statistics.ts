/** POST /api/statistics: numbers about whole series, from every point. */
import { askJson } from "./request";
import type { Restarts, SeriesName } from "./scalars";
import { array, nullable, number, object, optional, type Read } from "./validate";
import { withX, type XAxis, type XScale } from "./x_axis";

const point = nullable(object({ step: number, wall_time: number, x: number, value: number }));

const statistics = object({
  id: number,
  points: number,
  x_min: nullable(number),
  x_max: nullable(number),
  nan: optional(number, 0),
  pos_inf: optional(number, 0),
  neg_inf: optional(number, 0),
  first: point,
  last: point,
  min: point,
  max: point,
  mean: nullable(number),
  std: nullable(number),
  change: nullable(number),
  change_percent: nullable(number),
  mean_of_last: nullable(number),
  slope: nullable(number),
});

const answer = object({ series: array(statistics) });

export type Statistics = Read<typeof statistics>;

export interface StatisticsAsk {
  series: (SeriesName & { id: number })[];
  /** Default: step. */
  x?: XAxis;
  /** What it does not show is left out. Default: linear. */
  x_scale?: XScale;
  /** Of x, both ends inside; null: all points. */
  range: readonly [number | null, number | null] | null;
  mean_of_last: number | null;
  /** Has to read every point. */
  slope?: boolean;
  restarts?: Restarts;
}

/** More series than this are too many for one request. */
export const STATISTICS_MOST = 4096;

export async function postStatistics(ask: StatisticsAsk, signal?: AbortSignal): Promise<Statistics[]> {
  const how = { method: "POST", body: withX(ask), ...(signal ? { signal } : {}) } as const;
  return (await askJson("/api/statistics", answer, how)).series;
}
