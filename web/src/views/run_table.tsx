/** The lines of the runs pane, as a list or as a table; only those in view are in the document. */
import { computed, signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Column, columnOf } from "../state/cells";
import { column_widths, shown_columns, widthOf } from "../state/columns";
import { run_groups } from "../state/groups";
import { noteOf } from "../state/notes";
import { as_tree, baseline, is_table, run_order } from "../state/runs_table";
import { checked, found_runs, isolate, setChecked } from "../state/selection";
import { run_filter_text } from "../state/settings";
import { fullName, many_sources } from "../state/sources";
import { isFolded, setFolded } from "../state/view";
import { is_narrow } from "./narrow";
import { RunHead } from "./run_head";
import { GroupRow, type Place, RunRow } from "./run_row";
import { makeRows, type Row } from "./run_rows";

const ROW_PX = 24;
const ROW_TOUCH_PX = 36;
const SPARE_ROWS = 12;
/** Lines come and go this many at a time. */
const STRIDE_ROWS = 6;
const PAGE_ROWS = 20;
/** For how far a value is from the baseline's. */
const DIFFERENCE_PX = 44;

export const rows = computed(() =>
  makeRows(found_runs.value, {
    by_source: many_sources.value,
    as_tree: as_tree.value,
    compare: run_order.value,
    groups: run_groups.value?.map(({ key, label, members }) => ({ key, label, runs: members })) ?? null,
    isPinned: (run) => noteOf(run.key).pinned,
    givenName: (run) => noteOf(run.key).name,
    fullName,
    isFolded: (key) => isFolded(key, false),
  }),
);

/** The line that the keyboard is on, by key, and whether it was moved there by keys. */
const active_key = signal("");
const follows_keys = signal(false);

const list_columns = [columnOf("value")].filter((column) => column !== undefined);
const name_column = columnOf("name") as Column;

export function RunTable() {
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Map<string, Drawn>>(new Map());
  const first_row = useSignal(0);
  const height_px = useSignal(innerHeight);
  useEffect(() => {
    const list = element.current;
    if (!list) return;
    const sized = new ResizeObserver(() => {
      height_px.value = list.clientHeight;
    });
    sized.observe(list);
    return () => sized.disconnect();
  }, []);
  const row_px = is_narrow.value ? ROW_TOUCH_PX : ROW_PX;
  const all = rows.value;
  const table = is_table.value;
  const columns = table ? shown_columns.value : list_columns;
  const active = Math.max(
    0,
    all.findIndex((row) => row.key === active_key.value),
  );
  const first = Math.max(0, first_row.value - SPARE_ROWS);
  const last = Math.min(all.length, first_row.value + Math.ceil(height_px.value / row_px) + SPARE_ROWS + STRIDE_ROWS);
  // The active line stays in the document, or the keyboard would have nothing to stand on.
  const shown = all.slice(first, last).map((row, i) => ({ row, index: first + i }));
  const active_row = all[active];
  if (active_row && (active < first || active >= last)) shown.push({ row: active_row, index: active });

  useLayoutEffect(() => {
    if (!follows_keys.value) return;
    element.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus({ preventScroll: true });
  });

  const goTo = (index: number) => {
    const to = Math.max(0, Math.min(all.length - 1, index));
    const row = all[to];
    if (!row || !element.current) return;
    reveal(element.current, to * row_px, row_px, table ? row_px : 0);
    active_key.value = row.key;
    follows_keys.value = true;
  };
  // A line that is drawn already is given as it is: then it is not even looked at, only what changes in it by itself.
  const before = drawn.current;
  drawn.current = new Map();
  const placed = (row: Row, index: number): VNode => {
    const is_active = index === active;
    const known = before.get(row.key);
    const is_same = known?.row === row && known.is_active === is_active && known.columns === columns;
    const line = is_same && known.index === index && known.row_px === row_px ? known : undefined;
    const vnode = line?.vnode ?? drawLine(row, columns, { index, is_active }, row_px);
    drawn.current.set(row.key, { row, index, is_active, columns, row_px, vnode });
    return vnode;
  };
  return (
    <div
      class={table ? "rows rows-table" : "rows"}
      ref={element}
      role="treegrid"
      tabIndex={-1}
      aria-label="runs"
      aria-rowcount={all.length + 1}
      aria-colcount={columns.length + 1}
      style={table ? tableStyle(columns) : { "--columns": "", "--table": "" }}
      onScroll={(event) => {
        const top = Math.floor(event.currentTarget.scrollTop / row_px);
        first_row.value = top - (top % STRIDE_ROWS);
      }}
      onKeyDown={(event) => onRowKey(event, all, active, goTo)}
      onFocusIn={(event) => {
        const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-index]") : null;
        const row = all[Number(line?.dataset.index)];
        if (!line || !row) return;
        active_key.value = row.key;
        follows_keys.value = event.target === line;
      }}
      onFocusOut={() => {
        follows_keys.value = false;
      }}
      data-testid="run-rows"
    >
      {table && <RunHead name={name_column} columns={columns} />}
      <div class="rows-all" role="presentation" style={{ height: `${all.length * row_px}px` }}>
        {shown.map(({ row, index }) => placed(row, index))}
      </div>
      {all.length === 0 && run_filter_text.value !== "" && <p class="rows-none quiet">No run matches.</p>}
    </div>
  );
}

interface Drawn {
  row: Row;
  index: number;
  is_active: boolean;
  columns: readonly Column[];
  row_px: number;
  vnode: VNode;
}

function drawLine(row: Row, columns: readonly Column[], place: Place, row_px: number): VNode {
  const style = { transform: `translateY(${place.index * row_px}px)` };
  return (
    <div key={row.key} class="row-place" role="presentation" style={style}>
      {row.kind === "run" ? (
        <RunRow row={row} columns={columns} place={place} />
      ) : (
        <GroupRow row={row} columns={columns} place={place} />
      )}
    </div>
  );
}

function tableStyle(columns: readonly Column[]): Record<string, string> {
  const has_baseline = baseline.value !== "";
  const widths = [name_column, ...columns].map((column) => {
    const grows = has_baseline && column.is_metric && !column_widths.value.has(column.id);
    return widthOf(column) + (grows ? DIFFERENCE_PX : 0);
  });
  const sum_px = widths.reduce((sum, width) => sum + width, 0);
  return { "--columns": widths.map((width) => `${width}px`).join(" "), "--table": `${sum_px}px` };
}

/** Scrolls as little as shows the line at `top`, which is not to be under the heads. */
function reveal(list: HTMLElement, top_px: number, row_px: number, heads_px: number): void {
  const room_px = list.clientHeight - heads_px;
  if (top_px < list.scrollTop) list.scrollTop = top_px;
  else if (top_px + row_px > list.scrollTop + room_px) list.scrollTop = top_px + row_px - room_px;
}

function onRowKey(event: KeyboardEvent, all: readonly Row[], active: number, goTo: (index: number) => void): void {
  const row = all[active];
  const on_line = event.target instanceof Element && event.target.getAttribute("role") === "row";
  if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const act = moves(event.key, row, all, active, goTo) ?? (on_line ? acts(event.key, row) : undefined);
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

type Act = (() => void) | undefined;

function moves(key: string, row: Row, all: readonly Row[], active: number, goTo: (index: number) => void): Act {
  switch (key) {
    case "ArrowDown":
      return () => goTo(active + 1);
    case "ArrowUp":
      return () => goTo(active - 1);
    case "PageDown":
      return () => goTo(active + PAGE_ROWS);
    case "PageUp":
      return () => goTo(active - PAGE_ROWS);
    case "Home":
      return () => goTo(0);
    case "End":
      return () => goTo(all.length - 1);
    case "ArrowRight":
      if (row.kind !== "run" && row.is_folded) return () => setFolded(row.key, false);
      return row.kind === "run" ? undefined : () => goTo(active + 1);
    case "ArrowLeft":
      if (row.kind !== "run" && !row.is_folded) return () => setFolded(row.key, true);
      return row.depth === 0 ? undefined : () => goTo(headOf(all, active));
    default:
      return undefined;
  }
}

function headOf(all: readonly Row[], index: number): number {
  const depth = all[index]?.depth ?? 0;
  let at = index - 1;
  while (at > 0 && (all[at]?.depth ?? 0) >= depth) at--;
  return at;
}

function acts(key: string, row: Row): Act {
  const keys = row.kind === "run" ? [row.key] : row.runs.map((run) => run.key);
  if (key === " ") return () => setChecked(keys, !keys.every((run_key) => checked.peek().has(run_key)));
  if (key !== "Enter") return undefined;
  return row.kind === "run" ? () => isolate(row.key) : () => setFolded(row.key, !row.is_folded);
}
