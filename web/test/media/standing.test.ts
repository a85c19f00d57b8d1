import { expect, test } from "vitest";
import { standing } from "../../src/media/standing";
import type { RunSteps } from "../../src/state/steps";
import { makeRun } from "../state/helpers";

function runSteps(name: string, step: number[]): RunSteps {
  return { run: makeRun(name), step, wall_time_s: step, superseded: [], superseded_hidden: 0 };
}

test("a run stands at its newest value that is not later, and some have none yet", () => {
  const { at, not_yet } = standing([runSteps("a", [0, 10, 20]), runSteps("b", [15])], 12);
  expect(at.map(({ of, place, nth }) => [of.run.name, place, nth])).toEqual([["a", 1, 0]]);
  expect(not_yet.map(({ run }) => run.name)).toEqual(["b"]);
});

test("all that was written at one step is there, the newest first", () => {
  const { at } = standing([runSteps("a", [0, 10, 10, 20, 10])], 10);
  expect(at.map(({ place, nth }) => [place, nth])).toEqual([
    [4, 0],
    [2, 1],
    [1, 2],
  ]);
  // Who tells no steps writes all at one: the newest are enough.
  expect(standing([runSteps("a", Array(500).fill(0))], null).at).toHaveLength(100);
});
