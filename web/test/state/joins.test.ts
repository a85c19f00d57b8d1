import { beforeEach, expect, test } from "vitest";
import { board } from "../../src/state/board";
import { guests, join_error, join_pattern, joinOf, joins, joinTo, takeOff, toggleRight } from "../../src/state/joins";
import { commonTitle } from "../../src/views/card_legend";
import { makeBoard, runEntry } from "./helpers";

const has = { 0: { points: 3, last_value: 1 } };
const withTags = (...tags: string[]) => {
  board.value = makeBoard(
    [runEntry("a")],
    tags.map((tag) => ({ tag, has })),
  );
};

beforeEach(() => {
  joins.value = new Map();
  join_pattern.value = "";
  withTags("acc", "lr", "train/loss", "val/loss");
});

test("one card put onto another, with all that is on it", () => {
  joinTo("train/loss", "val/loss");
  joinTo("lr", "train/loss");
  expect(joinOf("lr").tags).toEqual(["lr", "train/loss", "val/loss"]);
  expect([...guests.value]).toEqual(["train/loss", "val/loss"]);
  expect(joinOf("acc").tags).toEqual(["acc"]);
  joinTo("lr", "lr");
  expect(joinOf("lr").tags).toHaveLength(3);
});

test("a tag taken off has its own card again; the last one leaves none joined", () => {
  joinTo("lr", "train/loss");
  joinTo("lr", "val/loss");
  toggleRight("lr", "val/loss");
  takeOff("lr", "lr");
  expect(joinOf("train/loss").tags).toEqual(["train/loss", "val/loss"]);
  expect([...joinOf("train/loss").right]).toEqual(["val/loss"]);
  takeOff("train/loss", "val/loss");
  expect(guests.value.size).toBe(0);
  expect(joins.value.size).toBe(0);
});

test("a tag whose host is not on the board has its own card", () => {
  joinTo("lr", "acc");
  withTags("acc", "train/loss");
  expect(guests.value.size).toBe(0);
  withTags("acc", "lr");
  expect([...guests.value]).toEqual(["acc"]);
});

test("a pattern joins what comes, but not what a hand has put elsewhere", () => {
  join_pattern.value = "(train|val|test)/loss";
  expect(joinOf("train/loss").tags).toEqual(["train/loss", "val/loss"]);
  withTags("lr", "test/loss", "train/loss", "val/loss");
  expect(joinOf("test/loss").tags).toEqual(["test/loss", "train/loss", "val/loss"]);
  joinTo("lr", "val/loss");
  expect(joinOf("test/loss").tags).toEqual(["test/loss", "train/loss"]);
});

test("taking off what a pattern has joined keeps its other charts", () => {
  withTags("train/acc", "train/loss", "val/acc", "val/loss");
  join_pattern.value = "(train|val)/.*";
  toggleRight("train/acc", "val/acc");
  takeOff("train/loss", "val/loss");
  expect(join_pattern.value).toBe("");
  expect(joinOf("train/loss").tags).toEqual(["train/loss"]);
  expect(joinOf("train/acc").tags).toEqual(["train/acc", "val/acc"]);
  expect([...joinOf("train/acc").right]).toEqual(["val/acc"]);
});

test("a broken pattern is told and joins nothing", () => {
  join_pattern.value = "(train";
  expect(join_error.value).not.toBe("");
  expect(guests.value.size).toBe(0);
});

test("a joined card is named by what is common", () => {
  expect(commonTitle(["train/loss", "val/loss"])).toBe("(train|val)/loss");
  expect(commonTitle(["train/loss", "lr"])).toBe("train/loss, lr");
});
