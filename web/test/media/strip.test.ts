import { expect, test } from "vitest";
import { scrollTo, stripView } from "../../src/media/strip";

test("only the columns in view and their neighbours are there", () => {
  expect(stripView(10_000, 100, 5000, 350, 2)).toEqual({ from: 48, to: 56, left_px: 4800, whole_px: 1_000_000 });
  expect(stripView(3, 100, 0, 1000, 2)).toEqual({ from: 0, to: 3, left_px: 0, whole_px: 300 });
});

test("every column of a row that is too long for a browser can be reached, and lies where it is seen", () => {
  const [count, column_px, width_px] = [1_000_000, 100, 500];
  for (const column of [0, 1, 499_999, 999_998, 999_999]) {
    const scroll = scrollTo(count, column_px, column, width_px);
    const view = stripView(count, column_px, scroll, width_px, 0);
    expect(view.whole_px).toBeLessThan(1e7);
    expect(view.from).toBeLessThanOrEqual(column);
    expect(view.to).toBeGreaterThan(column);
    const left_px = view.left_px + (column - view.from) * column_px;
    expect(left_px).toBeGreaterThanOrEqual(scroll - 1);
    expect(left_px + column_px).toBeLessThanOrEqual(scroll + width_px + 1);
  }
});
