import { describe, expect, test } from "vitest";
import { PALETTE } from "../../src/lib/palette";
import { labOf, makeRamp, mixed, RAMP_LENGTH, rampPlace } from "../../src/lib/ramp";

const LIGHT = "#ffffff";
const DARK = "#191918";

function lightness(ramp: Uint8ClampedArray): number[] {
  return Array.from({ length: RAMP_LENGTH }, (_, i) => {
    const parts = [...ramp.slice(i * 3, i * 3 + 3)].map((part) => part.toString(16).padStart(2, "0"));
    return labOf(`#${parts.join("")}`)[0];
  });
}

describe("the ramp", () => {
  test("of every run begins with the paper and goes one way, so that more is never taken for less", () => {
    for (const [light, dark] of PALETTE) {
      const on_light = lightness(makeRamp(LIGHT, light, false));
      const on_dark = lightness(makeRamp(DARK, dark, true));
      expect(on_light[0]).toBeCloseTo(1, 2);
      expect(on_dark[0]).toBeCloseTo(labOf(DARK)[0], 2);
      // A step of a colour channel is about 0.003.
      for (let i = 1; i < RAMP_LENGTH; i++) {
        expect(on_light[i]).toBeLessThan((on_light[i - 1] as number) + 0.004);
        expect(on_dark[i]).toBeGreaterThan((on_dark[i - 1] as number) - 0.004);
      }
      expect((on_light[0] as number) - (on_light.at(-1) as number)).toBeGreaterThan(0.5);
      expect((on_dark.at(-1) as number) - (on_dark[0] as number)).toBeGreaterThan(0.5);
    }
  });

  test("tells the least that is something from nothing", () => {
    expect(rampPlace(0, 100, false)).toBe(0);
    expect(rampPlace(0.001, 1e6, false)).toBeGreaterThan(20);
    expect(rampPlace(100, 100, false)).toBe(RAMP_LENGTH - 1);
    expect(rampPlace(Number.NaN, 100, false)).toBe(0);
    expect(rampPlace(5, 0, false)).toBe(0);
  });

  test("of logarithms shows small counts beside great ones", () => {
    expect(rampPlace(10, 10_000, true)).toBeGreaterThan(rampPlace(10, 10_000, false) + 30);
    expect(rampPlace(10_000, 10_000, true)).toBe(RAMP_LENGTH - 1);
  });

  test("colours are mixed between their ends", () => {
    expect(mixed("#2365d1", "#ffffff", 0)).toBe("#2365d1");
    expect(mixed("#2365d1", "#ffffff", 1)).toBe("#ffffff");
    const [l] = labOf(mixed("#000000", "#ffffff", 0.5));
    expect(l).toBeCloseTo(0.5, 2);
  });
});
