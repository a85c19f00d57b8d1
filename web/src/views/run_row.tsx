/**
 * One line of the runs pane: a run, or the source, group or folder above some.
 *
 * Lines come and go by the dozen while somebody scrolls. Their parts are therefore functions that are called, not
 * components that each would be set up and watched for themselves.
 */
import type { ComponentChildren } from "preact";
import type { Cell } from "../lib/column";
import { formatDifference } from "../lib/number";
import type { RunState } from "../lib/run_state";
import { formatMoment } from "../lib/time";
import { Checkbox } from "../parts/checkbox";
import { Icon } from "../parts/icon";
import { Middle } from "../parts/middle";
import { board, pulse, type Run } from "../state/board";
import { ageOf, type Column } from "../state/cells";
import { colours, groupColour } from "../state/colours";
import { hover, NO_HOVER } from "../state/hover";
import { hparam_errors } from "../state/hparams";
import { noteOf } from "../state/notes";
import { stateInWords, stateOf } from "../state/run_state";
import { baseline, is_table, run_menu } from "../state/runs_table";
import { checked, isolate, setChecked } from "../state/selection";
import { aheadOf, fullName, shortName } from "../state/sources";
import { setFolded } from "../state/view";
import { RunCurve } from "./run_curve";
import type { HeadRow, Row } from "./run_rows";

const INDENT_PX = 14;

/** What every line has: its place in the list, and whether the keyboard is on it. */
export interface Place {
  index: number;
  is_active: boolean;
}

interface LineProps {
  place: Place;
  depth: number;
  class: string;
  expanded?: boolean;
  run?: Run;
}

function line({ place, depth, class: classes, expanded, run }: LineProps, children: ComponentChildren) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of lines that are placed by hand
    <div
      class={`row ${classes}`}
      role="row"
      aria-level={depth + 1}
      aria-rowindex={place.index + 2}
      aria-expanded={expanded}
      tabIndex={place.is_active ? 0 : -1}
      data-index={place.index}
      data-testid={run ? "run-row" : "run-group"}
      data-run={run?.name}
      data-source={run?.source}
      onPointerEnter={() => {
        if (run && checked.peek().has(run.key)) hover.value = { run_key: run.key, card: null, x: null };
      }}
      onPointerLeave={() => {
        if (run) hover.value = NO_HOVER;
      }}
      onContextMenu={(event) => {
        if (!run) return;
        event.preventDefault();
        run_menu.value = { run_key: run.key, left: event.clientX, top: event.clientY };
      }}
    >
      {children}
    </div>
  );
}

export function RunRow({
  row,
  columns,
  place,
}: {
  row: Extract<Row, { kind: "run" }>;
  columns: readonly Column[];
  place: Place;
}) {
  pulse.value;
  const { run, label, depth } = row;
  const is_checked = checked.value.has(run.key);
  const note = noteOf(run.key);
  const name = fullName(run);
  const classes = [is_checked ? "" : "row-off", hover.value.run_key === run.key ? "row-lit" : ""].join(" ");
  return line(
    { place, depth, class: classes, run },
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: see line */}
      <div class="row-head" role="rowheader" tabIndex={-1} style={{ paddingLeft: `${depth * INDENT_PX}px` }}>
        {Checkbox({
          label: `show ${name}`,
          checked: is_checked,
          colour: colours.value.get(run.key) ?? "gray",
          onChange: (on) => setChecked([run.key], on),
          onAltClick: () => isolate(run.key),
          reachable: place.is_active,
          testid: "run-check",
        })}
        <button
          type="button"
          class="row-name"
          aria-label={`only ${name}`}
          title={[note.name === "" ? name : `${name} (${run.name})`, note.remark].filter(Boolean).join("\n")}
          tabIndex={place.is_active ? 0 : -1}
          onClick={() => isolate(run.key)}
          data-testid="run-name"
        >
          {Middle({ name: label, title: "" })}
        </button>
        {note.pinned && (
          <span class="row-mark" title="pinned">
            {"▴"}
          </span>
        )}
        {baseline.value === run.key && (
          <span class="row-mark" title="the baseline">
            {"◇"}
          </span>
        )}
        <button
          type="button"
          class="row-more"
          aria-label={`more about ${name}`}
          aria-haspopup="dialog"
          tabIndex={place.is_active ? 0 : -1}
          onClick={(event) => {
            const { right, bottom } = event.currentTarget.getBoundingClientRect();
            run_menu.value = { run_key: run.key, left: right, top: bottom };
          }}
          data-testid="run-more"
        >
          {Icon({ name: "more" })}
        </button>
      </div>
      {!is_table.value && (
        // biome-ignore lint/a11y/useSemanticElements: see line
        <span class="life-cell" role="gridcell" tabIndex={-1}>
          {stateDot(run)}
        </span>
      )}
      {columns.map((column) => runCell(column, run))}
    </>,
  );
}

/** The state as a dot: filled while it runs, hollow when that cannot be known, barred when something is wrong. */
function stateDot(run: Run) {
  const state = stateOf(run);
  const age_s = ageOf(run);
  const title = stateInWords(state, age_s);
  return (
    <span
      class={`life life-${state}`}
      role="img"
      aria-label={state}
      title={state === "finished" ? "" : title}
      data-testid="run-life"
      data-life={state}
    />
  );
}

function runCell(column: Column, run: Run) {
  const value = column.valueOf(run);
  const classes = ["cell", column.is_number ? "cell-number" : "", column.id === "value" ? "row-value" : ""].join(" ");
  return (
    // biome-ignore lint/a11y/useSemanticElements: see line
    <span
      key={column.id}
      class={classes}
      role="gridcell"
      tabIndex={-1}
      title={titleOf(column, value, run)}
      data-column={column.id}
    >
      {column.id === "state" && stateDot(run)}
      {column.id.startsWith("curve(") ? <RunCurve run={run} tag={column.id.slice(6, -1)} /> : column.textOf(value)}
      {column.is_metric && typeof value === "number" && difference(column, run, value)}
    </span>
  );
}

function titleOf(column: Column, value: Cell, run: Run): string {
  if (column.id === "age" && run.last_wall_time_s !== null) {
    return formatMoment(run.last_wall_time_s - aheadOf(run.source));
  }
  if (column.id === "state") return stateInWords(value as RunState, ageOf(run));
  if (column.id.startsWith("hparam(")) return hparam_errors.value.get(run.key) ?? String(value ?? "");
  return value === null ? "" : String(value);
}

/** How far a value is from the baseline's, in percent. */
function difference(column: Column, run: Run, value: number) {
  const base = board.value.run_of.get(baseline.value);
  if (!base || base.key === run.key) return null;
  const reference = column.valueOf(base);
  if (typeof reference !== "number") return null;
  const text = formatDifference(value, reference);
  return text === "" ? null : <span class="cell-difference">{text}</span>;
}

export function GroupRow({ row, columns, place }: { row: HeadRow; columns: readonly Column[]; place: Place }) {
  const { key, label, runs, depth, kind, is_folded } = row;
  const keys = runs.map((run) => run.key);
  const count = keys.filter((run_key) => checked.value.has(run_key)).length;
  return line(
    { place, depth, class: `row-group row-${kind}`, expanded: !is_folded },
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: see line */}
      <div class="row-head" role="rowheader" tabIndex={-1} style={{ paddingLeft: `${depth * INDENT_PX}px` }}>
        <Checkbox
          label={`show all runs of ${label}`}
          checked={count === runs.length}
          mixed={count > 0 && count < runs.length}
          onChange={() => setChecked(keys, count !== runs.length)}
          reachable={place.is_active}
        />
        <button
          type="button"
          class="row-name"
          aria-expanded={!is_folded}
          tabIndex={place.is_active ? 0 : -1}
          onClick={() => setFolded(key, !is_folded)}
        >
          <span class={is_folded ? "turn turn-folded" : "turn"}>
            <Icon name="down" />
          </span>
          {kind === "group" && <span class="swatch" style={{ "--run": groupColour(row.group_key) ?? "gray" }} />}
          <Middle name={kind === "source" ? shortName(label) : label} title={label} />
          <span class="quiet row-count">{runs.length}</span>
        </button>
      </div>
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: see line
        <span key={column.id} class="cell" role="gridcell" tabIndex={-1} />
      ))}
    </>,
  );
}
