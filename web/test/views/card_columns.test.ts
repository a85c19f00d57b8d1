import { expect, test } from "vitest";
import { CARD_GAP_PX, columnsFor, sectionWidth_px } from "../../src/views/card_columns";

test("as many cards stand side by side as have room, and they fill the row", () => {
  const columns = columnsFor("medium", 992, 1280);
  expect(columns).toEqual({ count: 3, card_px: 325 });
  expect(3 * columns.card_px + 2 * CARD_GAP_PX).toBeLessThanOrEqual(992);
  expect(columnsFor("large", 992, 1280).count).toBe(2);
  expect(columnsFor("medium", 300, 380)).toEqual({ count: 1, card_px: 300 });
  expect(columnsFor("medium", 80, 380)).toEqual({ count: 1, card_px: 80 });
});

test("sections of few cards share a row", () => {
  const columns = columnsFor("medium", 992, 1280);
  const [one, two] = [sectionWidth_px(columns, 1), sectionWidth_px(columns, 2)];
  expect((one ?? 0) + CARD_GAP_PX + (two ?? 0)).toBeLessThanOrEqual(992);
  expect(sectionWidth_px(columns, 3)).toBeNull();
});
