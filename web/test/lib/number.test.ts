import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatColumn,
  formatCount,
  formatPercent,
  formatTicks,
  formatValue,
  plural,
} from "../../src/lib/number";

/** The narrow spaces and real minus signs, as they are typed. */
const plain = (text: string) => text.replace(/\u202f/g, " ").replace(/\u2212/g, "-");

describe("a value", () => {
  test.each([
    [0, "0"],
    [0.41, "0.41"],
    [1 / 3, "0.3333"],
    [9999.4, "9999"],
    [9999.96, "10000"],
    [12_400, "12.4 k"],
    [-12_345, "-12.35 k"],
    [1.5e9, "1.5 G"],
    [3.1e-4, "3.1e-4"],
    [-2e20, "-2e20"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+∞"],
    [Number.NEGATIVE_INFINITY, "-∞"],
  ])("%d is %s", (value, text) => expect(plain(formatValue(value))).toBe(text));

  test("in a column keeps its zeros, save a whole number", () => {
    expect([0.41, 1, 12_400, 3e-4].map(formatColumnPlain)).toEqual(["0.4100", "1", "12.40 k", "3.000e-4"]);
  });
});

const formatColumnPlain = (value: number) => plain(formatColumn(value));

test("counts have every digit", () => {
  expect([0, 9999, 10_000, 1_234_567, -1_234_567].map((n) => plain(formatCount(n)))).toEqual([
    "0",
    "9999",
    "10 000",
    "1 234 567",
    "-1 234 567",
  ]);
});

test("bytes, shares and plurals", () => {
  expect([999, 1834, 231e6].map((n) => plain(formatBytes(n)))).toEqual(["999 B", "1.83 kB", "231 MB"]);
  expect(plain(formatPercent(999, 1000))).toBe("99 %");
  expect(plain(formatPercent(1, 0))).toBe("0 %");
  expect([plural(1, "run"), plural(2, "run")]).toEqual(["1 run", "2 runs"]);
});

describe("the ticks of one axis", () => {
  test.each([
    [[0, 0.5, 1], 0.5, ["0", "0.5", "1.0"]],
    [[0, 5000, 10_000], 5000, ["0", "5 k", "10 k"]],
    [[0, 2500, 5000], 2500, ["0", "2500", "5000"]],
    [[15_200, 15_250], 50, ["15.20 k", "15.25 k"]],
    [[1e-5, 2e-5], 1e-5, ["1e-5", "2e-5"]],
    [[0.0998, 0.1], 0.0002, ["0.0998", "0.1000"]],
    [[-1, 0, 1], 1, ["-1", "0", "1"]],
  ])("%j by %d are %j", (ticks, step, labels) => expect(formatTicks(ticks, step).map(plain)).toEqual(labels));
});
