/**
 * The name of a column of the runs table: `state`, `step`, `last(val/loss)`, `mean10(val/loss)`, `at1000(val/loss)`,
 * `hparam(lr)`. Queries, groups and the memory of the browser use the same names.
 */
import { naturalCompare } from "./text";

export const BUILT_IN = [
  "name",
  "source",
  "value",
  "state",
  "step",
  "speed",
  "points",
  "age",
  "duration",
  "remark",
] as const;
export type BuiltIn = (typeof BUILT_IN)[number];

/** What is taken of a metric: its last value, its best one either way, the mean of the last `n`, that at a step. */
export type MetricKind = "last" | "min" | "max" | "mean" | "at" | "curve";

export type ColumnName =
  | { kind: "built-in"; name: BuiltIn }
  | { kind: "hparam"; name: string }
  /** `n`: of `mean` how many, of `at` which step, else 0. */
  | { kind: MetricKind; tag: string; n: number };

const CALL = /^(last|min|max|mean|at|curve|hparam)(\d*)\((.+)\)$/s;
export const MEAN_OF_LAST = 10;
const MEAN_MOST = 1000;

export type Cell = number | string | null;

/** Numbers by size, texts naturally, numbers before texts; `descending` turns that, but what has no value stays last. */
export function compareCells(a: Cell, b: Cell, descending = false): number {
  const [a_lacks, b_lacks] = [lacks(a), lacks(b)];
  if (a_lacks || b_lacks) return Number(a_lacks) - Number(b_lacks);
  return (descending ? -1 : 1) * compareValues(a, b);
}

function compareValues(a: Cell, b: Cell): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return naturalCompare(a, b);
  return typeof a === "number" ? -1 : 1;
}

const lacks = (cell: Cell): boolean => cell === null || cell === "" || Number.isNaN(cell);

/** Null for what names no column. */
export function readColumn(id: string): ColumnName | null {
  const built_in = BUILT_IN.find((name) => name === id);
  if (built_in) return { kind: "built-in", name: built_in };
  const [, word, digits = "", inside = ""] = CALL.exec(id) ?? [];
  if (word === "hparam") return digits === "" ? { kind: "hparam", name: inside } : null;
  const n = Number(digits);
  switch (word) {
    case "last":
    case "min":
    case "max":
    case "curve":
      return digits === "" ? { kind: word, tag: inside, n: 0 } : null;
    case "mean":
      return { kind: word, tag: inside, n: digits === "" ? MEAN_OF_LAST : Math.min(MEAN_MOST, Math.max(1, n)) };
    case "at":
      return digits !== "" && Number.isSafeInteger(n) ? { kind: word, tag: inside, n } : null;
    default:
      return null;
  }
}

export function writeColumn(column: ColumnName): string {
  if (column.kind === "built-in") return column.name;
  if (column.kind === "hparam") return `hparam(${column.name})`;
  const { kind, tag, n } = column;
  return `${kind}${kind === "mean" || kind === "at" ? n : ""}(${tag})`;
}
