import { describe, expect, test } from "vitest";
import { xTicks, yTicks } from "../../src/charts/axes";
import { makeCurve } from "../../src/charts/curve";
import { dotPoints, markNonFinite, strokeCurve } from "../../src/charts/draw";
import { fromAxis, Mapping, symlogOf, toAxis } from "../../src/charts/scale";
import { scalars } from "./scalars";

const STYLE = { colour: "red", width_px: 1, alpha: 1 };

/** A canvas that notes what it is told; a point as `x,y`. */
function paper() {
  const calls: string[] = [];
  const point = (x: number, y: number) => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
  const context = {
    globalAlpha: 1,
    beginPath() {},
    setLineDash() {},
    stroke() {},
    fill: () => calls.push("fill"),
    moveTo: (x: number, y: number) => calls.push(`M${point(x, y)}`),
    lineTo: (x: number, y: number) => calls.push(`L${point(x, y)}`),
    arc: (x: number, y: number) => calls.push(`O${point(x, y)}`),
    fillRect: (x: number, y: number, w: number, h: number) => calls.push(`R${point(x, y)} ${point(w, h)}`),
  };
  return { calls, context: context as unknown as CanvasRenderingContext2D };
}

/** 30 pixels for the steps 0 to 30, 10 pixels for the values 0 to 10; y grows upwards. */
const map = new Mapping({ left: 0, top: 0, width: 30, height: 10 }, [0, 30], [0, 10], "linear");

function drawn(change: Parameters<typeof scalars>[0]): string[] {
  const { calls, context } = paper();
  const curve = makeCurve("r", scalars(change), "step");
  strokeCurve(context, curve, curve.value, map, STYLE);
  return calls;
}

describe("a line", () => {
  test("goes through its points", () => {
    expect(drawn({})).toEqual(["M0,10", "L10,9", "L20,8", "L30,7"]);
  });

  test("breaks at what is not finite; a point alone becomes a dot", () => {
    const value = Float64Array.of(1, 2, Number.NaN, 4);
    expect(drawn({ value })).toEqual(["M0,9", "L10,8", "M30,6", "O30,6", "fill"]);
  });

  test("that goes up and down within a pixel becomes a bar from its lowest to its highest", () => {
    const step = Float64Array.of(0, 5, 5.2, 5.4, 5.6, 10);
    const value = Float64Array.of(1, 1, 9, 0, 2, 2);
    expect(drawn({ step, value })).toEqual(["M0,9", "R5,1 1,9", "M5.6,8", "L10,8"]);
  });

  test("that hardly moves within a pixel stays a line", () => {
    const step = Float64Array.of(0, 5, 5.2, 5.4, 10);
    const value = Float64Array.of(1, 1, 1.5, 1.2, 2);
    expect(drawn({ step, value })).toEqual(["M0,9", "L5,9", "L5.2,8.5", "L5.4,8.8", "L10,8"]);
  });

  test("leads on past superseded points, which are drawn apart", () => {
    const step = Float64Array.of(0, 10, 20, 10, 30);
    const value = Float64Array.of(0, 1, 2, 5, 6);
    const superseded = Uint8Array.of(0, 1, 1, 0, 0);
    expect(drawn({ step, value, superseded })).toEqual(["M10,9", "L20,8", "M0,10", "L10,5", "L30,4"]);
  });
});

describe("points", () => {
  const dots = (change: Parameters<typeof scalars>[0], width: number) => {
    const { calls, context } = paper();
    const curve = makeCurve("r", scalars(change), "step");
    const wide = new Mapping({ left: 0, top: 0, width, height: 10 }, [0, 30], [0, 10], "linear");
    dotPoints(context, curve, curve.value, wide, STYLE, 1);
    return calls.filter((call) => call.startsWith("O")).length;
  };

  test("get dots when they stand far apart", () => {
    expect(dots({}, 300)).toBe(4);
    expect(dots({}, 20)).toBe(0);
  });

  test("get none when some of them are not here", () => {
    expect(dots({ points: 1000, exact: false }, 300)).toBe(0);
  });
});

test("what is not finite is marked on the edge where it happened", () => {
  const { calls, context } = paper();
  const value = Float64Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  markNonFinite(context, makeCurve("r", scalars({ value }), "step"), map, STYLE, 1);
  expect(calls.filter((call) => call === "fill")).toHaveLength(3);
  expect(calls[0]).toBe("L10,1"); // the top of ▲, whose foot is on the bottom edge
});

test("a logarithmic map has no place for zero", () => {
  const log = new Mapping({ left: 0, top: 0, width: 30, height: 10 }, [0, 30], [0, 2], "log");
  expect(log.py(10)).toBeCloseTo(5);
  expect(log.py(0)).toBeNaN();
  expect(log.py(-1)).toBeNaN();
});

test("a symlog map has places for both signs, and for zero", () => {
  const scale = { symlog: 0.01 };
  const both = new Mapping({ left: 0, top: 0, width: 30, height: 10 }, [0, 30], [-4, 4], scale);
  expect(both.py(0)).toBeCloseTo(5);
  expect(both.py(-3) - both.py(0)).toBeCloseTo(both.py(0) - both.py(3));
  for (const value of [-250, -1e-5, 0, 0.3, 7]) expect(fromAxis(toAxis(value, scale), scale)).toBeCloseTo(value);
  const curve = makeCurve("r", scalars({ value: Float64Array.of(-30, 0, 2, Number.NaN) }), "step");
  expect(symlogOf([curve])).toEqual({ symlog: 0.01 });
  expect(symlogOf([])).toEqual({ symlog: 1 });
  const { at, labels } = yTicks(scale, toAxis(-100, scale), toAxis(100, scale), 400);
  expect(labels).toEqual(["\u2212100", "\u221210", "\u22121", "\u22120.1", "0", "0.1", "1", "10", "100"]);
  expect([...at].sort((a, b) => a - b)).toEqual(at);
});

test("axes are labelled in their own units", () => {
  const plain = (labels: string[]) => labels.map((label) => label.replace(/\u202f/g, " "));
  expect(plain(xTicks("step", "linear", 0, 20_000, 200).labels)).toEqual(["0", "5 k", "10 k", "15 k", "20 k"]);
  expect(plain(xTicks("relative", "linear", 0, 7200, 200).labels)).toEqual(["0", "1 h", "2 h"]);
  expect(plain(yTicks("log", -2, 2, 200).labels)).toEqual(["0.01", "0.1", "1", "10", "100"]);
  expect(plain(yTicks("linear", 0, 1, 120).labels)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
});
