import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { board } from "../../src/state/board";
import { board_step, isLinked, moveStep, own_steps, setLinked, stepOf } from "../../src/state/step";
import { placeAt, Steps } from "../../src/state/steps";
import { makeBoard, runEntry } from "./helpers";

const has = { 0: { points: 3, last_value: 0 }, 1: { points: 2, last_value: 0 } };
const runs = [runEntry("a"), runEntry("b")];
const answers = [
  { id: 0, points: 3, superseded_points: 1, step: [0, 10, 20], wall_time: [1, 2, 3], superseded: [] },
  { id: 1, points: 2, superseded_points: 0, step: [5, 10], wall_time: [1, 2], superseded: [] },
];
const asked: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    asked.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify({ series: answers }));
  });
  board.value = makeBoard(runs, [{ tag: "samples", kind: "image", has }]);
  board_step.value = null;
  own_steps.value = new Map();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("steps are asked for when the card is looked at, and joined over runs", async () => {
  const [tag] = board.value.media;
  if (!tag) throw new Error("no tag");
  const on_screen = signal(false);
  const steps = new Steps(tag, on_screen);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual([]);
  on_screen.value = true;
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ steps_only: true, restarts: "latest" });
  expect(steps.all.value).toEqual([0, 5, 10, 20]);
  expect(steps.of_runs.value?.map(({ superseded_hidden }) => superseded_hidden)).toEqual([1, 0]);
  tag.growth.value++;
  tag.growth.value++;
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toHaveLength(2);
  steps.dispose();
});

test("a run stands at its newest value that is not later than the step", () => {
  expect(placeAt([0, 10, 20], null)).toBe(2);
  expect(placeAt([0, 10, 20], 15)).toBe(1);
  expect(placeAt([5, 10], 0)).toBe(-1);
  // What a restart wrote again comes later in the list, and is what counts.
  expect(placeAt([0, 10, 20, 10], 10)).toBe(3);
});

test("a card goes with the board until it goes its own way", () => {
  moveStep("a", 10);
  expect([stepOf("a"), stepOf("b")]).toEqual([10, 10]);
  setLinked("b", false);
  moveStep("a", 20);
  moveStep("b", 5);
  expect([stepOf("a"), stepOf("b"), isLinked("b")]).toEqual([20, 5, false]);
  setLinked("b", true);
  expect(stepOf("b")).toBe(20);
});
