/** Columns of histograms made for tests. */
import type { Column, Columns } from "../../src/media/columns";

export function column(x: number, counts: number[], change: Partial<Column> = {}): Column {
  return {
    x: [x, x],
    step: [x, x],
    wall_time_s: [x, x],
    n: 1,
    counts: Float64Array.from(counts),
    below: 0,
    above: 0,
    min: 0,
    max: 1,
    percentiles: Float64Array.from({ length: 9 }, (_, i) => i / 8),
    ...change,
  };
}

export function columnsWith(list: Column[], change: Partial<Columns> = {}): Columns {
  const bins = list[0]?.counts.length ?? 0;
  return {
    run_key: "r",
    list,
    values: [0, bins],
    bins,
    histograms: list.length,
    exact: true,
    errors: { n: 0, first: "" },
    ...change,
  };
}
