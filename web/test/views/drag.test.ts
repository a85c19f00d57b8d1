import { describe, expect, test } from "vitest";
import { markAt } from "../../src/views/drag";

const BOX = { left: 100, top: 50, right: 400, bottom: 250 };

describe("dropping a card", () => {
  test.each([
    [250, 150, "join"],
    [161, 150, "join"],
    [159, 150, "before"],
    [96, 150, "before"],
    [341, 150, "after"],
    [404, 150, "after"],
    [120, 252, "before"],
  ])("in a row of several, at %d, %d: %s", (x, y, mark) => {
    expect(markAt(BOX, x, y, false, true)).toBe(mark);
  });

  test.each([
    [120, 150, "join"],
    [250, 80, "above"],
    [250, 46, "above"],
    [250, 240, "below"],
  ])("where a card has a row of its own, at %d, %d: %s", (x, y, mark) => {
    expect(markAt(BOX, x, y, true, true)).toBe(mark);
  });

  test("of another section joins wherever it is dropped, but not beside", () => {
    expect(markAt(BOX, 105, 150, false, false)).toBe("join");
    expect(markAt(BOX, 96, 150, false, false)).toBeNull();
  });
});
