/** Layouts of custom scalars: which tags share a chart, as a training script has written it. */
import { array, boolean, nullable, object, optional, type Read, string } from "./validate";

const chart = object({
  title: string,
  /** Patterns of tags. */
  multiline: nullable(object({ tags: array(string) })),
  /** A tag, and those of the edges of its band. */
  margin: nullable(object({ series: array(object({ value: string, lower: string, upper: string })) })),
});

const category = object({ title: string, closed: optional(boolean, false), charts: array(chart) });

/** As `/api/values` has it; null where it cannot be decoded. */
export const layoutValue = object({ layout: nullable(object({ categories: array(category) })) });

export type LayoutChart = Read<typeof chart>;
export type LayoutCategory = Read<typeof category>;
