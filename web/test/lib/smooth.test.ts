import { describe, expect, test } from "vitest";
import { EMPTY, isEmpty, padded, quantiles, union, widened } from "../../src/lib/extent";
import { smooth } from "../../src/lib/smooth";

describe("smoothing", () => {
  test("is the debiased moving average", () => {
    const [a, b, c] = smooth(Float64Array.of(1, 2, 4), 0.5);
    expect(a).toBeCloseTo(1);
    expect(b).toBeCloseTo((0.25 * 1 + 0.5 * 2) / 0.75);
    expect(c).toBeCloseTo((0.125 * 1 + 0.25 * 2 + 0.5 * 4) / 0.875);
  });

  test("passes over what is not finite and goes on as if it were not there", () => {
    const out = smooth(Float64Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY), 0.5);
    expect(out[1]).toBeNaN();
    expect(out[2]).toBeCloseTo(smooth(Float64Array.of(1, 2), 0.5)[1] as number);
    expect(out[3]).toBe(Number.POSITIVE_INFINITY);
  });

  test("of a constant is the constant, also when each value stands for many", () => {
    for (const value of smooth(new Float64Array(50).fill(3), 0.99, 7)) expect(value).toBeCloseTo(3);
  });

  test("forgets faster when each value stands for many points", () => {
    const jump = Float64Array.of(0, 0, 0, 1, 1, 1);
    expect(smooth(jump, 0.9, 10)[5] as number).toBeGreaterThan(smooth(jump, 0.9)[5] as number);
  });
});

describe("spans", () => {
  test("grow from the empty one", () => {
    expect(isEmpty(EMPTY)).toBe(true);
    expect(union(EMPTY, [1, 2])).toEqual([1, 2]);
    expect(union([1, 2], [-1, 1])).toEqual([-1, 2]);
  });

  test("have room on both sides, a single value too", () => {
    expect(padded([0, 10], 0.05)).toEqual([-0.5, 10.5]);
    expect(padded([0, 0], 0.05)).toEqual([-1, 1]);
    expect(padded([1 - 1e-16, 1 + 3e-16], 0.05)[0]).toBeCloseTo(0.9);
    const [from, to] = padded([5, 5], 0.05);
    expect(from).toBeLessThan(5);
    expect(to).toBeGreaterThan(5);
  });

  test("of one point are widened", () => {
    expect(widened([7, 7])).toEqual([6, 8]);
    expect(widened([7, 9])).toEqual([7, 9]);
  });

  test("without outliers leave out one in twenty on each side", () => {
    const values = [...Array(100).keys(), 1e9, -1e9];
    const [from, to] = quantiles(values);
    expect(from).toBeGreaterThanOrEqual(0);
    expect(to).toBeLessThan(100);
    expect(quantiles([3, 4])).toEqual([3, 4]);
    expect(isEmpty(quantiles([]))).toBe(true);
  });
});
