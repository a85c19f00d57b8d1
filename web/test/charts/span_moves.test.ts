import { expect, test } from "vitest";
import { isLongEnough, pushed, scaled, within } from "../../src/charts/span_moves";

test("a push moves both ends", () => {
  expect(pushed([10, 20], 0.5)).toEqual([15, 25]);
  expect(pushed([10, 20], -2)).toEqual([-10, 0]);
});

test("what is under the cursor stays there", () => {
  expect(scaled([0, 100], 0.25, 0.5)).toEqual([12.5, 62.5]);
  const [from, to] = scaled([0, 100], 0.25, 2);
  expect(from + (to - from) * 0.25).toBeCloseTo(25);
});

test("nothing is shown beyond the ends; all of it is no zoom", () => {
  expect(within([-5, 5], [0, 100])).toEqual([0, 10]);
  expect(within([95, 105], [0, 100])).toEqual([90, 100]);
  expect(within([20, 30], [0, 100])).toEqual([20, 30]);
  expect(within([-1, 120], [0, 100])).toBeNull();
});

test("a span has to have pixels that are different numbers", () => {
  expect(isLongEnough([0, 0.5], 1)).toBe(false);
  expect(isLongEnough([3, 5], 1)).toBe(true);
  expect(isLongEnough([1e15, 1e15 + 2])).toBe(false);
  expect(isLongEnough([1_700_000_000, 1_700_000_001])).toBe(true);
  expect(isLongEnough([2, 1])).toBe(false);
  expect(isLongEnough([Number.NaN, 1])).toBe(false);
});
