import { beforeEach, describe, expect, test } from "vitest";
import { formatClock } from "../../src/lib/time";
import { noteChange, removeSource, setSource, sources, toneOf } from "../../src/state/sources";
import { freshness } from "../../src/views/chip";
import { makeSource } from "./helpers";

beforeEach(() => {
  sources.value = [makeSource()];
});

const plain = (text: string) => text.replace(/\u202f/g, " ");

describe("a source", () => {
  test("is green only when it is live, whole and read", () => {
    const loading = { ...makeSource().load, state: "loading" } as ReturnType<typeof makeSource>["load"];
    const missing = { ...makeSource().logdir, state: "missing" } as ReturnType<typeof makeSource>["logdir"];
    expect(toneOf(makeSource())).toBe("ok");
    expect(toneOf(makeSource({ load: loading }))).toBe("busy");
    expect(toneOf(makeSource({ logdir: missing }))).toBe("bad");
    for (const state of ["connecting", "quiet", "lost", "retrying", "needs_you", "failed"] as const) {
      expect(toneOf(makeSource({ state }))).not.toBe("ok");
    }
  });

  test("is amber while it waits for a login or for its files, red when it is another than before", () => {
    expect(toneOf(makeSource({ state: "needs_you", cause: "login" }))).toBe("warn");
    expect(toneOf(makeSource({ state: "needs_you", cause: "identity" }))).toBe("bad");
    const silent = { ...makeSource().logdir, silent_s: 30 } as ReturnType<typeof makeSource>["logdir"];
    expect(toneOf(makeSource({ logdir: silent }))).toBe("warn");
    expect(freshness(makeSource({ logdir: silent }), 1000, 1000)).toBe("files not responding");
  });

  test("says the age of its newest point, by its own clock", () => {
    expect(plain(freshness(makeSource({ clock_skew_s: 40, clock_correction_s: 40 }), 1040, 1002))).toBe(
      "live · 2 s ago",
    );
    expect(freshness(makeSource(), null, 1000)).toBe("live · no points yet");
    expect(freshness(makeSource({ state: "retrying", last_heard_at_s: 1000 }), 990, 1010)).toBe(
      `reconnecting · last data ${formatClock(1000)}`,
    );
  });
});

describe("the list of sources", () => {
  test("keeps its order when one changes", () => {
    setSource(makeSource({ source: "b" }));
    setSource(makeSource({ state: "lost" }));
    expect(sources.value.map((s) => [s.source, s.state])).toEqual([
      ["gpu1:runs", "lost"],
      ["b", "live"],
    ]);
    removeSource("gpu1:runs");
    expect(sources.value.map((s) => s.source)).toEqual(["b"]);
  });

  test("takes load and losses from a change, and does not move when they are the same", () => {
    const before = sources.value;
    const change = { source: "gpu1:runs", epoch: "", version: 1, reindex: false, series: [] };
    noteChange({ ...change, load: makeSource().load, losses_total: { count: 0, bytes: 0 } });
    expect(sources.value).toBe(before);
    noteChange({ ...change, load: null, losses_total: { count: 2, bytes: 58 } });
    expect(sources.value[0]?.losses_total?.count).toBe(2);
    expect(sources.value[0]?.load?.points).toBe(3);
  });
});
