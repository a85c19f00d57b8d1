import { describe, expect, test } from "vitest";
import { applyGrowth, newestPoint_s, runKey } from "../../src/state/board";
import { makeBoard, runEntry } from "./helpers";

const A = runEntry("a");
const B = runEntry("b");
const LOSS = { tag: "train/loss", has: { 0: { points: 3, last_value: 0.5 }, 1: { points: 4, last_value: 0.4 } } };

function grown(change: object) {
  return {
    source: "gpu1:runs",
    series: [
      {
        run: "a",
        tag: "train/loss",
        kind: "scalar",
        points: 5,
        superseded: 0,
        last_step: 4,
        last_wall_time_s: 200,
        last_value: 0.1,
        nan: 0,
        inf: 0,
        last_non_finite_step: null,
        ...change,
      },
    ],
  };
}

describe("the board", () => {
  test("sorts runs naturally within their source, sources as they come", () => {
    const runs = ["run10", "run2"].flatMap((run) => [runEntry(run, { source: "z" }), runEntry(run, { source: "a" })]);
    expect(makeBoard(runs, []).runs.map((run) => `${run.source} ${run.name}`)).toEqual([
      "z run2",
      "z run10",
      "a run2",
      "a run10",
    ]);
  });

  test("keeps runs of the same name on two sources apart", () => {
    const board = makeBoard([A, runEntry("a", { source: "gpu2:runs" })], [LOSS]);
    expect(board.run_of.size).toBe(2);
    expect(board.tag_of.get("train/loss")?.series.get(runKey("gpu2:runs", "a"))?.points).toBe(4);
  });

  test("calls a card as its writer does, else by the last part of its tag", () => {
    const named = makeBoard([A, B], [{ ...LOSS, display_name: " Training loss " }]);
    expect(named.tags.map((tag) => tag.title)).toEqual(["Training loss"]);
    expect(makeBoard([A, B], [LOSS]).tags.map((tag) => tag.title)).toEqual(["loss"]);
  });

  test("counts tags that are no scalars", () => {
    const board = makeBoard(
      [A],
      [
        { ...LOSS, has: {} },
        { tag: "w", kind: "mesh", has: {} },
        { tag: "v", kind: "mesh", has: {} },
      ],
    );
    expect(board.tags.map((tag) => tag.tag)).toEqual(["train/loss"]);
    expect([...board.other_kinds]).toEqual([["mesh", 2]]);
  });

  test("tells charts of what changed, and only of that", () => {
    const other = { tag: "val/loss", has: { 0: { points: 1, last_value: 1 } } };
    const before = makeBoard([A, B], [LOSS, other]);
    const changed = { ...LOSS, has: { ...LOSS.has, 0: { points: 9, last_value: 0.5 } } };
    const after = makeBoard([A, B], [changed, other], before);
    expect(after.tag_of.get("train/loss")?.growth).toBe(before.tag_of.get("train/loss")?.growth);
    expect(after.tag_of.get("train/loss")?.growth.value).toBe(1);
    expect(after.tag_of.get("val/loss")?.growth.value).toBe(0);
  });

  test("takes all of a source as changed when its engine is a new one", () => {
    const before = makeBoard([A, B], [LOSS]);
    expect(makeBoard([A, B], [LOSS], before, "e2").tag_of.get("train/loss")?.growth.value).toBe(1);
  });

  test("a last value that is not a number is no change every time", () => {
    const odd = { ...LOSS, has: { 0: { points: 3, last_value: Number.NaN } } };
    const before = makeBoard([A], [odd]);
    expect(makeBoard([A], [odd], before).tag_of.get("train/loss")?.growth.value).toBe(0);
  });
});

describe("growth", () => {
  test("moves the series and its run", () => {
    const board = makeBoard([A, B], [LOSS]);
    const touched = applyGrowth(board, grown({}));
    expect([...touched].map((tag) => tag.tag)).toEqual(["train/loss"]);
    expect(board.tag_of.get("train/loss")?.series.get(runKey("gpu1:runs", "a"))).toMatchObject({
      points: 5,
      last_step: 4,
      last_value: 0.1,
      nan: 0,
      inf: 0,
      last_non_finite_step: Number.NaN,
    });
    expect(board.run_of.get(runKey("gpu1:runs", "a"))).toMatchObject({ last_step: 4, last_wall_time_s: 200 });
    expect(newestPoint_s(board, "gpu1:runs")).toBe(200);
    expect(newestPoint_s(board, "gpu2:runs")).toBeNull();
  });

  test.each([
    ["an older state", { points: 2 }],
    ["a strange tag", { tag: "nope" }],
    ["a strange run", { run: "nope" }],
    ["another kind", { kind: "image" }],
  ])("of %s changes nothing", (_, change) => {
    const board = makeBoard([A, B], [LOSS]);
    expect(applyGrowth(board, grown(change)).size).toBe(0);
    expect(board.tag_of.get("train/loss")?.series.get(runKey("gpu1:runs", "a"))?.points).toBe(3);
  });
});
