import { describe, expect, test } from "vitest";
import { xTicks } from "../../src/charts/axes";
import { makeCurve } from "../../src/charts/curve";
import type { Paper } from "../../src/charts/draw";
import { markResumes, resumesNear } from "../../src/charts/resume";
import { type AxisScale, axisSpan, fromAxis, Mapping, toAxis, valuesOf } from "../../src/charts/scale";
import { scalars } from "./scalars";

const plain = (labels: string[]) => labels.map((label) => label.replace(/\u202f/g, " "));

describe("the scale of an axis", () => {
  test.each<[AxisScale]>([["linear"], ["log"], [{ symlog: 0.01 }]])("%j leads there and back", (scale) => {
    for (const value of [1e-5, 0.3, 7, 12_345]) expect(fromAxis(toAxis(value, scale), scale)).toBeCloseTo(value, 6);
    const there = axisSpan([3, 4000], scale);
    expect(there && valuesOf(there, scale)[0]).toBeCloseTo(3);
    expect(there && valuesOf(there, scale)[1]).toBeCloseTo(4000);
  });

  test("has columns as the engine has them: equal in the logarithm, or in asinh(x / threshold)", () => {
    const share = (x: number, to: number, scale: AxisScale, from: number) =>
      (toAxis(x, scale) - toAxis(from, scale)) / (toAxis(to, scale) - toAxis(from, scale));
    expect(share(10, 100, "log", 1)).toBeCloseTo(0.5);
    expect(share(7, 100, { symlog: 2 }, 0)).toBeCloseTo(Math.asinh(3.5) / Math.asinh(50));
  });

  test("has no place at and below zero if it is logarithmic", () => {
    expect(axisSpan([0, 10], "log")).toBeNull();
    expect(toAxis(-1, "log")).toBeNaN();
  });
});

describe("ticks of an x axis", () => {
  const labels = (x: Parameters<typeof xTicks>[0], scale: AxisScale, from: number, to: number) =>
    plain(xTicks(x, scale, toAxis(from, scale), toAxis(to, scale), 300).labels);

  test("stand at decades of a logarithmic one", () => {
    expect(labels("step", "log", 1, 100_000)).toEqual(["1", "10", "100", "1000", "10 k", "100 k"]);
    expect(labels("relative", "log", 1, 10_000)).toEqual([
      "1.00 s",
      "10.0 s",
      "1 min 40 s",
      "16 min 40 s",
      "2 h 46 min",
    ]);
  });

  test("are those of a straight one where it hardly bends", () => {
    const { at } = xTicks("step", "log", Math.log10(100), Math.log10(200), 300);
    expect(labels("step", "log", 100, 200)).toEqual(["100", "120", "140", "160", "180", "200"]);
    expect(at[1]).toBeCloseTo(Math.log10(120));
  });

  test("go on both sides of zero of a symlog one", () => {
    const { at, labels } = xTicks(
      "tag(delta)",
      { symlog: 1 },
      toAxis(-100, { symlog: 1 }),
      toAxis(100, { symlog: 1 }),
      300,
    );
    expect(plain(labels)).toContain("0");
    expect(at[0]).toBeCloseTo(-(at.at(-1) ?? 0));
  });
});

describe("a curve", () => {
  const resumes = [{ step: 20, wall_time_s: 1010, x: 300, superseded: 5 }];

  test("along another tag has its values as x, and keeps what was written on a logarithmic axis", () => {
    const x = Float64Array.of(1, 10, 300, 1000);
    const curve = makeCurve("r", scalars({ x, resumes }), "tag(tokens)", "loss", "log");
    expect([...curve.x]).toEqual([0, 1, Math.log10(300), 3]);
    expect(curve.x_value).toBe(x);
    expect(curve.ordered).toBe(true);
    expect(curve.resumes[0]?.at).toBeCloseTo(Math.log10(300));
  });

  test("has its restarts on every axis", () => {
    const at = (x: "step" | "relative" | "wall_time") => makeCurve("r", scalars({ resumes }), x).resumes[0]?.at;
    expect([at("step"), at("relative"), at("wall_time")]).toEqual([20, 10, 1010]);
  });

  test("has a notch at each restart in view, and those near the pointer are told", () => {
    const more = [0, 20, 20.1, 90].map((step) => ({ step, wall_time_s: 0, x: Number.NaN, superseded: 1 }));
    const curve = makeCurve("r", scalars({ resumes: more }), "step", "loss");
    const map = new Mapping({ left: 0, top: 0, width: 100, height: 50 }, [10, 60], [0, 1], "linear");
    const notches: number[][] = [];
    const paper = { fillRect: (...box: number[]) => notches.push(box) } as unknown as Paper;
    markResumes(paper, curve, map, { colour: "red", width_px: 1, alpha: 1 }, 1);
    expect(notches).toEqual([[19, 42, 2, 8]]);
    expect(resumesNear([curve], map, 22, 1).map(({ step }) => step)).toEqual([20, 20.1]);
    expect(resumesNear([curve], map, 40, 1)).toEqual([]);
  });
});
