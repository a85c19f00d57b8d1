/** POST /api/scalars: curves at the resolution of a chart, as an Arrow stream. */
import { type Column, type Table, tableFromIPC } from "@uwdata/flechette";
import type { Spread } from "./bands";
import { send } from "./request";
import { InvalidAnswer } from "./validate";
import { withX, type XAxis, type XScale } from "./x_axis";

export type Restarts = "latest" | "all";

/** How lines are smoothed, over every point: the weight of a moving average, or one of the other kinds. 0: not at all. */
export type Smoothing =
  | number
  | { kind: "time_ema"; half_life: number; unit: "wall_time" }
  | { kind: "gaussian"; sigma: number; unit: "points" };

export interface SeriesName {
  source: string;
  run: string;
  tag: string;
}

export interface ScalarsAsk {
  series: (SeriesName & { id: number })[];
  x: XAxis;
  x_scale: XScale;
  range: readonly [number, number] | null;
  width_px: number | null;
  smoothing: Smoothing;
  restarts: Restarts;
}

export interface Scalars {
  id: number;
  /** Points of the series inside the range, before decimation. */
  points: number;
  superseded_points: number;
  /** Every point of the range is here. */
  exact: boolean;
  first_wall_time_s: number;
  step: Float64Array;
  wall_time: Float64Array;
  value: Float64Array;
  /** Empty without smoothing. */
  smoothed: Float64Array;
  /** 1 for superseded points; empty under `latest`. */
  superseded: Uint8Array;
  /** Empty unless x is another tag. */
  x: Float64Array;
  /** Where the series goes on after restarts. */
  resumes: readonly Resume[];
  /** Of the mean of a group. */
  spread?: Spread;
}

export interface Resume {
  /** Of the first point after it. */
  step: number;
  wall_time_s: number;
  /** NaN unless x is another tag, and where that has no point. */
  x: number;
  /** How many points were superseded by it. */
  superseded: number;
}

/** All but what no series has by itself, and resumes as columns. */
type ColumnName =
  | Exclude<keyof Scalars, "spread" | "resumes">
  | "resume_step"
  | "resume_wall_time"
  | "resume_x"
  | "resume_superseded";

const ARROW = "application/vnd.apache.arrow.stream";

export async function postScalars(ask: ScalarsAsk, signal?: AbortSignal): Promise<Scalars[]> {
  const answer = await send("/api/scalars", {
    method: "POST",
    body: withX(ask),
    accept: ARROW,
    ...(signal ? { signal } : {}),
  });
  return decodeScalars(new Uint8Array(await answer.arrayBuffer()));
}

/** The same by a clock that is set back: what a machine whose clock is ahead has written, by ours. */
export function withClockSet(scalars: Scalars, ahead_s: number): Scalars {
  if (ahead_s === 0) return scalars;
  return {
    ...scalars,
    first_wall_time_s: scalars.first_wall_time_s - ahead_s,
    wall_time: scalars.wall_time.map((moment_s) => moment_s - ahead_s),
    resumes: scalars.resumes.map((resume) => ({ ...resume, wall_time_s: resume.wall_time_s - ahead_s })),
  };
}

/** Reads an Arrow stream; throws InvalidAnswer when a column is missing, of another type, or of another length. */
export function decodeScalars(bytes: Uint8Array): Scalars[] {
  if (bytes.length === 0) return [];
  const table = readTable(bytes);
  const column = (name: string): Column<unknown> => {
    const found = table.getChild(name);
    if (!found) throw new InvalidAnswer(`scalars.${name}`, "there");
    return found;
  };
  const columns = {
    id: column("id"),
    points: column("points"),
    superseded_points: column("superseded_points"),
    exact: column("exact"),
    first_wall_time_s: column("first_wall_time_s"),
    step: column("step"),
    wall_time: column("wall_time"),
    value: column("value"),
    smoothed: column("smoothed"),
    superseded: column("superseded"),
    x: column("x"),
    resume_step: column("resume_step"),
    resume_wall_time: column("resume_wall_time"),
    resume_x: column("resume_x"),
    resume_superseded: column("resume_superseded"),
  };
  return Array.from({ length: table.numRows }, (_, row) => readRow(columns, row));
}

function readTable(bytes: Uint8Array): Table {
  try {
    return tableFromIPC(bytes, { useBigInt: true });
  } catch {
    throw new InvalidAnswer("scalars", "an Arrow stream");
  }
}

function readRow(columns: Record<ColumnName, Column<unknown>>, row: number): Scalars {
  const path = `scalars[${row}]`;
  const at = (name: ColumnName) => columns[name].at(row);
  const step = floats(at("step"), `${path}.step`);
  const sameLength = <T extends ArrayLike<number>>(list: T, name: string, mayBeEmpty: boolean): T => {
    if (list.length === step.length || (mayBeEmpty && list.length === 0)) return list;
    throw new InvalidAnswer(`${path}.${name}`, "as long as step");
  };
  return {
    id: count(at("id"), `${path}.id`),
    points: count(at("points"), `${path}.points`),
    superseded_points: count(at("superseded_points"), `${path}.superseded_points`),
    exact: at("exact") === true,
    first_wall_time_s: count(at("first_wall_time_s"), `${path}.first_wall_time_s`),
    step,
    wall_time: sameLength(floats(at("wall_time"), `${path}.wall_time`), "wall_time", false),
    value: sameLength(floats(at("value"), `${path}.value`), "value", false),
    smoothed: sameLength(floats(at("smoothed"), `${path}.smoothed`), "smoothed", true),
    superseded: sameLength(flags(at("superseded"), `${path}.superseded`), "superseded", true),
    x: sameLength(floats(at("x"), `${path}.x`), "x", true),
    resumes: resumesOf(at, path),
  };
}

function resumesOf(at: (name: ColumnName) => unknown, path: string): Resume[] {
  const column = (name: ColumnName) => floats(at(name), `${path}.${name}`);
  const [step, wall_time, x] = [column("resume_step"), column("resume_wall_time"), column("resume_x")];
  const superseded = column("resume_superseded");
  const lengths = [wall_time.length, superseded.length, x.length || step.length];
  if (lengths.some((length) => length !== step.length)) {
    throw new InvalidAnswer(`${path}.resume_step`, "as long as the other columns of resumes");
  }
  return Array.from(step, (at_step, i) => ({
    step: at_step,
    wall_time_s: wall_time[i] as number,
    x: x[i] ?? Number.NaN,
    superseded: superseded[i] as number,
  }));
}

function count(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value === null) return Number.NaN;
  throw new InvalidAnswer(path, "a number");
}

/** A list as float64; steps come as 64-bit integers, exact up to 2⁵³. */
function floats(list: unknown, path: string): Float64Array {
  if (list instanceof Float64Array) return list;
  if (list instanceof BigInt64Array) return numbers(list);
  if (list instanceof BigUint64Array) return Float64Array.from(list, Number);
  if (list === null) return new Float64Array(0);
  throw new InvalidAnswer(path, "a list of numbers");
}

const LOW_FIRST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The same as `Number` of each, without making a BigInt of each first, which takes ten times as long. */
function numbers(list: BigInt64Array): Float64Array {
  const halves = new Int32Array(list.buffer, list.byteOffset, list.length * 2);
  const low = LOW_FIRST ? 0 : 1;
  const out = new Float64Array(list.length);
  for (let i = 0; i < out.length; i++) {
    const at = 2 * i;
    out[i] = (halves[at + 1 - low] as number) * 2 ** 32 + ((halves[at + low] as number) >>> 0);
  }
  return out;
}

function flags(list: unknown, path: string): Uint8Array {
  if (list instanceof Uint8Array) return list;
  if (list === null) return new Uint8Array(0);
  throw new InvalidAnswer(path, "a list of bytes");
}
