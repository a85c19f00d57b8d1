import { describe, expect, test } from "vitest";
import type { Band, BandsAsk } from "../../src/api/bands";
import { loadMeans } from "../../src/charts/group_loader";
import { Mapping } from "../../src/charts/scale";
import { edgesOf, fillBand } from "../../src/charts/spread";
import { SvgPaper } from "../../src/charts/svg";

const spread = {
  n: Float64Array.of(3, 1, 2),
  m2: Float64Array.of(8, 0, 2),
  min: Float64Array.of(-1, 5, 1),
  max: Float64Array.of(3, 5, 3),
};
const mean = Float64Array.of(1, 5, 2);
const steps = Float64Array.of(0, 1, 2);

describe("the band around a mean", () => {
  test("is what was chosen, and nothing around a single run", () => {
    expect(edgesOf(steps, mean, spread, "none")).toBeNull();
    expect(edgesOf(steps, mean, spread, "range")).toEqual({ x: steps, low: spread.min, high: spread.max });
    const std = edgesOf(steps, mean, spread, "std");
    expect([...(std?.low ?? [])]).toEqual([-1, 5, 2 - Math.SQRT2]);
    expect([...(std?.high ?? [])]).toEqual([3, 5, 2 + Math.SQRT2]);
    const error = edgesOf(steps, mean, spread, "error");
    expect(error?.high[0]).toBeCloseTo(1 + 2 / Math.sqrt(3));
    expect(error?.high[2]).toBeCloseTo(3);
  });

  const filled = (low: number[], high: number[], log: boolean) => {
    const paper = new SvgPaper();
    const map = new Mapping(
      { left: 0, top: 0, width: 10, height: 10 },
      [0, 10],
      log ? [0, 1] : [0, 10],
      log ? "log" : "linear",
    );
    const x = Float64Array.from(low, (_, i) => i);
    const edges = { x, low: Float64Array.from(low), high: Float64Array.from(high) };
    fillBand(paper, edges, map, { colour: "#123456", width_px: 0, alpha: 0.2, dash: [] });
    return paper.write(10, 10, "").match(/ d="[^"]*"/g) ?? [];
  };

  test("goes there along its upper edge and back along its lower", () => {
    expect(filled([1, 2], [3, 4], false)).toEqual([
      expect.stringMatching(/M ?0[ ,]7.*L ?1[ ,]6.*L ?1[ ,]8.*L ?0[ ,]9/),
    ]);
  });

  test("has a gap where it is not known, and a floor where a log axis has no place for it", () => {
    expect(filled([1, 1, 1, 1, 1], [2, 2, Number.NaN, 2, 2], false)).toHaveLength(2);
    expect(filled([-1, 1], [10, 10], true)[0]).toMatch(/L ?0[ ,]10/);
  });
});

describe("means", () => {
  const band: Band = {
    id: 0,
    series: 2,
    points: 7,
    x_min: [0, null, 20],
    x_max: [10, null, 20],
    n: [2, 2, 1],
    mean: [1, 9, 3],
    m2: [0, 0, 0],
    min: [1, 9, 3],
    max: [1, 9, 3],
  };
  const names = [{ source: "a", run: "r", tag: "t" }];
  const ask = {
    series: [],
    x: "step" as const,
    x_scale: "linear" as const,
    range: null,
    width_px: 100,
    smoothing: 0.5,
    restarts: "latest" as const,
  };
  const load = (x: "step" | "relative", bands: Band[], asked: BandsAsk[] = []) =>
    loadMeans({ ...ask, x, groups: [names, names] }, new AbortController().signal, async (body) => {
      asked.push(body);
      return bands;
    });

  test("stand in the middle of their columns, without those where nothing was written", async () => {
    const [first, second] = await load("step", [band]);
    expect([...(first?.step ?? [])]).toEqual([5, 20]);
    expect([...(first?.value ?? [])]).toEqual([1, 3]);
    expect([...(first?.spread.n ?? [])]).toEqual([2, 1]);
    expect(first?.points).toBe(7);
    expect(second).toBeNull();
  });

  test("are asked for group by group", async () => {
    const asked: BandsAsk[] = [];
    await load("step", [], asked);
    expect(asked[0]?.groups).toEqual([
      { id: 0, series: names },
      { id: 1, series: names },
    ]);
    expect(asked[0]).not.toHaveProperty("series");
  });

  test("of groups that are nowhere are none, and on a time axis have times", async () => {
    const [none] = await load("step", [{ ...band, series: 0 }]);
    expect(none).toBeNull();
    const [timed] = await load("relative", [band]);
    expect([...(timed?.wall_time ?? [])]).toEqual([5, 20]);
    expect(timed?.first_wall_time_s).toBe(0);
  });
});
