import { describe, expect, test } from "vitest";
import { heightAt, makeCurve, nearestIndex, resmoothed, surrounded } from "../../src/charts/curve";
import { nearestPoints, tipRow } from "../../src/charts/nearest";
import { rangeOf } from "../../src/charts/range";
import { Mapping, yDomain } from "../../src/charts/scale";
import { makeSeries } from "../state/helpers";
import { scalars } from "./scalars";

describe("a curve", () => {
  test("has the x of its axis", () => {
    expect([...makeCurve("r", scalars(), "step").x]).toEqual([0, 10, 20, 30]);
    expect([...makeCurve("r", scalars(), "relative").x]).toEqual([0, 5, 10, 15]);
    expect([...makeCurve("r", scalars(), "wall_time").x]).toEqual([1000, 1005, 1010, 1015]);
  });

  test("follows the smoothed values when there are some", () => {
    const smoothed = Float64Array.of(9, 9, 9, 9);
    expect(makeCurve("r", scalars({ smoothed }), "step").line).toBe(smoothed);
    const plain = makeCurve("r", scalars(), "step");
    expect(plain.line).toBe(plain.value);
    expect(resmoothed(makeCurve("r", scalars({ smoothed }), "step"), 0).line).toEqual(plain.value);
  });

  test("finds the nearest point, at its ends and between", () => {
    const curve = makeCurve("r", scalars(), "step");
    expect([-5, 4, 6, 15, 16, 99].map((x) => nearestIndex(curve, x))).toEqual([0, 0, 1, 1, 2, 3]);
    expect(nearestIndex(makeCurve("r", scalars({ step: new Float64Array(0) }), "step"), 1)).toBe(-1);
  });

  test("that goes back finds its newest point, not a superseded one", () => {
    const curve = makeCurve(
      "r",
      scalars({ step: Float64Array.of(0, 10, 20, 10, 20), superseded: Uint8Array.of(0, 1, 1, 0, 0) }),
      "step",
    );
    expect(curve.ordered).toBe(false);
    expect(nearestIndex(curve, 11)).toBe(3);
    expect(nearestIndex(curve, 99)).toBe(4);
  });

  test("has heights between its points", () => {
    const curve = makeCurve("r", scalars(), "step");
    expect(heightAt(curve, 5)).toBeCloseTo(0.5);
    expect(heightAt(curve, 24)).toBeCloseTo(2.4);
    expect(heightAt(curve, 99)).toBeCloseTo(3);
  });
});

describe("a curve of a part of the range", () => {
  const part = (change = {}) =>
    makeCurve(
      "r",
      scalars({ step: Float64Array.of(9, 10, 11, 12), value: Float64Array.of(1, 2, 3, 4), ...change }),
      "step",
    );
  const whole = makeCurve("r", scalars({ smoothed: Float64Array.of(5, 6, 7, 8) }), "step");

  test("is continued by the points around it", () => {
    const joined = surrounded(part(), makeCurve("r", scalars(), "step"));
    expect([...joined.x]).toEqual([0, 9, 10, 11, 12, 20, 30]);
    expect([...joined.value]).toEqual([0, 1, 2, 3, 4, 2, 3]);
    expect(joined.line).toBe(joined.value);
    expect(joined.wall_time).toHaveLength(7);
  });

  test("keeps its smoothed line apart", () => {
    const joined = surrounded(part({ smoothed: Float64Array.of(9, 9, 9, 9) }), whole);
    expect([...joined.line]).toEqual([5, 9, 9, 9, 9, 7, 8]);
  });

  test("that has no points shows those around it; superseded points are left as they are", () => {
    const nothing = part({ step: new Float64Array(0), value: new Float64Array(0), wall_time: new Float64Array(0) });
    expect([...surrounded(nothing, whole).x]).toEqual([0, 10, 20, 30]);
    const torn = part({ superseded: Uint8Array.of(0, 1, 0, 0) });
    expect(surrounded(torn, whole)).toBe(torn);
    expect(surrounded(whole, undefined)).toBe(whole);
  });
});

describe("the y domain", () => {
  const linear = { scale: "linear" as const, clip_percent: 0 };

  test("is of what is in the range, with some room", () => {
    const curve = makeCurve("r", scalars(), "step");
    expect(yDomain([curve], [0, 30], linear)).toEqual([-0.15000000000000002, 3.15]);
    const [from, to] = yDomain([curve], [10, 20], linear);
    expect(from).toBeCloseTo(0.95);
    expect(to).toBeCloseTo(2.05);
  });

  test("passes over what is not finite", () => {
    const value = Float64Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 2);
    expect(yDomain([makeCurve("r", scalars({ value }), "step")], [0, 30], linear)).toEqual([0.95, 2.05]);
  });

  test("of nothing is something that can be drawn", () => {
    expect(yDomain([], [0, 1], linear)).toEqual([0, 1]);
    const value = new Float64Array(4).fill(Number.NaN);
    expect(yDomain([makeCurve("r", scalars({ value }), "step")], [0, 30], linear)).toEqual([0, 1]);
  });

  test("on a log axis is in decades and leaves out what is not above zero", () => {
    const value = Float64Array.of(-5, 0, 0.01, 100);
    const [from, to] = yDomain([makeCurve("r", scalars({ value }), "step")], [0, 30], { ...linear, scale: "log" });
    expect(from).toBeCloseTo(-2.2);
    expect(to).toBeCloseTo(2.2);
  });

  test("without outliers is not stretched by one, but keeps the smoothed line", () => {
    const step = Float64Array.from({ length: 100 }, (_, i) => i);
    const value = step.map((s) => (s === 50 ? 1e6 : s % 10));
    const smoothed = step.map((s) => (s === 0 ? 20 : 5));
    const wish = { scale: "linear" as const, clip_percent: 5 };
    const [, to] = yDomain([makeCurve("r", scalars({ step, value, smoothed }), "step")], [0, 99], wish);
    expect(to).toBeGreaterThan(20);
    expect(to).toBeLessThan(30);
  });
});

describe("the points of the tooltip", () => {
  const map = new Mapping({ left: 0, top: 0, width: 300, height: 100 }, [0, 30], [0, 10], "linear");

  test("are sorted by the distance of their lines from the cursor", () => {
    const at = (run_key: string, height: number) =>
      makeCurve(run_key, scalars({ value: new Float64Array(4).fill(height) }), "step");
    const near = nearestPoints(
      [at("low", 1), at("high", 9), at("middle", 5)],
      { left: map, right: map },
      14,
      140,
      map.py(6),
    );
    expect(near.map(({ curve }) => curve.run_key)).toEqual(["middle", "high", "low"]);
    expect(near[0]?.index).toBe(1);
  });

  test("a line that has ended is as far as its end", () => {
    const short = makeCurve("short", scalars({ step: Float64Array.of(0, 10), value: Float64Array.of(5, 5) }), "step");
    const [near] = nearestPoints([short], { left: map, right: map }, 20, 200, map.py(5));
    expect(near?.distance_px).toBeCloseTo(100);
  });

  test("say what was written", () => {
    const curve = makeCurve("r", scalars({ smoothed: Float64Array.of(7, 7, 7, 7) }), "step");
    expect(tipRow({ curve, index: 2, distance_px: 0 })).toEqual({
      run_key: "r",
      tag: "",
      step: 20,
      wall_time_s: 1010,
      relative_s: 10,
      x: 20,
      value: 2,
      smoothed: 7,
      superseded: false,
      group_size: null,
      band: null,
    });
  });
});

describe("the x range of several series", () => {
  const two = [
    { series: makeSeries({ first_step: 5, last_step: 50, min_step: 0, max_step: 80 }) },
    { series: makeSeries({ first_step: 10, last_step: 60, first_wall_time_s: 90, last_wall_time_s: 190 }) },
  ];

  test("reaches over all of them", () => {
    expect(rangeOf(two, "step", false)).toEqual([5, 60]);
    expect(rangeOf(two, "step", true)).toEqual([0, 80]);
    expect(rangeOf(two, "wall_time", false)).toEqual([90, 190]);
    expect(rangeOf(two, "relative", false)).toEqual([0, 100]);
  });

  test("is never empty", () => {
    expect(rangeOf([], "step", false)).toEqual([0, 1]);
    expect(rangeOf([{ series: makeSeries({ first_step: 7, last_step: 7 }) }], "step", false)).toEqual([7, 7]);
    expect(rangeOf([{ series: makeSeries({ first_step: Number.NaN, last_step: Number.NaN }) }], "step", false)).toEqual(
      [0, 1],
    );
  });
});
