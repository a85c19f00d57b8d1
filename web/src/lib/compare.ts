/** What differs between runs: one line per name, one cell per run. */
import type { Cell } from "./column";
import { naturalCompare } from "./text";

export interface Difference {
  name: string;
  cells: Cell[];
  differs: boolean;
}

/** The lines of all names that any of them has, those that differ first. What is missing differs from what is there. */
export function compareAll(all: readonly ReadonlyMap<string, Cell>[]): Difference[] {
  const names = new Set(all.flatMap((values) => [...values.keys()]));
  const lines = [...names].map((name): Difference => {
    const cells = all.map((values) => values.get(name) ?? null);
    return { name, cells, differs: cells.some((cell) => !Object.is(cell, cells[0])) };
  });
  return lines.sort((a, b) => Number(b.differs) - Number(a.differs) || naturalCompare(a.name, b.name));
}
