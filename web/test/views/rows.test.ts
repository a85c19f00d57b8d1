import { describe, expect, test } from "vitest";
import { groupTags } from "../../src/views/groups";
import { automaticTag, makeRows, type RowWish } from "../../src/views/run_rows";
import { placeOf, weightOf } from "../../src/views/smoothing_tool";
import { makeRun, makeTag } from "../state/helpers";

const wish: RowWish = { by_source: false, order: "name", tag: undefined, isFolded: () => false };
const shown = (names: string[], change: Partial<RowWish> = {}) =>
  makeRows(
    names.map((name) => makeRun(name)),
    { ...wish, ...change },
  ).map((row) => `${"  ".repeat(row.depth)}${row.kind === "run" ? "" : "> "}${row.label}`);

describe("the lines of the runs pane", () => {
  test("have folders where these say something", () => {
    expect(shown(["a/x", "a/y", "b/z", "plain"])).toEqual(["> a", "  x", "  y", "b/z", "plain"]);
    expect(shown(["a/x", "b/x"])).toEqual(["a/x", "b/x"]);
    expect(shown(["a/x", "a/y"])).toEqual(["a/x", "a/y"]);
  });

  test("hide what is folded", () => {
    expect(shown(["a/x", "a/y", "plain"], { isFolded: (key) => key === "run:/a" })).toEqual(["> a", "plain"]);
  });

  test("stand under their source when there are several", () => {
    const runs = [makeRun("x"), makeRun("x", { source: "gpu2:runs" })];
    const rows = makeRows(runs, { ...wish, by_source: true });
    expect(rows.map((row) => [row.kind, row.label])).toEqual([
      ["source", "gpu1:runs"],
      ["run", "x"],
      ["source", "gpu2:runs"],
      ["run", "x"],
    ]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(4);
  });

  test("sort by value, those without one last", () => {
    const tag = makeTag("loss", { "gpu1:runs\nb": { last_value: 0.1 }, "gpu1:runs\na": { last_value: 0.7 } });
    expect(shown(["a", "none", "b"], { order: "value", tag })).toEqual(["b", "a", "none"]);
  });

  test("sort by age, the newest first", () => {
    const runs = [makeRun("old", { last_wall_time_s: 1 }), makeRun("new", { last_wall_time_s: 9 })];
    expect(makeRows(runs, { ...wish, order: "age" }).map((row) => row.label)).toEqual(["new", "old"]);
  });

  test("give the logdir itself a name", () => {
    expect(shown(["."])[0]).toContain("the directory itself");
  });
});

test("the value beside the runs is a validation loss, a loss, or what there is", () => {
  const pick = (...tags: string[]) => automaticTag(tags.map((tag) => makeTag(tag)))?.tag;
  expect(pick("acc", "train/loss", "val/loss")).toBe("val/loss");
  expect(pick("acc", "train/loss")).toBe("train/loss");
  expect(pick("acc", "lr")).toBe("acc");
  expect(pick()).toBeUndefined();
});

test("groups beyond many cards begin folded, the first never", () => {
  const tags = Array.from({ length: 90 }, (_, i) => ({ ...makeTag(`t${i}`), group: i < 70 ? "big" : "small" }));
  expect(groupTags(tags).map((g) => [g.name, g.tags.length, g.folded_by_default])).toEqual([
    ["big", 70, false],
    ["small", 20, true],
  ]);
});

test("the slider reaches every weight and comes back to it", () => {
  expect(weightOf(0)).toBe(0);
  expect(weightOf(1)).toBe(0.999);
  for (const weight of [0, 0.3, 0.6, 0.9, 0.99, 0.999]) expect(weightOf(placeOf(weight))).toBeCloseTo(weight, 3);
});
