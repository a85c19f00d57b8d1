import { describe, expect, test } from "vitest";
import { clockTicks, linearTicks, logTicks, niceStep, spanTicks } from "../../src/lib/ticks";

test("steps are 1, 2 or 5 times a power of ten", () => {
  expect([0.9, 1, 1.1, 2.1, 5.1, 0.013, 4e7].map(niceStep)).toEqual([1, 1, 2, 5, 10, 0.02, 5e7]);
  expect([0, -1, Number.NaN, Number.POSITIVE_INFINITY].map(niceStep)).toEqual([1, 1, 1, 1]);
});

describe("linear ticks", () => {
  test("stand at round values within the range", () => {
    expect(linearTicks(0.03, 0.97, 5).at).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(linearTicks(-1, 1, 4).at).toEqual([-1, -0.5, 0, 0.5, 1]);
  });

  test("are free of the dust of addition", () => {
    expect(linearTicks(0, 0.3, 3).at).toEqual([0, 0.1, 0.2, 0.3]);
  });

  test("of steps are whole", () => {
    expect(linearTicks(0, 3, 10, true).at).toEqual([0, 1, 2, 3]);
  });

  test("end where one more is no other number", () => {
    const { at } = linearTicks(1 - 1e-16, 1 + 3e-16, 5);
    expect(at.length).toBeLessThanOrEqual(51);
  });

  test("stay few and finite far from zero", () => {
    const { at } = linearTicks(1e9, 1e9 + 1, 5);
    expect(at.length).toBeGreaterThan(3);
    expect(at.length).toBeLessThan(10);
    expect(new Set(at).size).toBe(at.length);
  });
});

describe("logarithmic ticks", () => {
  const values = (min: number, max: number, count: number) => logTicks(min, max, count).at.map((t) => 10 ** t);

  test("over many decades are powers of ten", () => {
    for (const tick of logTicks(-6, 2, 6).at) expect(Number.isInteger(tick)).toBe(true);
    expect(logTicks(-6, 2, 6).at.length).toBeGreaterThan(2);
  });

  test("over a decade have 1, 2 and 5", () => {
    expect(values(0, 1, 6).map((v) => Math.round(v))).toEqual([1, 2, 5, 10]);
  });

  test("within less than a decade are linear", () => {
    expect(values(Math.log10(92), Math.log10(100), 5).map((v) => Math.round(v))).toEqual([92, 94, 96, 98, 100]);
  });
});

test("spans use the clock's own steps", () => {
  expect(spanTicks(0, 7200, 5)).toEqual({ at: [0, 1800, 3600, 5400, 7200], step: 1800 });
  expect(spanTicks(0, 0.5, 5).step).toBe(0.1);
  expect(spanTicks(0, 10 * 86400, 5).step).toBe(2 * 86400);
});

test("clock ticks stand at full local hours", () => {
  const start = new Date("2024-11-22T14:20:00").getTime() / 1000;
  const { at } = clockTicks(start, start + 4 * 3600, 5);
  for (const tick of at) expect(new Date(tick * 1000).getMinutes()).toBe(0);
  expect(at).toHaveLength(4);
});
