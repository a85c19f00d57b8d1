import { beforeEach, describe, expect, test } from "vitest";
import { board } from "../../src/state/board";
import {
  checked,
  checkedRuns,
  checkFound,
  DEFAULT_SELECTION,
  isolate,
  MANY,
  NEWEST_OF_MANY,
  selection,
  setChecked,
  visible_runs,
} from "../../src/state/selection";
import { run_filter_text } from "../../src/state/settings";
import { makeBoard, makeRun, runEntry } from "./helpers";

const names = () => visible_runs.value.map((run) => run.name);
const key = (name: string) => `gpu1:runs\n${name}`;

beforeEach(() => {
  board.value = makeBoard(
    ["a", "b", "c"].map((name) => runEntry(name)),
    [],
  );
  selection.value = DEFAULT_SELECTION;
  run_filter_text.value = "";
});

describe("the selection", () => {
  test("is everything to begin with, new runs too", () => {
    expect(names()).toEqual(["a", "b", "c"]);
    board.value = makeBoard(
      ["a", "b", "c", "d"].map((name) => runEntry(name)),
      [],
    );
    expect(names()).toEqual(["a", "b", "c", "d"]);
  });

  test("without one run still takes in new ones", () => {
    setChecked([key("b")], false);
    expect(names()).toEqual(["a", "c"]);
    board.value = makeBoard(
      ["a", "b", "c", "d"].map((name) => runEntry(name)),
      [],
    );
    expect(names()).toEqual(["a", "c", "d"]);
    setChecked([key("b")], true);
    expect(selection.value).toEqual(DEFAULT_SELECTION);
  });

  test("of one run alone leaves new ones out, and a second time ends", () => {
    isolate(key("b"));
    board.value = makeBoard(
      ["a", "b", "c", "d"].map((name) => runEntry(name)),
      [],
    );
    expect(names()).toEqual(["b"]);
    setChecked([key("c")], true);
    expect(names()).toEqual(["b", "c"]);
    isolate(key("c"));
    isolate(key("c"));
    expect(names()).toEqual(["a", "b", "c", "d"]);
  });

  test("all and none mean what the search shows", () => {
    run_filter_text.value = "^[ab]$";
    checkFound(false);
    run_filter_text.value = "";
    expect(names()).toEqual(["c"]);
    checkFound(false);
    expect(names()).toEqual([]);
    checkFound(true);
    expect(names()).toEqual(["a", "b", "c"]);
  });

  test("and the search both have to agree", () => {
    setChecked([key("a")], false);
    run_filter_text.value = "a|b";
    expect(names()).toEqual(["b"]);
    expect(checked.value.has(key("c"))).toBe(true);
  });

  test("by bare name means that run on every source", () => {
    const runs = [makeRun("a"), makeRun("a", { source: "gpu2:runs" }), makeRun("b")];
    const chosen = checkedRuns({ base: "none", except: new Set(["a"]) }, runs);
    expect([...chosen]).toEqual(["gpu1:runs\na", "gpu2:runs\na"]);
  });

  test("of very many runs begins with the newest", () => {
    const runs = Array.from({ length: MANY + 1 }, (_, i) => makeRun(`r${i}`, { last_wall_time_s: i }));
    const chosen = checkedRuns(DEFAULT_SELECTION, runs);
    expect(chosen.size).toBe(NEWEST_OF_MANY);
    expect(chosen.has(key(`r${MANY}`))).toBe(true);
    expect(chosen.has(key("r0"))).toBe(false);
    expect(checkedRuns({ base: "all", except: new Set() }, runs).size).toBe(MANY + 1);
  });
});
