import { describe, expect, test } from "vitest";
import type { Histograms } from "../../src/api/histogram";
import { binAt, binSpan, columnAt, columnAtStep, columnEdges, columnsOf, density } from "../../src/media/columns";
import { column, columnsWith } from "./columns";

describe("columns", () => {
  test("stand in order of x, by our clock", () => {
    const at = Float64Array.of(200, 100);
    const answer: Histograms = {
      id: 0,
      histograms: 2,
      superseded_points: 0,
      errors: { n: 0, first: "" },
      exact: true,
      y_range: [0, 1],
      x_first: at,
      x_last: at,
      step_first: Float64Array.of(1, 2),
      step_last: Float64Array.of(1, 2),
      wall_time_first: at,
      wall_time_last: at,
      n: Float64Array.of(1, 1),
      counts: [Float64Array.of(1), Float64Array.of(2)],
      below: new Float64Array(2),
      above: new Float64Array(2),
      min: new Float64Array(2),
      max: new Float64Array(2),
      percentiles: [new Float64Array(9), new Float64Array(9)],
    };
    const columns = columnsOf("r", answer, "wall_time", 30);
    expect(columns.list.map(({ x, step }) => [x[0], step[0]])).toEqual([
      [70, 2],
      [170, 1],
    ]);
    expect(columnsOf("r", answer, "relative", 30).list[0]?.x).toEqual([100, 100]);
    expect(columnsOf("r", answer, "relative", 30).list[0]?.wall_time_s).toEqual([70, 70]);
  });

  test("of many histograms weigh as much as those of one, and wide bins as much as narrow ones", () => {
    const columns = columnsWith([column(0, [2, 4]), column(1, [14, 28], { n: 7 })]);
    expect(columns.list.map((each) => density(columns, each, 1))).toEqual([4, 4]);
    expect(density({ ...columns, values: [0, 4] }, column(0, [2, 4]), 1)).toBe(2);
  });

  test("reach half way to their neighbours, and not beyond the ends", () => {
    const columns = columnsWith([column(0, [1]), column(10, [1]), column(30, [1], { x: [28, 32] })]);
    const edges = columnEdges(columns, [0, 100]);
    expect([...edges]).toEqual([-5, 5, 19, 41]);
    expect([-6, -5, 4.9, 5, 18, 40, 42].map((x) => columnAt(edges, x))).toEqual([-1, 0, 0, 1, 1, 2, -1]);
    expect([...columnEdges(columnsWith([column(50, [1])]), [0, 100])]).toEqual([48, 52]);
    expect(columnAt(columnEdges(columnsWith([]), [0, 1]), 0)).toBe(-1);
  });

  test("are found by step: the newest that has begun", () => {
    const columns = columnsWith([column(0, [1]), column(10, [1]), column(20, [1])]);
    expect([-1, 0, 9, 10, 99].map((step) => columnAtStep(columns, step))).toEqual([-1, 0, 0, 1, 2]);
  });

  test("have bins with their lower edge, the last one with both", () => {
    const columns = columnsWith([column(0, [1, 1, 1, 1])], { values: [-1, 1] });
    expect([-1.1, -1, -0.5, 0.99, 1, 1.01].map((value) => binAt(columns, value))).toEqual([-1, 0, 1, 3, 3, -1]);
    expect(binSpan(columns, 3)).toEqual([0.5, 1]);
  });
});
