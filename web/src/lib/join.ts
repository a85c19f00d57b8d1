/** Which tags share a chart: those that match a pattern and differ only in its parentheses, `(train|val)/loss`. */

/** The tags of each shared chart, in their order; a tag is on one at most. Throws what is wrong with the pattern. */
export function joinTags(pattern: string, tags: readonly string[]): string[][] {
  if (pattern.trim() === "") return [];
  const whole = new RegExp(`^(?:${pattern})$`, "d");
  const charts = new Map<string, string[]>();
  for (const tag of tags) {
    const match = whole.exec(tag);
    if (!match) continue;
    const rest = outsideOf(tag, match.indices ?? []);
    const chart = charts.get(rest);
    if (chart) chart.push(tag);
    else charts.set(rest, [tag]);
  }
  return [...charts.values()].filter((chart) => chart.length > 1);
}

/** The tag with what is in parentheses left out; all of it when there are none: then everything that matches is alike. */
function outsideOf(tag: string, indices: readonly (readonly [number, number] | undefined)[]): string {
  if (indices.length <= 1) return "";
  let out = "";
  let at = 0;
  for (const group of indices.slice(1)) {
    if (!group || group[0] < at) continue;
    out += `${tag.slice(at, group[0])}\n`;
    at = group[1];
  }
  return out + tag.slice(at);
}
