/** POST /api/statistics: numbers about whole series, from every point. */
import { askJson } from "./request";
import type { SeriesName } from "./scalars";
import { array, nullable, number, object, type Read } from "./validate";

const point = nullable(object({ step: number, wall_time: number, x: number, value: number }));

const statistics = object({
  id: number,
  points: number,
  first: point,
  last: point,
  min: point,
  max: point,
  mean: nullable(number),
  std: nullable(number),
  mean_of_last: nullable(number),
});

const answer = object({ series: array(statistics) });

export type Statistics = Read<typeof statistics>;

export interface StatisticsAsk {
  series: (SeriesName & { id: number })[];
  /** Of x, both ends inside; null: all points. */
  range: readonly [number | null, number | null] | null;
  mean_of_last: number | null;
}

/** More series than this are too many for one request. */
export const STATISTICS_MOST = 4096;

export async function postStatistics(ask: StatisticsAsk): Promise<Statistics[]> {
  return (await askJson("/api/statistics", answer, { method: "POST", body: ask })).series;
}
