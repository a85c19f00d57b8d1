import { describe, expect, test } from "vitest";
import { board } from "../../src/state/board";
import { automaticTag } from "../../src/state/cells";
import { chosen_kinds } from "../../src/state/kinds";
import { groups, groupTags } from "../../src/views/groups";
import { makeRows, type RowWish } from "../../src/views/run_rows";
import { placeOf, weightOf } from "../../src/views/smoothing_tool";
import { makeBoard, makeRun, makeTag, runEntry } from "../state/helpers";

const wish: RowWish = {
  by_source: false,
  as_tree: true,
  compare: null,
  groups: null,
  isPinned: () => false,
  givenName: () => "",
  fullName: (run) => run.name,
  isFolded: () => false,
};
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

  test("are a tree as deep as the names, without folders of one", () => {
    const names = ["exp/a/s0", "exp/a/s1", "exp/b/deep/s0", "exp/b/deep/s1", "exp/c/s0", "plain"];
    expect(shown(names)).toEqual([
      "> exp",
      "  > a",
      "    s0",
      "    s1",
      "  > b/deep",
      "    s0",
      "    s1",
      "  c/s0",
      "plain",
    ]);
    expect(shown(names, { as_tree: false })).toEqual(names);
  });

  test("in another order stand one after the other", () => {
    const backwards = (a: { name: string }, b: { name: string }) => (a.name < b.name ? 1 : -1);
    expect(shown(["a/x", "a/y", "b/z"], { compare: backwards })).toEqual(["b/z", "a/y", "a/x"]);
  });

  test("begin with what is pinned, once", () => {
    const isPinned = ({ name }: { name: string }) => name === "a/y";
    expect(shown(["a/x", "a/y", "a/z", "b"], { isPinned })).toEqual(["a/y", "> a", "  x", "  z", "b"]);
  });

  test("have the names that runs were given", () => {
    expect(shown(["a/x", "a/y", "b"], { givenName: ({ name }) => (name === "a/x" ? "best" : "") })).toEqual([
      "> a",
      "  best",
      "  y",
      "b",
    ]);
  });

  test("stand in groups, also of several sources", () => {
    const [x, y] = [makeRun("x"), makeRun("y", { source: "gpu2:runs" })];
    const groups = [{ key: "0.1", label: "lr 0.1", runs: [x, y] }];
    const fullName = (run: { source: string; name: string }) => `${run.source}/${run.name}`;
    const rows = makeRows([x, y], { ...wish, by_source: true, groups, fullName });
    expect(rows.map((row) => [row.kind, row.label, row.depth])).toEqual([
      ["group", "lr 0.1", 0],
      ["run", "gpu1:runs/x", 1],
      ["run", "gpu2:runs/y", 1],
    ]);
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

const AS_THEY_COME = { pinned: [], hidden: new Set<string>(), orders: new Map<string, string[]>() };

test("pinned cards stand above, hidden ones nowhere, moved ones where they were moved to", () => {
  const tags = ["a/1", "a/2", "a/3", "b/1"].map((tag) => ({ ...makeTag(tag), group: tag.slice(0, 1) }));
  const found = groupTags(tags, {
    pinned: ["gone", "b/1", "a/2"],
    hidden: new Set(["a/1"]),
    orders: new Map([["a", ["a/3", "a/1"]]]),
  });
  expect(found.map((g) => [g.name, g.tags.map((t) => t.tag), g.hidden.map((t) => t.tag)])).toEqual([
    ["pinned", ["b/1", "a/2"], []],
    ["a", ["a/3"], ["a/1"]],
  ]);
});

test("sections with curves come before those of other kinds, whichever kinds are shown", () => {
  const has = { 0: { points: 3, last_value: 0.5 } };
  const specs = [
    { tag: "about/text", kind: "text", has },
    { tag: "boundary", kind: "image", has },
    { tag: "train/loss", has },
    { tag: "val/loss", has },
    { tag: "val/picture", kind: "image", has },
  ];
  board.value = makeBoard([runEntry("a")], specs);
  const names = () => groups.value.map(({ name }) => name);
  expect(names()).toEqual(["train", "val", "", "about"]);
  chosen_kinds.value = new Set(["image", "text"]);
  expect(names()).toEqual(["val", "", "about"]);
  chosen_kinds.value = new Set();
});

test("groups beyond many cards begin folded, the first never", () => {
  const tags = Array.from({ length: 90 }, (_, i) => ({ ...makeTag(`t${i}`), group: i < 70 ? "big" : "small" }));
  expect(groupTags(tags, AS_THEY_COME).map((g) => [g.name, g.tags.length, g.folded_by_default])).toEqual([
    ["big", 70, false],
    ["small", 20, true],
  ]);
});

test("the slider reaches every weight and comes back to it", () => {
  expect(weightOf(0)).toBe(0);
  expect(weightOf(1)).toBe(0.999);
  for (const weight of [0, 0.3, 0.6, 0.9, 0.99, 0.999]) expect(weightOf(placeOf(weight))).toBeCloseTo(weight, 3);
});
