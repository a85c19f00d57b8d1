import { beforeEach, describe, expect, test } from "vitest";
import {
  DEFAULT_HISTOGRAM_LOOK,
  histogram_look,
  modeOf,
  own_modes,
  readHistogramLook,
  setMode,
  setModeOfAll,
  writeHistogramLook,
} from "../../src/state/histogram";

beforeEach(() => {
  histogram_look.value = DEFAULT_HISTOGRAM_LOOK;
  own_modes.value = new Map();
});

describe("the mode of histograms", () => {
  test("is the board's until a card has its own", () => {
    expect(modeOf("a")).toBe("offset");
    setMode("a", "heat");
    expect([modeOf("a"), modeOf("b")]).toEqual(["heat", "offset"]);
    setMode("a", "offset");
    expect(own_modes.value.size).toBe(0);
  });

  test("of all cards is one again when that is wanted", () => {
    setMode("a", "heat");
    setModeOfAll("fan");
    expect([modeOf("a"), modeOf("b")]).toEqual(["fan", "fan"]);
  });

  test("stands in the address", () => {
    const look = { mode: "fan", log_counts: true, axis: "own" } as const;
    expect(writeHistogramLook(look)).toBe("fan,log,own");
    expect(readHistogramLook("fan,log,own")).toEqual(look);
    expect(readHistogramLook("same")).toEqual({ ...DEFAULT_HISTOGRAM_LOOK, axis: "same" });
    expect(writeHistogramLook(DEFAULT_HISTOGRAM_LOOK)).toBe("");
    expect(readHistogramLook("nonsense,,")).toEqual(DEFAULT_HISTOGRAM_LOOK);
  });
});
