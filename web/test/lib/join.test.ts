import { expect, test } from "vitest";
import { joinTags } from "../../src/lib/join";

const TAGS = ["lr", "train/acc", "train/loss", "val/acc", "val/loss", "val/loss/extra"];

test.each([
  ["(train|val)/loss", [["train/loss", "val/loss"]]],
  [
    "(train|val)/.*",
    [
      ["train/acc", "val/acc"],
      ["train/loss", "val/loss"],
    ],
  ],
  ["train/(.*)", [["train/acc", "train/loss"]]],
  ["(.*)/(acc|loss)", [["train/acc", "train/loss", "val/acc", "val/loss"]]],
  ["train/acc|val/loss", [["train/acc", "val/loss"]]],
  ["(train|test)/loss", []],
  ["", []],
  ["  ", []],
])("%s joins what differs only in the parentheses", (pattern, charts) => {
  expect(joinTags(pattern, TAGS)).toEqual(charts);
});

test("a group that is not there leaves nothing out", () => {
  expect(joinTags("(train|val)?/?lo(ss)", ["train/loss", "val/loss", "loss"])).toEqual([["train/loss", "val/loss"]]);
});

test("a broken pattern says so", () => {
  expect(() => joinTags("(train", TAGS)).toThrow(/./);
});
