import { describe, expect, test } from "vitest";
import { hashName, placeRuns, preferredPlaces } from "../../src/lib/colour";
import { PALETTE } from "../../src/lib/palette";

const runs = (...names: string[]) => names.map((name) => ({ key: name, name }));
const numbered = (count: number) => runs(...Array.from({ length: count }, (_, i) => `run-${i}`));

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Normal vision, and protanopia, deuteranopia, tritanopia as simulated by Machado et al. (2009), on linear light. */
const VISIONS = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function oklab(hex: string, vision: readonly number[]): number[] {
  const light = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const times = (matrix: readonly number[], v: readonly number[]) =>
    [0, 3, 6].map((row) => v.reduce((sum, x, i) => sum + (matrix[row + i] ?? 0) * x, 0));
  const seen = times(vision, light).map((c) => Math.min(1, Math.max(0, c)));
  const TO_LMS = [
    0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376,
    0.6299787005,
  ];
  const TO_LAB = [
    0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662,
    -0.808675766,
  ];
  return times(TO_LAB, times(TO_LMS, seen).map(Math.cbrt));
}

/** The distance in OKLab of the two colours that are hardest to tell apart; 0.02 is just noticeable. */
function leastDistance(hexes: readonly string[], vision: readonly number[]): number {
  const labs = hexes.map((hex) => oklab(hex, vision));
  let least = Number.POSITIVE_INFINITY;
  for (const [i, a] of labs.entries()) {
    for (const b of labs.slice(i + 1)) least = Math.min(least, Math.hypot(...a.map((x, k) => x - (b[k] ?? 0))));
  }
  return least;
}

describe("the palette", () => {
  test.each([0, 1])("can be told apart by all kinds of eyes, on page %i", (page) => {
    const hexes = PALETTE.map((pair) => pair[page] ?? "");
    const least = (count: number, vision: keyof typeof VISIONS) =>
      leastDistance(hexes.slice(0, count), VISIONS[vision]);
    expect(least(8, "normal")).toBeGreaterThan(0.075);
    expect(Math.min(least(8, "protan"), least(8, "deutan"))).toBeGreaterThan(0.03);
    expect(least(8, "tritan")).toBeGreaterThan(0.025);
    expect(least(32, "normal")).toBeGreaterThan(0.04);
    expect(Math.min(least(32, "protan"), least(32, "deutan"))).toBeGreaterThan(0.02);
    // Less than what is just noticeable: 32 are too many for so rare an eye.
    expect(least(32, "tritan")).toBeGreaterThan(0.016);
  });

  test("has at least 32 pairs, all different", () => {
    expect(PALETTE.length).toBeGreaterThanOrEqual(32);
    expect(new Set(PALETTE.flat()).size).toBe(2 * PALETTE.length);
  });

  test("stands out from both papers (WCAG AA for graphics: 3 to 1)", () => {
    for (const [light, dark] of PALETTE) {
      expect(contrast(light, "#ffffff")).toBeGreaterThan(3);
      expect(contrast(dark, "#191918")).toBeGreaterThan(3);
    }
  });
});

describe("the colour of a run", () => {
  test("is the same everywhere: FNV-1a of its name", () => {
    expect(hashName("")).toBe(0x811c9dc5);
    expect(hashName("a")).toBe(0xe40c292c);
    expect(hashName("foobar")).toBe(0xbf9cf968);
  });

  test("every place is wanted once, the first eight first", () => {
    const places = preferredPlaces("baseline/seed-0");
    expect([...places].sort((a, b) => a - b)).toEqual([...PALETTE.keys()]);
    expect(Math.max(...places.slice(0, 8))).toBe(7);
  });

  test("differs among as many runs as there are colours", () => {
    const all = numbered(PALETTE.length);
    const places = new Map<string, number>();
    placeRuns(all, all, places);
    expect(new Set(places.values()).size).toBe(PALETTE.length);
  });

  test("of up to eight runs is one of the first eight", () => {
    const places = new Map<string, number>();
    placeRuns(numbered(8), numbered(8), places);
    expect([...places.values()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("does not depend on what is hidden, and stays when runs come", () => {
    const few = new Map<string, number>();
    placeRuns(numbered(12), numbered(3), few);
    const many = new Map<string, number>();
    placeRuns(numbered(12), numbered(12), many);
    expect(many).toEqual(few);
    placeRuns(numbered(20), numbered(20), many);
    for (const [key, place] of few) expect(many.get(key)).toBe(place);
  });

  test("moves to a free one when two visible runs share it, and is remembered", () => {
    const all = numbered(40);
    const places = new Map<string, number>();
    placeRuns(all, all, places);
    const twin = all.slice(1).find((run) => places.get(run.key) === places.get("run-0"));
    expect(twin).toBeDefined();
    const pair = [all[0], twin].filter((run) => run !== undefined);
    placeRuns(all, pair, places);
    expect(places.get(pair[0]?.key ?? "")).not.toBe(places.get(pair[1]?.key ?? ""));
    const remembered = new Map(places);
    placeRuns(all, pair, places);
    expect(places).toEqual(remembered);
  });

  test("more runs than colours share them evenly", () => {
    const all = numbered(2 * PALETTE.length);
    const places = new Map<string, number>();
    placeRuns(all, [], places);
    const uses = new Map<number, number>();
    for (const place of places.values()) uses.set(place, (uses.get(place) ?? 0) + 1);
    expect(Math.max(...uses.values())).toBe(2);
  });
});
