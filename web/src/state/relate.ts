/** How hyperparameters and metrics go together: which columns are axes, on which scales, and which part of each is looked at. */
import { computed, signal } from "@preact/signals";
import type { Cell } from "../lib/column";
import { makeAxis, spansDecades, type ValueAxis } from "../lib/value_axis";
import type { Run } from "./board";
import { type Column, cells_pulse, cellsOf, chosen_tag, columnOf } from "./cells";
import { shown_columns } from "./columns";
import { hparam_names } from "./hparams";
import { visible_runs } from "./selection";

export interface RelatedAxis {
  column: Column;
  axis: ValueAxis;
  is_log: boolean;
  cells: ReadonlyMap<string, Cell>;
}

/** Part of an axis, from 0 to 1. */
export type Brush = readonly [from: number, to: number];

/** More axes than these have no room beside each other. */
const HPARAMS_MOST = 8;

/** Null: what differs in the hyperparameters, and the metrics of the table. */
const chosen_axes = signal<readonly string[] | null>(null);
/** Set by hand; else what spans decades is logarithmic. */
const log_axes = signal<ReadonlyMap<string, boolean>>(new Map());
export const brushes = signal<ReadonlyMap<string, Brush>>(new Map());

/** What may be an axis: hyperparameters that differ among the visible runs, and the metrics of the table. */
export const axis_choices = computed((): readonly Column[] => {
  const runs = visible_runs.value;
  cells_pulse.value;
  const hparams = hparam_names.value.flatMap((name) => columnOf(`hparam(${name})`) ?? []);
  const differing = hparams.filter((column) => {
    const cells = cellsOf(column);
    const first = cells.get(runs[0]?.key ?? "") ?? null;
    return runs.some((run) => (cells.get(run.key) ?? null) !== first);
  });
  const metrics = shown_columns.value.filter(({ is_metric, id }) => is_metric && id !== "value");
  const tag = chosen_tag.value;
  const last = tag ? columnOf(`last(${tag.tag})`) : undefined;
  if (last && !metrics.some(({ id }) => id === last.id)) metrics.push(last);
  return [...differing, ...metrics];
});

const axis_ids = computed(() => {
  const choices = axis_choices.value;
  const chosen = chosen_axes.value;
  if (chosen) return chosen.filter((id) => choices.some((column) => column.id === id));
  const hparams = choices.filter(({ is_metric }) => !is_metric).slice(0, HPARAMS_MOST);
  return [...hparams, ...choices.filter(({ is_metric }) => is_metric)].map(({ id }) => id);
});

export const related_axes = computed((): readonly RelatedAxis[] => {
  const runs = visible_runs.value;
  return axis_ids.value.flatMap((id) => {
    const column = columnOf(id);
    if (!column) return [];
    const cells = cellsOf(column);
    const of_runs = runs.map((run) => cells.get(run.key) ?? null);
    const is_log = log_axes.value.get(id) ?? spansDecades(of_runs);
    const axis = makeAxis(of_runs, is_log);
    return [{ column, axis, cells, is_log: is_log && axis.can_be_log }];
  });
});

export function isAxis(id: string): boolean {
  return axis_ids.value.includes(id);
}

export function setAxis(id: string, on: boolean): void {
  const others = axis_ids.peek().filter((other) => other !== id);
  const order = axis_choices.peek().map((column) => column.id);
  const next = on ? [...others, id] : others;
  chosen_axes.value = next.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  if (!on) setBrush(id, null);
}

export function toggleAxisLog(id: string): void {
  const is_log = related_axes.peek().find(({ column }) => column.id === id)?.is_log === true;
  log_axes.value = new Map(log_axes.peek()).set(id, !is_log);
  // A part of the other scale is another part.
  setBrush(id, null);
}

export function setBrush(id: string, brush: Brush | null): void {
  const next = new Map(brushes.peek());
  if (brush) next.set(id, brush);
  else next.delete(id);
  brushes.value = next;
}

export function isInside(run: Run, axes: readonly RelatedAxis[]): boolean {
  return axes.every(({ column, axis, cells }) => {
    const brush = brushes.value.get(column.id);
    if (!brush) return true;
    const place = axis.placeOf(cells.get(run.key) ?? null);
    return place !== null && place >= Math.min(...brush) && place <= Math.max(...brush);
  });
}

/** What finds the runs that are inside of all brushes; "" without any. */
export function brushedQuery(axes: readonly RelatedAxis[]): string {
  const parts = axes.flatMap(({ column, axis }) => {
    const brush = brushes.value.get(column.id);
    return brush ? (axis.between(quoted(column.id), ...brush) ?? []) : [];
  });
  return parts.join(" and ");
}

/** As a query names it; between back quotes where brackets in a name could end it early. */
function quoted(id: string): string {
  return /^\w+\([^()`]+\)$/.test(id) ? id : `\`${id}\``;
}
