import { describe, expect, test } from "vitest";
import { makeAxis, spansDecades } from "../../src/lib/value_axis";

describe("an axis of numbers", () => {
  test("places them evenly, or by their logarithms", () => {
    const linear = makeAxis([1, 10, 100], false);
    expect([1, 50.5, 100].map((value) => linear.placeOf(value))).toEqual([0, 0.5, 1]);
    const log = makeAxis([1, 10, 100], true);
    expect(log.placeOf(10)).toBeCloseTo(0.5);
    expect(log.ticks.map(({ label }) => label)).toContain("10");
  });

  test("has no place for what is no number, and no logarithms where one is not above 0", () => {
    const axis = makeAxis([0, 5, null, Number.NaN], true);
    expect(axis.can_be_log).toBe(false);
    expect([axis.placeOf(null), axis.placeOf(Number.NaN), axis.placeOf(5)]).toEqual([null, null, 1]);
  });

  test("puts a single value in the middle", () => {
    expect(makeAxis([3, 3], false).placeOf(3)).toBe(0.5);
    expect(makeAxis([0], false).placeOf(0)).toBe(0.5);
  });

  test("is logarithmic where it spans decades", () => {
    expect(spansDecades([1e-4, 1e-2, "x", null])).toBe(true);
    expect(spansDecades([1e-4, 5e-3])).toBe(false);
    expect(spansDecades([0, 100])).toBe(false);
    expect(spansDecades([])).toBe(false);
  });

  test("says a part as a query", () => {
    expect(makeAxis([0, 10], false).between("lr", 0.75, 0.25)).toBe("lr >= 2.5 and lr <= 7.5");
    expect(makeAxis([1e-4, 1e-2], true).between("lr", 0, 0.5)).toBe("lr >= 0.0001 and lr <= 0.001");
  });
});

describe("an axis of texts", () => {
  test("places them one after the other, numbers among them, too", () => {
    const axis = makeAxis(["sgd", "adam", null, 3], false);
    expect(["3", "adam", "sgd"].map((name) => axis.placeOf(name))).toEqual([0, 0.5, 1]);
    expect(axis.placeOf(null)).toBeNull();
    expect(axis.can_be_log).toBe(false);
  });

  test("says a part as a query", () => {
    const axis = makeAxis(["a", 'b"', "c"], false);
    expect(axis.between("opt", 0.4, 1)).toBe('(opt == "b\\"" or opt == "c")');
    expect(axis.between("opt", 0.9, 1)).toBe('opt == "c"');
    expect(axis.between("opt", 0.6, 0.9)).toBeNull();
  });
});
