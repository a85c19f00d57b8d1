import {
  bool,
  float64,
  int32,
  int64,
  list,
  tableFromArrays,
  tableToIPC,
  uint8,
  uint32,
  uint64,
} from "@uwdata/flechette";
import { describe, expect, test } from "vitest";
import { decodeScalars } from "../../src/api/scalars";
import { InvalidAnswer } from "../../src/api/validate";

const TYPES = {
  id: uint32(),
  points: uint64(),
  superseded_points: uint64(),
  exact: bool(),
  first_wall_time_s: float64(),
  step: list(int64()),
  wall_time: list(float64()),
  value: list(float64()),
  smoothed: list(float64()),
  superseded: list(uint8()),
  x: list(float64()),
  resume_step: list(int64()),
  resume_wall_time: list(float64()),
  resume_x: list(float64()),
  resume_superseded: list(uint64()),
};

const ROW = {
  id: 7,
  points: 10n,
  superseded_points: 2n,
  exact: false,
  first_wall_time_s: 1.5,
  step: [0n, 5n, 9_007_199_254_740_993n],
  wall_time: [1.5, 2.5, 3.5],
  value: [1, Number.NaN, Number.NEGATIVE_INFINITY],
  smoothed: [] as number[],
  superseded: [] as number[],
  x: [] as number[],
  resume_step: [5n],
  resume_wall_time: [2.5],
  resume_x: [] as number[],
  resume_superseded: [3n],
};

/** The bytes of an Arrow stream with these rows; `types` may break the promise. */
function stream(rows: object[], types: object = TYPES): Uint8Array {
  const names = Object.keys(types);
  const columns = Object.fromEntries(
    names.map((name) => [name, rows.map((row) => (row as Record<string, unknown>)[name])]),
  );
  const bytes = tableToIPC(tableFromArrays(columns, { types: types as never }), { format: "stream" });
  if (!bytes) throw new Error("no bytes");
  return bytes;
}

describe("an answer to POST /api/scalars", () => {
  test("becomes typed arrays", () => {
    const [row] = decodeScalars(stream([ROW]));
    expect(row).toMatchObject({ id: 7, points: 10, superseded_points: 2, exact: false, first_wall_time_s: 1.5 });
    expect([...(row?.step ?? [])]).toEqual([0, 5, 9_007_199_254_740_992]);
    expect([...(row?.value ?? [])]).toEqual([1, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(row?.smoothed).toHaveLength(0);
    expect(row?.superseded).toBeInstanceOf(Uint8Array);
    expect(row?.x).toHaveLength(0);
    expect(row?.resumes).toEqual([{ step: 5, wall_time_s: 2.5, x: Number.NaN, superseded: 3 }]);
  });

  test("says x of points and of restarts when it is another tag", () => {
    const [row] = decodeScalars(stream([{ ...ROW, x: [10, 20, 30], resume_x: [20] }]));
    expect([...(row?.x ?? [])]).toEqual([10, 20, 30]);
    expect(row?.resumes[0]?.x).toBe(20);
  });

  test("has as many rows as series exist", () => {
    const rows = decodeScalars(
      stream([ROW, { ...ROW, id: 8, step: [1n], wall_time: [1], value: [1], smoothed: [2], superseded: [1] }]),
    );
    expect(rows.map((row) => row.id)).toEqual([7, 8]);
    expect(rows[1]?.superseded[0]).toBe(1);
    expect(decodeScalars(stream([]))).toEqual([]);
    expect(decodeScalars(new Uint8Array(0))).toEqual([]);
  });

  test.each([
    ["columns of different lengths", { ...ROW, value: [1, 2] }],
    ["smoothed values for some points only", { ...ROW, smoothed: [1] }],
    ["an x for some points only", { ...ROW, x: [1] }],
    ["a restart of unknown time", { ...ROW, resume_wall_time: [] }],
  ])("with %s is refused", (_, row) => {
    expect(() => decodeScalars(stream([row]))).toThrow(InvalidAnswer);
  });

  test("without a column is refused", () => {
    const { value: _, ...types } = TYPES;
    expect(() => decodeScalars(stream([ROW], types))).toThrow("scalars.value");
  });

  test("with a column of another type is refused", () => {
    expect(() => decodeScalars(stream([ROW], { ...TYPES, value: list(int32()) }))).toThrow(InvalidAnswer);
  });

  test("that is no Arrow stream is refused", () => {
    expect(() => decodeScalars(new TextEncoder().encode('{"error": {"code": "internal"}}'))).toThrow(InvalidAnswer);
  });
});
