/**
 * By what runs are grouped: `folder`, `part(2)` of the name, `regex(seed-(\d+))`, or a column as queries name it (`lr`,
 * `state`, `min(val/loss)`).
 */
import type { Cell } from "./column";
import { compareCells } from "./column";
import { remembered } from "./filter";
import { formatValue } from "./number";
import { Regex } from "./regex";
import { splitRun } from "./text";

export type Grouping =
  | { kind: "folder" }
  | { kind: "part"; n: number }
  | { kind: "regex"; source: string }
  | { kind: "column"; name: string };

export function readGrouping(text: string): Grouping | null {
  if (text === "") return null;
  if (text === "folder") return { kind: "folder" };
  const [, part] = /^part\((\d{1,2})\)$/.exec(text) ?? [];
  if (part !== undefined) return { kind: "part", n: Number(part) };
  if (text.startsWith("regex(") && text.endsWith(")")) return { kind: "regex", source: text.slice(6, -1) };
  return { kind: "column", name: text };
}

/** Which group a name belongs to; null: none. Throws what Regex throws. */
export function namePart(grouping: Exclude<Grouping, { kind: "column" }>): (name: string) => string | null {
  switch (grouping.kind) {
    case "folder":
      return (name) => splitRun(name).folder || null;
    case "part":
      return (name) => name.split("/")[grouping.n - 1] ?? null;
    case "regex": {
      const regex = new Regex(grouping.source);
      return remembered((name) => captured(regex.exec(name)));
    }
  }
}

/** What the groups of an expression caught, or all that it matched when it has none. */
function captured(match: (string | undefined)[] | null): string | null {
  if (match === null) return null;
  const [whole = "", ...parts] = match;
  return parts.length === 0 ? whole : parts.map((part) => part ?? "–").join(" · ");
}

export interface Group<T> {
  key: string;
  /** `lr 0.1`. */
  label: string;
  members: T[];
}

export const NO_GROUP = "none";

/** Groups in the order of what they have in common; those without it come last, together. `title` begins their labels. */
export function groupItems<T>(items: readonly T[], title: string, cellOf: (item: T) => Cell): Group<T>[] {
  const by_key = new Map<string, { cell: Cell; members: T[] }>();
  for (const item of items) {
    const cell = cellOf(item);
    const key = cell === null || cell === "" ? "" : `${typeof cell}:${cell}`;
    const found = by_key.get(key);
    if (found) found.members.push(item);
    else by_key.set(key, { cell: key === "" ? null : cell, members: [item] });
  }
  return [...by_key]
    .sort(([, a], [, b]) => compareCells(a.cell, b.cell))
    .map(([key, { cell, members }]) => ({ key, label: labelOf(title, cell), members }));
}

function labelOf(title: string, cell: Cell): string {
  if (cell === null) return title === "" ? NO_GROUP : `${title}: ${NO_GROUP}`;
  const value = typeof cell === "number" ? formatValue(cell, 6) : cell;
  return title === "" ? value : `${title} ${value}`;
}
