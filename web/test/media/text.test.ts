import { expect, test } from "vitest";
import { hunksOf, lineDiff } from "../../src/media/line_diff";
import { mark, unmark } from "../../src/media/marks";
import { layoutOf } from "../../src/media/text_table";
import { historyOf } from "../../src/media/text_view";
import type { RunSteps } from "../../src/state/steps";
import { makeRun } from "../state/helpers";

test("a text of any shape is laid out as TensorBoard does it", () => {
  expect(layoutOf([], 1).rows).toBeNull();
  expect(layoutOf([3], 3).rows).toEqual([[0], [1], [2]]);
  expect(layoutOf([2, 2], 4).rows).toEqual([
    [0, 1],
    [2, 3],
  ]);
  const deep = layoutOf([2, 2, 3], 12);
  expect(deep.rows).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(deep.note).toContain("2 × 2 × 3");
  // A shape that claims more than there is.
  expect(layoutOf([4, 2], 3).rows).toEqual([[0, 1], [2]]);
});

test("what is searched for is marked whatever its case, and unmarked again", () => {
  const host = document.createElement("div");
  host.innerHTML = "<p>Rate and <b>rate</b>rate İrate</p>";
  const before = host.innerHTML;
  expect(mark(host, "RATE")).toBe(4);
  expect([...host.querySelectorAll("mark")].map(({ textContent }) => textContent)).toEqual([
    "Rate",
    "rate",
    "rate",
    "rate",
  ]);
  unmark(host);
  expect(host.innerHTML).toBe(before);
  expect(mark(host, "nowhere")).toBe(0);
});

test("lines that changed stand with their neighbours, the others are folded", () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const after = before.map((line, i) => (i === 15 ? "another" : line));
  const lines = lineDiff(before.join("\n"), after.join("\n"));
  expect(lines?.filter(({ change }) => change !== "same")).toEqual([
    { change: "removed", text: "line 15" },
    { change: "added", text: "another" },
  ]);
  expect(hunksOf(lines ?? []).map(({ folded, lines }) => [folded, lines.length])).toEqual([
    [true, 12],
    [false, 8],
    [true, 11],
  ]);
  // Whether the last line ends is no difference.
  expect(lineDiff("a", "a\n")?.every(({ change }) => change === "same")).toBe(true);
});

test("a history begins with the newest at or before the step, runs in their order", () => {
  const runs = ["a", "b"].map(
    (name): RunSteps => ({
      run: makeRun(name),
      step: [0, 10, 20],
      wall_time_s: [0, 1, 2],
      superseded: [],
      superseded_hidden: 0,
    }),
  );
  const names = historyOf(runs, 10).map(({ of, place }) => `${of.run.name}${of.step[place]}`);
  expect(names).toEqual(["a10", "b10", "a0", "b0"]);
  expect(historyOf(runs, null)).toHaveLength(6);
});
