import { describe, expect, test } from "vitest";
import { fuzzyBest, fuzzyScore } from "../../src/lib/fuzzy";

const best = (query: string, ...items: string[]) => fuzzyBest(query, items, (item) => item, 10);

describe("fuzzy search", () => {
  test("finds letters in their order, and only so", () => {
    expect(fuzzyScore("vlo", "val/loss")).not.toBeNull();
    expect(fuzzyScore("ov", "val/loss")).toBeNull();
    expect(fuzzyScore("losss", "val/loss")).toBeNull();
  });

  test("prefers what was typed as it stands, at the start of a word, in a short name", () => {
    expect(best("loss", "l/o/s/s", "glossy", "train/loss/longer", "val/loss")).toEqual([
      "val/loss",
      "train/loss/longer",
      "glossy",
      "l/o/s/s",
    ]);
  });

  test("does not mind case and blanks", () => {
    expect(best("VAL l", "val/loss", "train/loss")).toEqual(["val/loss"]);
  });

  test("lists everything in its order while nothing is typed, but no more than asked", () => {
    expect(fuzzyBest("", ["b", "a", "c"], (item) => item, 2)).toEqual(["b", "a"]);
  });
});
