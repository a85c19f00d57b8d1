/** An axis along which runs are placed by what they have in a column: numbers on a scale, texts evenly one after the other. */
import { type Cell, compareCells } from "./column";
import { formatTicks, formatValue } from "./number";
import { linearTicks, logTicks } from "./ticks";

export interface ValueAxis {
  /** From 0 to 1; null: it has no place here. */
  placeOf: (cell: Cell) => number | null;
  ticks: { at: number; label: string }[];
  /** Whether a logarithmic scale makes sense: numbers, and all of them above 0. */
  can_be_log: boolean;
  /** The query that finds what lies between two places; null: nothing does. */
  between: (column: string, from: number, to: number) => string | null;
}

const TICKS = 6;
/** More texts than these have no labels of their own. */
const LABELS_MOST = 24;
const QUERY_DIGITS = 6;
const DECADES = 100;

export function makeAxis(cells: readonly Cell[], is_log: boolean): ValueAxis {
  const there = cells.filter((cell) => cell !== null && cell !== "");
  const numbers = there.filter((cell) => typeof cell === "number");
  return numbers.length === there.length && numbers.length > 0
    ? ofNumbers(numbers.filter(Number.isFinite), is_log)
    : ofTexts(there.map(String));
}

function ofNumbers(values: readonly number[], wants_log: boolean): ValueAxis {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const greatest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const can_be_log = values.length > 0 && least > 0;
  const is_log = wants_log && can_be_log;
  const into = is_log ? Math.log10 : (value: number) => value;
  const back = is_log ? (at: number) => 10 ** at : (at: number) => at;
  const [from, to] = widened(into(least), into(greatest));
  const placeOf = (cell: Cell): number | null =>
    typeof cell === "number" && Number.isFinite(cell) && !(is_log && cell <= 0)
      ? (into(cell) - from) / (to - from)
      : null;
  const { at, step } = is_log ? logTicks(from, to, TICKS) : linearTicks(from, to, TICKS);
  const labels = is_log ? at.map((tick) => formatValue(10 ** tick, 3)) : formatTicks(at, step);
  return {
    placeOf,
    ticks:
      values.length === 0 ? [] : at.map((tick, i) => ({ at: (tick - from) / (to - from), label: labels[i] ?? "" })),
    can_be_log,
    between: (column, a, b) => {
      const edge = (place: number) => Number(back(from + place * (to - from)).toPrecision(QUERY_DIGITS));
      return `${column} >= ${edge(Math.min(a, b))} and ${column} <= ${edge(Math.max(a, b))}`;
    },
  };
}

/** Whether a linear axis would put nearly all of them into one place, as with learning rates. */
export function spansDecades(cells: readonly Cell[]): boolean {
  const numbers = cells.filter((cell) => typeof cell === "number");
  const least = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return least > 0 && numbers.some((value) => value >= least * DECADES);
}

/** Something to both sides where all are alike. */
function widened(from: number, to: number): [number, number] {
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [0, 1];
  if (from < to) return [from, to];
  const beside = Math.abs(from) / 2 || 1;
  return [from - beside, to + beside];
}

function ofTexts(texts: readonly string[]): ValueAxis {
  const names = [...new Set(texts)].sort((a, b) => compareCells(a, b));
  const places = new Map(names.map((name, i) => [name, names.length === 1 ? 0.5 : i / (names.length - 1)]));
  return {
    placeOf: (cell) => (cell === null ? null : (places.get(String(cell)) ?? null)),
    ticks: names.length > LABELS_MOST ? [] : names.map((name) => ({ at: places.get(name) ?? 0, label: name })),
    can_be_log: false,
    between: (column, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const chosen = names.filter((name) => (places.get(name) ?? -1) >= low && (places.get(name) ?? 2) <= high);
      if (chosen.length === 0) return null;
      const checks = chosen.map((name) => `${column} == ${JSON.stringify(name)}`);
      return checks.length === 1 ? (checks[0] ?? null) : `(${checks.join(" or ")})`;
    },
  };
}
