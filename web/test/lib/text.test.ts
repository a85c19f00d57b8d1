import { expect, test } from "vitest";
import { makeFilter } from "../../src/lib/filter";
import { naturalCompare, splitMiddle, splitRun, splitTag } from "../../src/lib/text";

test("names sort naturally, fractions by their value", () => {
  const names = ["run10", "run2", "lr=0.1", "lr=0.03", "lr=0.3", "lr=0.01", "v1.10", "v1.9"];
  expect([...names].sort(naturalCompare)).toEqual([
    "lr=0.01",
    "lr=0.03",
    "lr=0.1",
    "lr=0.3",
    "run2",
    "run10",
    "v1.9",
    "v1.10",
  ]);
});

test("names that only look alike are still ordered", () => {
  expect(naturalCompare("a01", "a1")).not.toBe(0);
  expect(naturalCompare("a", "a")).toBe(0);
});

test("a tag has a group when something stands before and after its first slash", () => {
  expect(splitTag("train/loss/total")).toEqual({ group: "train", title: "loss/total" });
  expect(splitTag("loss")).toEqual({ group: "", title: "loss" });
  expect(splitTag("/loss")).toEqual({ group: "", title: "/loss" });
  expect(splitTag("loss/")).toEqual({ group: "", title: "loss/" });
});

test("a run stands in a folder", () => {
  expect(splitRun("a/b/seed-0")).toEqual({ folder: "a/b", name: "seed-0" });
  expect(splitRun("seed-0")).toEqual({ folder: "", name: "seed-0" });
});

test("the two parts of a long name are the name, and no letter is cut in two", () => {
  const name = "experiments/résumé-of-👩‍🚀-and-a-long-tail-seed7";
  const { head, tail } = splitMiddle(name);
  expect(head + tail).toBe(name);
  expect(Array.from(tail)).toHaveLength(10);
  expect(splitMiddle("short")).toEqual({ head: "short", tail: "" });
});

test("a filter is a regular expression without regard to case", () => {
  expect(makeFilter("").matches("anything")).toBe(true);
  expect(makeFilter("^train/.*loss$").matches("Train/val_LOSS")).toBe(true);
  expect(makeFilter("^loss").matches("train/loss")).toBe(false);
});

test("what is no regular expression is looked for as it stands, and says why", () => {
  const filter = makeFilter("lr(");
  expect(filter.error).not.toBe("");
  expect(filter.error).not.toContain("Invalid regular expression");
  expect(filter.matches("sweep LR(0.1)")).toBe(true);
  expect(filter.matches("lr=0.1")).toBe(false);
});
