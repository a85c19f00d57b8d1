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

describe("the palette", () => {
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
