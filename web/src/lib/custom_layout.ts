/** Layouts of custom scalars: those of several runs as one, and which tags their patterns are of. */
import type { LayoutCategory, LayoutChart } from "../api/custom_scalars";
import { reason } from "./filter";
import { Regex } from "./regex";

/** Categories of one title become one, with the charts of all; charts that are alike are there once. As TensorBoard does it. */
export function mergeLayouts(layouts: readonly (readonly LayoutCategory[])[]): LayoutCategory[] {
  const merged = new Map<string, { category: LayoutCategory; known: Set<string> }>();
  for (const { title, closed, charts } of layouts.flat()) {
    const there = merged.get(title) ?? { category: { title, closed, charts: [] }, known: new Set<string>() };
    merged.set(title, there);
    for (const chart of charts) {
      const name = JSON.stringify(chart);
      if (!there.known.has(name)) there.category.charts.push(chart);
      there.known.add(name);
    }
  }
  return [...merged.values()].map(({ category }) => category);
}

/** What differs between Python's regular expressions and ours, where it has a counterpart. */
export function fromPython(pattern: string): { source: string; flags: "" | "i" } {
  const [mark = ""] = /^\(\?[aimsux]+\)/.exec(pattern) ?? [];
  const source = pattern.slice(mark.length).replaceAll("(?P<", "(?<").replaceAll("\\A", "^").replaceAll("\\Z", "$");
  return { source, flags: mark.includes("i") ? "i" : "" };
}

export interface TagPattern {
  pattern: string;
  matches: (tag: string) => boolean;
  /** Why it is none, or "". */
  error: string;
}

/** Matches from a tag's beginning, not necessarily to its end, and tells capitals apart: as Python's `re.match`. */
export function tagPattern(pattern: string): TagPattern {
  if (pattern === "") return { pattern, matches: () => false, error: "it is empty" };
  try {
    const { source, flags } = fromPython(pattern);
    const regex = new Regex(`^(?:${source})`, flags);
    return { pattern, matches: (tag) => regex.test(tag), error: "" };
  } catch (problem) {
    return { pattern, matches: () => false, error: reason(problem) };
  }
}

/** The tags of a chart, each once: pattern by pattern, in their own order. */
export function tagsOfChart(
  { multiline, margin }: LayoutChart,
  tags: readonly string[],
  patternOf: (pattern: string) => TagPattern,
): string[] {
  if (margin) {
    const known = new Set(tags);
    const named = margin.series.flatMap(({ value, lower, upper }) => [value, lower, upper]);
    return [...new Set(named)].filter((tag) => known.has(tag));
  }
  const found = (multiline?.tags ?? []).flatMap((pattern) => tags.filter(patternOf(pattern).matches));
  return [...new Set(found)];
}
