import { expect, test } from "vitest";
import { makeCurve } from "../../src/charts/curve";
import { seenCsv, seenJson } from "../../src/charts/seen";
import { summaryOf } from "../../src/charts/summary";
import { scalars } from "./scalars";

const names = () => ({ source: "gpu1:runs", run: 'a "b", c', tag: "loss" });
const curve = (change = {}) => makeCurve("r", scalars({ points: 400, exact: false, ...change }), "step");

test("the table has the points of the view, and nothing beside it", () => {
  const value = Float64Array.of(0.1, Number.NaN, Number.NEGATIVE_INFINITY, 1 / 3);
  const csv = seenCsv([curve({ value })], [10, 30], false, names);
  expect(csv.split("\n")).toEqual([
    "source,run,tag,step,wall_time,value,smoothed,superseded",
    'gpu1:runs,"a ""b"", c",loss,10,1005,NaN,,0',
    'gpu1:runs,"a ""b"", c",loss,20,1010,-Infinity,,0',
    'gpu1:runs,"a ""b"", c",loss,30,1015,0.3333333333333333,,0',
    "",
  ]);
});

test("along another tag it says x, as it was written also on a logarithmic axis", () => {
  const x = Float64Array.of(1, 10, 333, 1000);
  const along = makeCurve("r", scalars({ x }), "tag(tokens)", "loss", "log");
  const lines = seenCsv([along], [1, 2.9], true, names).split("\n");
  expect(lines[0]).toBe("source,run,tag,step,wall_time,value,smoothed,superseded,x");
  expect(lines.slice(1).map((line) => line.split(",").at(-1))).toEqual(["10", "333", ""]);
  expect(JSON.parse(seenJson([along], [1, 2.9], true, {}, names)).series[0].x).toEqual([10, 333]);
});

test("as JSON it says how much stands behind it", () => {
  const value = Float64Array.of(1, Number.NaN, 2, 3);
  const smoothed = Float64Array.of(5, Number.NaN, 7, 8);
  const read = JSON.parse(seenJson([curve({ value, smoothed })], [5, 25], false, { x: "step", range: [5, 25] }, names));
  expect(read).toEqual({
    x: "step",
    range: [5, 25],
    series: [
      {
        ...names(),
        points: 400,
        exact: false,
        step: [10, 20],
        wall_time: [1005, 1010],
        value: ["NaN", 2],
        smoothed: ["NaN", 7],
        superseded: [],
      },
    ],
  });
});

test("the summary is of what is in view", () => {
  const value = Float64Array.of(-9, Number.NaN, 2, 5);
  expect(summaryOf([curve({ value })], [5, 25])).toEqual({
    points: 400,
    drawn: 2,
    exact: false,
    lowest: 2,
    highest: 2,
    has_nan: true,
    has_infinite: false,
  });
  const both = summaryOf([curve({ value }), makeCurve("s", scalars(), "step")], [0, 30]);
  expect([both.points, both.exact, both.lowest, both.highest]).toEqual([404, false, -9, 5]);
  expect(summaryOf([makeCurve("s", scalars(), "step")], [0, 30]).exact).toBe(true);
});
