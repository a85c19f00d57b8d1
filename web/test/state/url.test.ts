import { describe, expect, test } from "vitest";
import { DEFAULTS, readFragment, type Shared, writeFragment } from "../../src/state/url";

const some: Shared = {
  smoothing: 0.95,
  x: "wall_time",
  y: "log",
  ignore_outliers: true,
  run_filter: "lr=(0.1|0.3)",
  tag_filter: "train/.*&=#%",
  group_by: "regex((a|b)&=)",
  selection: { base: "none", except: new Set(["gpu1:/data/runs\na,b", "./local\nx::y/z"]) },
};

describe("the fragment", () => {
  test("is empty when nothing was set", () => {
    expect(writeFragment(DEFAULTS, true)).toBe("");
    expect(readFragment("")).toEqual(DEFAULTS);
    expect(readFragment("#")).toEqual(DEFAULTS);
  });

  test("reads back what was written", () => {
    expect(readFragment(`#${writeFragment(some, false)}`)).toEqual(some);
  });

  test("can be read by people", () => {
    const shared: Shared = {
      ...DEFAULTS,
      smoothing: 0.9,
      tag_filter: "train/loss",
      selection: { base: "all", except: new Set(["gpu1:runs\nlr=0.1/seed 1", "gpu1:runs\nb"]) },
    };
    expect(writeFragment(shared, true)).toBe("smoothing=0.9&tags=train/loss&hide=b,lr=0.1/seed%201");
    expect(writeFragment(shared, false)).toContain("gpu1:runs::b,gpu1:runs::lr=0.1/seed%201");
  });

  test("with one source has bare names, also such with colons and commas", () => {
    const except = new Set(["gpu1:runs\na::b", "gpu1:runs\nc,d", "gpu1:runs\ne:f"]);
    const text = writeFragment({ ...DEFAULTS, selection: { base: "none", except } }, true);
    expect(readFragment(text).selection).toEqual({ base: "none", except: new Set(["a::b", "c,d", "e:f"]) });
  });

  test("survives an address bar's percent signs", () => {
    const text = writeFragment(some, false).replace(/\|/g, "%7C").replace(/\//g, "%2F");
    expect(readFragment(text)).toEqual(some);
  });

  test.each([
    ["smoothing=7", { smoothing: 0.999 }],
    ["smoothing=-1", { smoothing: 0 }],
    ["smoothing=much", { smoothing: 0.6 }],
    ["x=sideways&y=up", { x: "step", y: "linear" }],
    ["runs=%E0%A4%A", { run_filter: "%E0%A4%A" }],
    ["only=", { selection: { base: "none", except: new Set() } }],
    ["&&=&nonsense", DEFAULTS],
  ])("%s makes what sense it can", (text, expected) => {
    expect(readFragment(text)).toMatchObject(expected);
  });
});
