import { describe, expect, test } from "vitest";
import { compareAll } from "../../src/lib/compare";
import { lengthened, type RunSigns, runState, speedOf } from "../../src/lib/run_state";

const signs: RunSigns = { written_at_s: 1000, until_s: 1010, is_reachable: true, pause_s: 1, ended: null };
const silent = (silence_s: number, change: Partial<RunSigns> = {}) =>
  runState({ ...signs, until_s: 1000 + silence_s, ...change });

describe("the state of a run", () => {
  test("follows how long it has been silent", () => {
    expect(silent(10)).toBe("running");
    expect(silent(149)).toBe("running");
    expect(silent(151)).toBe("stalled");
    expect(silent(3599)).toBe("stalled");
    expect(silent(3601)).toBe("finished");
  });

  test("knows that some runs write seldom", () => {
    expect(silent(2000, { pause_s: 300 })).toBe("running");
    expect(silent(3001, { pause_s: 300 })).toBe("stalled");
    expect(silent(14_000, { pause_s: 300 })).toBe("stalled");
    expect(silent(15_001, { pause_s: 300 })).toBe("finished");
  });

  test("is what its session said at its end", () => {
    expect(silent(1, { ended: "failure" })).toBe("failed");
    expect(silent(1, { ended: "success" })).toBe("finished");
  });

  test("is not known of what is out of reach, or has written nothing", () => {
    expect(silent(10, { is_reachable: false })).toBe("unknown");
    expect(silent(400, { is_reachable: false })).toBe("stalled");
    expect(silent(10, { written_at_s: null })).toBe("unknown");
  });
});

describe("the speed of a run", () => {
  test("is that of the last two minutes", () => {
    let trail = lengthened([], { wall_time_s: 0, step: 0 });
    for (const [wall_time_s, step] of [
      [100, 1000],
      [200, 1200],
      [210, 1220],
    ] as const) {
      trail = lengthened(trail, { wall_time_s, step });
    }
    expect(trail.map((mark) => mark.wall_time_s)).toEqual([100, 200, 210]);
    expect(speedOf(trail)).toBeCloseTo(2);
  });

  test("begins anew after a restart, and is not told from next to nothing", () => {
    const trail = lengthened([{ wall_time_s: 0, step: 100 }], { wall_time_s: 10, step: 50 });
    expect(trail).toEqual([{ wall_time_s: 10, step: 50 }]);
    expect(speedOf(trail)).toBeNull();
    expect(speedOf(lengthened(trail, { wall_time_s: 11, step: 60 }))).toBeNull();
    expect(lengthened(trail, { wall_time_s: 10, step: 60 })).toBe(trail);
  });
});

test("what differs between runs comes first, missing values too", () => {
  const lines = compareAll([
    new Map<string, string | number>([
      ["lr", 0.1],
      ["act", "gelu"],
      ["seed", 1],
    ]),
    new Map<string, string | number>([
      ["lr", 0.1],
      ["act", "relu"],
    ]),
  ]);
  expect(lines).toEqual([
    { name: "act", cells: ["gelu", "relu"], differs: true },
    { name: "seed", cells: [1, null], differs: true },
    { name: "lr", cells: [0.1, 0.1], differs: false },
  ]);
});
