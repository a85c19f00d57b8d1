import { describe, expect, test } from "vitest";
import { placeOf } from "../../src/charts/kept";
import { type AxisScale, Mapping } from "../../src/charts/scale";
import type { Span } from "../../src/lib/extent";

/** In its picture: 1000 × 500 with a margin of 300 and 150. */
const KEPT = new Mapping({ left: 300, top: 150, width: 1000, height: 500 }, [0, 100], [0, 10], "linear");

function now(x: Span, y: Span, scale: AxisScale = "linear", width = 1000): Mapping {
  return new Mapping({ left: 50, top: 20, width, height: 500 }, x, y, scale);
}

/** Where a value is seen on the moved picture, in the canvas of the chart. */
function seen(map: Mapping, x: number, y: number): [number, number] | null {
  const place = placeOf(KEPT, map);
  if (!place) return null;
  const [kx, ky] = [place.width / 1600, place.height / 800];
  return [place.left + KEPT.px(x) * kx, place.top + KEPT.py(y) * ky];
}

describe("a picture of lines", () => {
  test.each<[Span, Span]>([
    [
      [0, 100],
      [0, 10],
    ],
    [
      [20, 120],
      [1, 11],
    ],
    [
      [10, 80],
      [2, 9],
    ],
    [
      [-25, 120],
      [-2, 12],
    ],
  ])("shows every value where the chart would draw it: %j, %j", (x, y) => {
    const map = now(x, y);
    for (const [at, value] of [
      [30, 3],
      [70, 8],
    ] as const) {
      const [px, py] = seen(map, at, value) ?? [Number.NaN, Number.NaN];
      expect(px).toBeCloseTo(map.px(at));
      expect(py).toBeCloseTo(map.py(value));
    }
  });

  test.each<[string, Mapping]>([
    ["moved beyond its margin", now([66, 166], [0, 10])],
    ["stretched too far", now([40, 46], [0, 10])],
    ["shrunk until it is too small", now([-150, 250], [0, 10])],
    ["beyond its margin in height", now([0, 100], [7, 17])],
    ["on another scale", now([0, 100], [0, 10], "log")],
    ["of another size", now([0, 100], [0, 10], "linear", 900)],
  ])("does not do %s", (_, map) => {
    expect(placeOf(KEPT, map)).toBeNull();
  });
});
