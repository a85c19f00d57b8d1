/** What the x axis of a chart is, by the name the address has for it, and as questions have it. */

/** `tag(train/tokens)`: what that scalar tag of the same run has at the same step. */
export type XAxis = "step" | "relative" | "wall_time" | `tag(${string})`;

/** In which pixel columns are equal: in x, its logarithm, or `asinh(x / symlog)`. */
export type XScale = "linear" | "log" | { symlog: number };

export function axisOfTag(tag: string): XAxis {
  return `tag(${tag})`;
}

/** The tag that is x; null: a time or the step. */
export function xTag(x: XAxis): string | null {
  return x.startsWith("tag(") ? x.slice("tag(".length, -1) : null;
}

/** Null for what names no axis. */
export function readXAxis(text: string): XAxis | null {
  if (text === "step" || text === "relative" || text === "wall_time") return text;
  return /^tag\(.+\)$/s.test(text) ? (text as XAxis) : null;
}

/** A question as the hub wants it. */
export function withX<T extends { x?: XAxis }>(ask: T): Omit<T, "x"> & { x?: string | { tag: string } } {
  const tag = ask.x === undefined ? null : xTag(ask.x);
  return tag === null ? ask : { ...ask, x: { tag } };
}
