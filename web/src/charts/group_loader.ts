/** Asks for the means of groups, and gives them as if each were a series: so charts need not know the difference. */
import { type Band, type BandsAsk, postBands, type Spread } from "../api/bands";
import type { Scalars, SeriesName } from "../api/scalars";
import { type XAxis, xTag } from "../api/x_axis";
import { type CurvesAsk, Loader } from "./loader";

export interface MeanOfGroup extends Scalars {
  spread: Spread;
}

/** What `CurvesAsk` is about means. */
type MeansAsk = CurvesAsk & { groups: readonly (readonly SeriesName[])[] };

export type PostBands = (ask: BandsAsk, signal: AbortSignal) => Promise<Band[]>;

export async function loadMeans(
  { groups, x, x_scale, range, width_px, smoothing, restarts }: MeansAsk,
  signal: AbortSignal,
  post: PostBands = postBands,
): Promise<(MeanOfGroup | null)[]> {
  const asked = groups.map((series, id) => ({ id, series: [...series] }));
  const bands = await post({ groups: asked, x, x_scale, range, width_px, smoothing, restarts }, signal);
  const by_id = new Map(bands.map((band) => [band.id, band]));
  return groups.map((_, id) => {
    const band = by_id.get(id);
    return band && band.series > 0 ? meanOf(band, x) : null;
  });
}

/** A column stands in its middle; one in which every run is only carried on is left out. */
function meanOf(band: Band, axis: XAxis): MeanOfGroup {
  const places = band.x_min.flatMap((from, i) => (from === null || band.x_max[i] == null ? [] : [i]));
  const pick = (list: readonly number[]) => Float64Array.from(places, (i) => list[i] as number);
  const x = Float64Array.from(places, (i) => ((band.x_min[i] as number) + (band.x_max[i] as number)) / 2);
  const is_time = axis === "relative" || axis === "wall_time";
  const unknown = new Float64Array(x.length).fill(Number.NaN);
  return {
    id: band.id,
    points: band.points,
    superseded_points: 0,
    exact: false,
    first_wall_time_s: is_time ? 0 : Number.NaN,
    step: axis === "step" ? x : unknown,
    wall_time: is_time ? x : unknown,
    value: pick(band.mean),
    smoothed: new Float64Array(0),
    superseded: new Uint8Array(0),
    x: xTag(axis) === null ? new Float64Array(0) : x,
    resumes: [],
    spread: { n: pick(band.n), m2: pick(band.m2), min: pick(band.min), max: pick(band.max) },
  };
}

/** Loads what is asked for: means of groups, or curves of runs. */
export class AnyLoader {
  private readonly runs: Pick<Loader, "load">;

  constructor(runs: Pick<Loader, "load"> = new Loader()) {
    this.runs = runs;
  }

  load(ask: CurvesAsk, signal: AbortSignal, at_once = false): Promise<(Scalars | null)[]> {
    const { groups } = ask;
    return groups ? loadMeans({ ...ask, groups }, signal) : this.runs.load(ask, signal, at_once);
  }
}
