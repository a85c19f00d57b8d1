import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { giveUpTurn, takeTurn } from "../../src/charts/turns";

/** Jobs that take a while, and what has run by now. */
const done: string[] = [];
const job = (name: string, takes_ms: number) => () => {
  now_ms += takes_ms;
  done.push(name);
};
let now_ms = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "Date"] });
  vi.spyOn(performance, "now").mockImplementation(() => now_ms);
  done.length = 0;
});

afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("short jobs share a frame, a long one leaves the others to the next", () => {
  for (const [name, takes_ms] of [
    ["a", 1],
    ["b", 20],
    ["c", 1],
  ] as const)
    takeTurn(job(name, takes_ms), "draw");
  vi.advanceTimersToNextFrame();
  expect(done).toEqual(["a", "b"]);
  vi.advanceTimersToNextFrame();
  expect(done).toEqual(["a", "b", "c"]);
});

test("a job that is asked for again runs once, and one that is given up never", () => {
  const [a, b] = [job("a", 0), job("b", 0)];
  takeTurn(a, "draw");
  takeTurn(b, "open");
  takeTurn(a, "draw");
  giveUpTurn(b);
  vi.advanceTimersToNextFrame();
  expect(done).toEqual(["a"]);
});

test("drawing comes before opening", () => {
  takeTurn(job("open", 20), "open");
  takeTurn(job("draw", 20), "draw");
  vi.advanceTimersToNextFrame();
  expect(done).toEqual(["draw"]);
});

test("a chart under the hand comes first every frame, and the others wait no longer than they may", () => {
  const other = job("other", 1);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    takeTurn(job("hand", 20), "move");
    takeTurn(other, "draw");
    vi.advanceTimersToNextFrame();
    waits.push(done.filter((name) => name === "other").length);
  }
  expect(done.filter((name) => name === "hand")).toHaveLength(12);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(2);
  expect(waits.at(-1)).toBeLessThan(6);
});

test("one that fails does not take the others with it", () => {
  takeTurn(() => {
    throw new Error("mistake");
  }, "draw");
  takeTurn(job("a", 0), "draw");
  expect(() => vi.advanceTimersToNextFrame()).toThrow("mistake");
  vi.advanceTimersToNextFrame();
  expect(done).toEqual(["a"]);
});
