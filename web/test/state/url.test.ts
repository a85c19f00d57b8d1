import { describe, expect, test } from "vitest";
import { DEFAULTS, readFragment, type Shared, writeFragment } from "../../src/state/url";

const some: Shared = {
  smoothing: 0.95,
  x: "tag(train/tokens:a&b)",
  x_scale: "log",
  own_x: new Map([
    ["a,b:c;d/loss", { axis: "tag(to;kens:x,(y))", scale: "symlog" }],
    ["val/loss", { axis: "relative", scale: null }],
    ["lr", { axis: null, scale: "linear" }],
  ]),
  y: "log",
  clip_percent: 1,
  run_filter: "lr=(0.1|0.3)",
  tag_filter: "train/.*&=#%",
  kinds: new Set(["image", "text"]),
  step: 1200,
  own_steps: new Map([
    ["image\na,b:c/sample", 40],
    ["text\nnotes", null],
  ]),
  histograms: { mode: "heat", log_counts: true, axis: "own" },
  group_by: "regex((a|b)&=)",
  groups_as: "mean",
  group_band: "std",
  selection: { base: "none", except: new Set(["gpu1:/data/runs\na,b", "./local\nx::y/z"]) },
  zooms: {
    linked: false,
    places: [
      { tag: "a,b:c;d/loss", x: [0.1, 0.25], y: [-2e-7, 3e-7] },
      { tag: "grad/norm", x: null, y: [1, 2] },
      { tag: "train/loss", x: [1_700_000_000.5, 1_700_000_060], y: null },
    ],
  },
  measured: [{ tag: "train/loss", x: [5, 10], y: null }],
  joins: [
    { tags: ["train/loss", "val;a,b/loss", "lr"], right: new Set(["lr"]) },
    { tags: ["a", "b"], right: new Set() },
  ],
  join_pattern: "(train|val)/acc.*",
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

  test("says other kinds of smoothing by their name", () => {
    const smoothing = { kind: "time_ema", half_life: 90, unit: "wall_time" } as const;
    expect(writeFragment({ ...DEFAULTS, smoothing, clip_percent: 0.1 }, true)).toBe("smoothing=time:90&clip=0.1");
  });

  test("says zooms with the digits that a screen shows", () => {
    const place = { tag: "train/loss", x: [3012.34567, 4987.6] as const, y: [0.123456, 0.54321] as const };
    const write = (linked: boolean) => writeFragment({ ...DEFAULTS, zooms: { linked, places: [place] } }, true);
    expect(write(false)).toBe("zoom=train/loss:3012..4988;0.1235..0.5432");
    expect(write(true)).toBe("zoomall=train/loss:3012..4988;0.1235..0.5432");
    expect(readFragment(write(true)).zooms.linked).toBe(true);
    expect(writeFragment({ ...DEFAULTS, zooms: { linked: true, places: [] } }, true)).toBe("zoomall=");
    expect(readFragment("zoomall=").zooms).toEqual({ linked: true, places: [] });
  });

  test("says what is on one chart, after ;; what is on its right axis", () => {
    const { joins, join_pattern } = some;
    expect(writeFragment({ ...DEFAULTS, joins: joins.slice(0, 1), join_pattern }, true)).toBe(
      "join=train/loss;val%3Ba%2Cb/loss;;lr&joinby=(train|val)/acc.*",
    );
    expect(readFragment("join=alone").joins).toEqual([]);
  });

  test("says what x is, of all charts and of single ones", () => {
    const own_x = new Map([
      ["val/loss", { axis: "tag(tokens)", scale: "log" }],
      ["lr", { axis: null, scale: "symlog" }],
    ] as const);
    const text = writeFragment({ ...DEFAULTS, x: "tag(train/tokens)", x_scale: "log", own_x }, true);
    expect(text).toBe("x=tag(train/tokens)&xscale=log&xof=val/loss:tag(tokens);log,lr:;symlog");
    expect(readFragment(text.replace(/;/g, "%3B").replace(/\(/g, "%28").replace(/\)/g, "%29")).own_x).toEqual(own_x);
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
    ["smoothing=time:30", { smoothing: { kind: "time_ema", half_life: 30, unit: "wall_time" } }],
    ["smoothing=gauss%3A2.5", { smoothing: { kind: "gaussian", sigma: 2.5, unit: "points" } }],
    ["smoothing=gauss:-1", { smoothing: 0.6 }],
    ["y=symlog", { y: "symlog" }],
    ["clip=80", { clip_percent: 49 }],
    ["clip=-3", { clip_percent: 0 }],
    ["x=sideways&y=up", { x: "step", y: "linear" }],
    ["x=tag()&xscale=cubic&xof=loss,loss:,:log,loss:up", { x: "step", x_scale: "linear", own_x: new Map() }],
    ["runs=%E0%A4%A", { run_filter: "%E0%A4%A" }],
    ["only=", { selection: { base: "none", except: new Set() } }],
    ["zoom=loss:5..1,loss,loss:a..b,loss:1..2..3", { zooms: DEFAULTS.zooms }],
    ["&&=&nonsense", DEFAULTS],
  ])("%s makes what sense it can", (text, expected) => {
    expect(readFragment(text)).toMatchObject(expected);
  });
});
