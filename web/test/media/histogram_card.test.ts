import { expect, test } from "vitest";
import { resolution } from "../../src/media/histogram_card";
import { HISTOGRAM_MODES } from "../../src/state/histogram";

test("a picture asks for what it can show, within what the hub answers", () => {
  expect(resolution("heat", { width: 400, height: 200 }, 3)).toEqual({ columns: 400, bins: 80 });
  expect(resolution("fan", { width: 400, height: 200 }, 3)).toEqual({ columns: 400, bins: 1 });
  expect(resolution("offset", { width: 400, height: 200 }, 3)).toEqual({ columns: 40, bins: 50 });
  for (const mode of HISTOGRAM_MODES) {
    for (const width of [1, 300, 9000]) {
      for (const runs of [1, 12, 256]) {
        const { columns, bins } = resolution(mode, { width, height: width }, runs);
        expect(columns).toBeGreaterThan(0);
        expect(columns).toBeLessThanOrEqual(2000);
        expect(bins).toBeLessThanOrEqual(1000);
        expect(columns * bins * runs).toBeLessThan(8_000_000);
      }
    }
  }
});
