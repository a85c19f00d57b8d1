import { beforeEach, describe, expect, test, vi } from "vitest";
import { board } from "../../src/state/board";
import { colours, groupColour } from "../../src/state/colours";
import { group_by, group_error, group_of, run_groups } from "../../src/state/groups";
import { hparams } from "../../src/state/hparams";
import { setNote } from "../../src/state/notes";
import { DEFAULT_SELECTION, selection } from "../../src/state/selection";
import { run_filter_text } from "../../src/state/settings";
import { makeBoard, runEntry } from "./helpers";

const NAMES = ["big/seed-0", "big/seed-1", "small/seed-0", "small/seed-10", "plain"];
const key = (name: string) => `gpu1:runs\n${name}`;
const shown = () =>
  run_groups.value?.map((group) => `${group.label}: ${group.members.map((run) => run.name).join(" ")}`);

// What is asked of the hub is never answered here.
vi.stubGlobal("fetch", () => new Promise(() => {}));

beforeEach(() => {
  board.value = makeBoard(
    NAMES.map((name) => runEntry(name)),
    [],
  );
  hparams.value = new Map(NAMES.slice(0, 4).map((name, i) => [key(name), new Map([["lr", i < 2 ? 0.01 : 0.1]])]));
  selection.value = DEFAULT_SELECTION;
  run_filter_text.value = "";
  group_by.value = "";
});

describe("groups", () => {
  test.each([
    ["folder", ["big: big/seed-0 big/seed-1", "small: small/seed-0 small/seed-10", "none: plain"]],
    ["part(2)", ["seed-0: big/seed-0 small/seed-0", "seed-1: big/seed-1", "seed-10: small/seed-10", "none: plain"]],
    ["regex(seed-(\\d))", ["0: big/seed-0 small/seed-0", "1: big/seed-1 small/seed-10", "none: plain"]],
    [
      "regex(^(b|s)\\w+/(?:seed-(0))?)",
      ["b · –: big/seed-1", "b · 0: big/seed-0", "s · –: small/seed-10", "s · 0: small/seed-0", "none: plain"],
    ],
    ["lr", ["lr 0.01: big/seed-0 big/seed-1", "lr 0.1: small/seed-0 small/seed-10", "lr: none: plain"]],
    ["hparam(lr)", ["lr 0.01: big/seed-0 big/seed-1", "lr 0.1: small/seed-0 small/seed-10", "lr: none: plain"]],
  ])("by %s", (by, groups) => {
    group_by.value = by;
    expect(group_error.value).toBe("");
    expect(shown()).toEqual(groups);
  });

  test("are of the runs that match the search", () => {
    group_by.value = "folder";
    run_filter_text.value = "seed-0";
    expect(shown()).toEqual(["big: big/seed-0", "small: small/seed-0"]);
    expect(group_of.value.get(key("big/seed-1"))).toBeUndefined();
  });

  test("stay the same list while nothing has changed in them", () => {
    group_by.value = "lr";
    const before = run_groups.value;
    expect(before).toHaveLength(3);
    hparams.value = new Map(hparams.value);
    expect(run_groups.value).toBe(before);
    hparams.value = new Map([[key("plain"), new Map([["lr", 1]])]]);
    expect(shown()).toEqual(["lr 1: plain", "lr: none: big/seed-0 big/seed-1 small/seed-0 small/seed-10"]);
  });

  test.each([
    ["regex(()", "Unterminated group"],
    ["regex((?=a))", "look-around is not possible here"],
    ["nothing like it", 'there is no column "nothing like it"'],
  ])("by %s are not, and it is said why", (by, error) => {
    group_by.value = by;
    expect(run_groups.value).toBeNull();
    expect(group_error.value).toBe(error);
  });

  test("give their runs one colour, but not those with one of their own", () => {
    const of = (name: string) => colours.value.get(key(name));
    expect(of("big/seed-0")).not.toBe(of("big/seed-1"));
    group_by.value = "folder";
    expect(of("big/seed-0")).toBe(of("big/seed-1"));
    expect(of("big/seed-0")).not.toBe(of("small/seed-0"));
    expect(groupColour(group_of.value.get(key("big/seed-0"))?.key ?? "")).toBe(of("big/seed-0"));
    setNote(key("big/seed-1"), { colour: 31 });
    expect(of("big/seed-1")).not.toBe(of("big/seed-0"));
    setNote(key("big/seed-1"), { colour: null });
    group_by.value = "";
    expect(of("big/seed-0")).not.toBe(of("big/seed-1"));
  });
});
