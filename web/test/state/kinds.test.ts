import { beforeEach, describe, expect, test } from "vitest";
import { board } from "../../src/state/board";
import { chosen_kinds, isShown, kind_counts, readKinds, setShown, showOnly, writeKinds } from "../../src/state/kinds";
import { makeBoard, runEntry } from "./helpers";

const has = { 0: { points: 3, last_value: 0.5 } };

beforeEach(() => {
  chosen_kinds.value = new Set();
  board.value = makeBoard(
    [runEntry("a")],
    [
      { tag: "loss", has },
      { tag: "loss", kind: "image", has },
      { tag: "note", kind: "text", has },
      { tag: "shape", kind: "mesh", has },
    ],
  );
});

describe("kinds", () => {
  test("are counted where they have cards; one tag may be of several", () => {
    expect([...kind_counts.value]).toEqual([
      ["scalar", 1],
      ["image", 1],
      ["text", 1],
    ]);
    expect([...board.value.other_kinds]).toEqual([["mesh", 1]]);
    expect(board.value.media.map(({ key }) => key)).toEqual(["image\nloss", "text\nnote"]);
  });

  test("are all shown until some are chosen", () => {
    expect(isShown("image")).toBe(true);
    showOnly("image");
    expect([isShown("image"), isShown("scalar")]).toEqual([true, false]);
    setShown("text", true);
    expect([isShown("text"), isShown("scalar")]).toEqual([true, false]);
    setShown("scalar", true);
    expect(chosen_kinds.value.size).toBe(0);
    showOnly("text");
    showOnly("text");
    expect(isShown("scalar")).toBe(true);
  });

  test("stand in the address by name", () => {
    expect(writeKinds(new Set(["text", "image"]))).toBe("image,text");
    expect(readKinds("text,nonsense,image")).toEqual(new Set(["image", "text"]));
    expect(readKinds("")).toEqual(new Set());
  });
});
