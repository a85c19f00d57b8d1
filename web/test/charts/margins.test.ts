import { expect, test } from "vitest";
import { makeCurve } from "../../src/charts/curve";
import { withMargins } from "../../src/charts/margins";
import { tipRow } from "../../src/charts/nearest";
import { yDomain } from "../../src/charts/scale";
import { scalars } from "./scalars";

const curve = (tag: string, x: number[], value: number[], run = "r") =>
  makeCurve(
    run,
    scalars({ step: Float64Array.from(x), wall_time: Float64Array.from(x), value: Float64Array.from(value) }),
    "step",
    tag,
  );

test("a line has the edges of its own run, at its own places", () => {
  const shown = withMargins(
    [
      curve("m", [0, 5, 10], [1, 2, 3]),
      curve("low", [0, 10], [0, 1]),
      curve("high", [0, 10], [2, 6]),
      curve("m", [0], [7], "other"),
      curve("low", [0], [6], "other"),
    ],
    [{ value: "m", lower: "low", upper: "high" }],
    [[]],
  );
  expect(shown.map(({ run_key, tag }) => `${run_key} ${tag}`)).toEqual(["r m", "other m"]);
  expect(shown[0]?.edges).toEqual({
    x: Float64Array.of(0, 5, 10),
    low: Float64Array.of(0, 0.5, 1),
    high: Float64Array.of(2, 4, 6),
  });
  // One of its edges was never written.
  expect(shown[1]?.edges).toBeNull();
});

test("beyond the end of either edge there is no band", () => {
  const [shown] = withMargins(
    [curve("m", [0, 5, 10], [1, 2, 3]), curve("low", [0, 10], [0, 1]), curve("high", [0, 5], [2, 6])],
    [{ value: "m", lower: "low", upper: "high" }],
    [[]],
  );
  expect(shown?.edges?.low).toEqual(Float64Array.of(0, 0.5, Number.NaN));
  expect(shown?.edges?.high).toEqual(Float64Array.of(2, 6, Number.NaN));
});

test("an edge that rises between two points of the line rises in the band, and the tip tells what is at the point", () => {
  const [shown] = withMargins(
    [curve("m", [0, 10], [1, 1]), curve("low", [0, 10], [0, 1]), curve("high", [0, 4, 5, 6, 10], [2, 2, 9, 2, 3])],
    [{ value: "m", lower: "low", upper: "high" }],
    [[]],
  );
  expect(shown?.edges).toEqual({
    x: Float64Array.of(0, 4, 5, 6, 10),
    low: Float64Array.of(0, 0.4, 0.5, 0.6, 1),
    high: Float64Array.of(2, 2, 9, 2, 3),
  });
  expect(shown && tipRow({ curve: shown, index: 1, distance_px: 0 }).band).toEqual({ low: 1, high: 3 });
  expect(shown && yDomain([shown], [0, 10], { scale: "linear", clip_percent: 0 })[1]).toBeGreaterThan(9);
});
