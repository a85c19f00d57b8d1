import { beforeEach, describe, expect, test } from "vitest";
import { withClockSet } from "../../src/api/scalars";
import { board } from "../../src/state/board";
import { colours } from "../../src/state/colours";
import { Rates } from "../../src/state/rates";
import { aheadOf, clocks_ahead_s, fullName, sources, toneOf } from "../../src/state/sources";
import { clockWords, freshness, linkNumbers } from "../../src/views/chip";
import { makeBoard, makeSource, runEntry } from "./helpers";

const plain = (text: string) => text.replace(/\u202f/g, " ");

beforeEach(() => {
  sources.value = [makeSource()];
});

describe("several machines", () => {
  test("give their runs longer names, unless all but one show the same directory", () => {
    const run = { source: "gpu1:runs", name: "seed-0" };
    expect(fullName(run)).toBe("seed-0");
    sources.value = [makeSource(), makeSource({ source: "gpu2:runs", short: "gpu2" })];
    expect(fullName(run)).toBe("gpu1/seed-0");
    sources.value = [makeSource(), makeSource({ source: "gpu2:runs", short: "gpu2", same_as: "gpu1:runs" })];
    expect(fullName(run)).toBe("seed-0");
  });

  test("keep their colours when another one is added and read, whatever it holds", () => {
    const mine = ["a", "b", "c"].map((run) => runEntry(run));
    board.value = makeBoard(mine, []);
    const before = new Map(colours.value);
    expect(before.size).toBe(3);
    const other = makeSource({ source: "gpu2:runs", short: "gpu2" });
    const loading = { ...other.load, state: "loading" } as typeof other.load;
    sources.value = [makeSource(), { ...other, load: loading }];
    const older = ["a", "b", "c"].map((run) => runEntry(run, { source: "gpu2:runs", first_wall_time_s: 1 }));
    board.value = makeBoard([...mine, ...older], []);
    for (const [key, colour] of before) expect(colours.value.get(key)).toBe(colour);
    sources.value = [makeSource(), other];
    for (const [key, colour] of before) expect(colours.value.get(key)).toBe(colour);
    expect(new Set(colours.value.values()).size).toBe(6);
  });
});

describe("a source", () => {
  test("that is not shown says in whose place, and is not green", () => {
    const twin = makeSource({ source: "gpu2:runs", same_as: "gpu1:runs" });
    expect(freshness(twin, null, 1000)).toBe("the same directory as gpu1:runs, shown once");
    expect(toneOf(twin)).toBe("idle");
  });

  test("that connects for long may be asking in the terminal", () => {
    const connecting = makeSource({ state: "connecting", since_s: 1000 });
    expect(freshness(connecting, null, 1002)).toBe("connecting");
    expect(freshness(connecting, null, 1010)).toContain("see the terminal");
  });

  test("tells of its clock when that is wrong for certain", () => {
    expect(clockWords(makeSource({ clock_skew_s: 41, clock_correction_s: 0 }))).toBe("");
    expect(plain(clockWords(makeSource({ clock_correction_s: 41.2 })))).toBe("gpu1's clock is 41 s ahead (corrected)");
    expect(plain(clockWords(makeSource({ clock_correction_s: -70 })))).toBe("gpu1's clock is 1 min behind (corrected)");
  });

  test("tells of its link", () => {
    expect(plain(linkNumbers(makeSource({ rtt_ms: 120 }), 1.8e6))).toBe("120 ms · 1.8 MB/s");
    expect(linkNumbers(makeSource({ kind: "local", rtt_ms: 1 }), 1e6)).toBe("");
  });
});

describe("clocks", () => {
  test("are looked up by source, and only what moved is news", () => {
    sources.value = [makeSource({ clock_correction_s: 41 })];
    const before = clocks_ahead_s.value;
    sources.value = [makeSource({ clock_correction_s: 41, received_bytes: 99 })];
    expect(clocks_ahead_s.value).toBe(before);
    expect(aheadOf("gpu1:runs")).toBe(41);
    expect(aheadOf("nobody")).toBe(0);
  });

  test("move the wall times of a curve, and nothing else", () => {
    const list = Float64Array.of(1, 2);
    const scalars = {
      id: 0,
      points: 2,
      superseded_points: 0,
      exact: true,
      first_wall_time_s: 141,
      step: list,
      wall_time: Float64Array.of(141, 142),
      value: list,
      smoothed: list,
      superseded: new Uint8Array(0),
      x: new Float64Array(0),
      resumes: [{ step: 1, wall_time_s: 142, x: Number.NaN, superseded: 1 }],
    };
    const ours = withClockSet(scalars, 41);
    expect([...ours.wall_time]).toEqual([100, 101]);
    expect(ours.first_wall_time_s).toBe(100);
    expect(ours.resumes[0]?.wall_time_s).toBe(101);
    expect(ours.value).toBe(list);
    expect([...scalars.wall_time]).toEqual([141, 142]);
    expect(withClockSet(scalars, 0)).toBe(scalars);
  });
});

test("the rate is that of the last seconds, and 0 again when nothing comes", () => {
  const rates = new Rates();
  expect(rates.note("a", 1000, 0)).toBe(0);
  expect(rates.note("a", 3000, 2)).toBe(1000);
  expect(rates.note("b", 50, 2)).toBe(0);
  for (const at_s of [4, 6, 8, 10]) rates.note("a", 3000, at_s);
  expect(rates.note("a", 3000, 11)).toBe(0);
  // Another hub counts from the beginning.
  expect(rates.note("a", 10, 12)).toBe(0);
});
