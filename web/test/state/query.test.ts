import { beforeEach, describe, expect, test, vi } from "vitest";
import { board, pulse } from "../../src/state/board";
import { hparams } from "../../src/state/hparams";
import { noteOf, setNote } from "../../src/state/notes";
import { forgetQuery, matching_runs, saved_queries, saveQuery, search_error } from "../../src/state/query";
import { found_runs, hidden_runs } from "../../src/state/selection";
import { run_filter_text } from "../../src/state/settings";
import { makeBoard, runEntry } from "./helpers";

const key = (name: string) => `gpu1:runs\n${name}`;
const found = () => matching_runs.value.map((run) => run.name);

// What is asked of the hub is never answered here.
vi.stubGlobal("fetch", () => new Promise(() => {}));

beforeEach(() => {
  board.value = makeBoard(
    ["a", "b", "c"].map((name, i) => runEntry(name, { last_step: 10 * i })),
    [{ tag: "val/loss", has: { 0: { points: 3, last_value: 0.5 }, 1: { points: 4, last_value: 0.3 } } }],
  );
  hparams.value = new Map([
    [key("a"), new Map([["lr", 0.1]])],
    [key("b"), new Map([["lr", 0.01]])],
  ]);
  run_filter_text.value = "";
});

describe("the search", () => {
  test("is a regular expression or a query", () => {
    run_filter_text.value = "^[ab]$";
    expect(found()).toEqual(["a", "b"]);
    run_filter_text.value = "lr < 0.05 and val/loss < 0.4";
    expect(found()).toEqual(["b"]);
    run_filter_text.value = "step >= 10 and not val/loss";
    expect(found()).toEqual(["c"]);
    run_filter_text.value = "min(val/loss) < 1 or hparam(lr) == 0.1";
    expect(found()).toEqual(["a"]);
  });

  test("that is being typed keeps what the last good one found", () => {
    run_filter_text.value = "lr < 0.05";
    expect(found()).toEqual(["b"]);
    run_filter_text.value = "lr < 0.05 and val/lo < ";
    expect(found()).toEqual(["b"]);
    expect(search_error.value).toBe('there is no column "val/lo" (at 15)');
    run_filter_text.value = "c";
    expect(search_error.value).toBe("");
    run_filter_text.value = "nope < 1";
    expect(found()).toEqual(["a", "b", "c"]);
  });

  test("is looked at again as runs grow, and gives the same list while it finds the same", () => {
    run_filter_text.value = "val/loss < 0.4";
    const before = matching_runs.value;
    pulse.value++;
    expect(matching_runs.value).toBe(before);
    const series = board.value.tag_of.get("val/loss")?.series.get(key("a"));
    if (series) series.last_value = 0.2;
    pulse.value++;
    expect(found()).toEqual(["a", "b"]);
  });

  test("that takes too long is given up, and says so", () => {
    board.value = makeBoard(
      Array.from({ length: 200 }, (_, i) => runEntry(`${"a".repeat(300)}${i}`)),
      [],
    );
    run_filter_text.value = `(${"(a|b)*".repeat(40)})*c`;
    expect(found()).toEqual([]);
    expect(search_error.value).toContain("takes too long");
  });

  test("leaves out what is hidden", () => {
    setNote(key("b"), { hidden: true });
    expect(found_runs.value.map((run) => run.name)).toEqual(["a", "c"]);
    expect(hidden_runs.value.map((run) => run.name)).toEqual(["b"]);
    setNote(key("b"), { hidden: false });
    expect(found_runs.value).toHaveLength(3);
  });
});

test("queries are saved once, the last first, and forgotten", () => {
  for (const text of ["a", " b ", "a", ""]) saveQuery(text);
  expect(saved_queries.value).toEqual(["a", "b"]);
  forgetQuery("a");
  expect(saved_queries.value).toEqual(["b"]);
});

test("what is noted about a run is kept for it, and forgotten when there is nothing left", () => {
  setNote(key("a"), { name: "best", pinned: true });
  setNote(key("a"), { remark: "look again" });
  expect(noteOf(key("a"))).toEqual({ name: "best", remark: "look again", colour: null, pinned: true, hidden: false });
  expect(JSON.parse(localStorage.getItem("farboard.notes.gpu1:runs") ?? "")).toHaveProperty("a.name", "best");
  setNote(key("a"), { name: "", remark: "", pinned: false });
  expect(localStorage.getItem("farboard.notes.gpu1:runs")).toBeNull();
});
