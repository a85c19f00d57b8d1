import { describe, expect, test } from "vitest";
import type { LayoutChart } from "../../src/api/custom_scalars";
import { mergeLayouts, tagPattern, tagsOfChart } from "../../src/lib/custom_layout";

const lines = (title: string, ...tags: string[]): LayoutChart => ({ title, multiline: { tags }, margin: null });

describe("layouts of several runs", () => {
  test("are merged by the titles of their categories", () => {
    const merged = mergeLayouts([
      [{ title: "losses", closed: false, charts: [lines("train", "train/.*")] }],
      [
        { title: "other", closed: true, charts: [lines("lr", "lr")] },
        { title: "losses", closed: true, charts: [lines("train", "train/.*"), lines("train", "train/loss")] },
      ],
    ]);
    expect(merged).toEqual([
      // What is alike is there once; a title alone does not make it so.
      { title: "losses", closed: false, charts: [lines("train", "train/.*"), lines("train", "train/loss")] },
      { title: "other", closed: true, charts: [lines("lr", "lr")] },
    ]);
  });

  test("may have a category twice, or none", () => {
    const twice = { title: "a", closed: false, charts: [lines("x", "x")] };
    expect(mergeLayouts([[twice, twice]])).toEqual([twice]);
    expect(mergeLayouts([])).toEqual([]);
  });
});

describe("patterns", () => {
  const matching = (pattern: string, ...tags: string[]) => tags.filter(tagPattern(pattern).matches);

  test("match from the beginning, not to the end, and know capitals", () => {
    expect(matching("loss", "loss", "loss/train", "train/loss", "Loss")).toEqual(["loss", "loss/train"]);
    expect(matching("loss$", "loss", "loss/train")).toEqual(["loss"]);
    expect(matching(".*loss", "train/loss", "lr")).toEqual(["train/loss"]);
    expect(matching("a|b", "abc", "bcd", "cab")).toEqual(["abc", "bcd"]);
  });

  test("may be written as Python has it", () => {
    expect(matching("(?P<part>train|val)/loss\\Z", "val/loss", "val/loss2")).toEqual(["val/loss"]);
    expect(matching("(?i)LOSS", "loss", "lr")).toEqual(["loss"]);
  });

  test("that are none say so and match nothing", () => {
    for (const pattern of ["(", "", "(?=a)", "(a)\\1"]) {
      expect(tagPattern(pattern).error).not.toBe("");
      expect(matching(pattern, "a", "(")).toEqual([]);
    }
  });

  test("that would never end do end", () => {
    const { matches } = tagPattern("(a+)+$");
    expect(matches(`${"a".repeat(2000)}!`)).toBe(false);
  });
});

describe("a chart", () => {
  test("has the tags of its patterns, each once, pattern by pattern", () => {
    const chart = lines("c", "val", "(val|train)/loss");
    expect(tagsOfChart(chart, ["train/loss", "val/acc", "val/loss"], tagPattern)).toEqual([
      "val/acc",
      "val/loss",
      "train/loss",
    ]);
  });

  test("with margins names its tags; those that are not there are left out", () => {
    const margin = { series: [{ value: "m", lower: "m.", upper: "high" }] };
    const chart = { title: "c", multiline: null, margin };
    expect(tagsOfChart(chart, ["m", "mm", "m."], tagPattern)).toEqual(["m", "m."]);
  });
});
