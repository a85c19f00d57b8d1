/** The runs at the left: search, check, compare; a narrow list, or a table when it is wide. */
import { formatCount, plural } from "../lib/number";
import { Button } from "../parts/button";
import { Checkbox } from "../parts/checkbox";
import { Later } from "../parts/later";
import { board } from "../state/board";
import { chosen_tag } from "../state/cells";
import { BY_NAME, sort } from "../state/columns";
import { group_by, group_error } from "../state/groups";
import { setNote } from "../state/notes";
import { as_tree, is_table, runs_dialog, toggleTable } from "../state/runs_table";
import { checkFound, found_runs, hidden_runs, MANY, NEWEST_OF_MANY, selection, visible_runs } from "../state/selection";
import { PANE_DEFAULT_PX, PANE_LEAST_PX, pane_open, pane_px, value_tag } from "../state/view";
import { is_narrow } from "./narrow";
import { RunColumns } from "./run_columns";
import { RunCompare } from "./run_compare";
import { GroupChoice } from "./run_group";
import { RunMenu } from "./run_menu";
import { RunSearch } from "./run_search";
import { RunTable } from "./run_table";

/** So much of the board stays beside the pane. */
const BOARD_LEAST_PX = 320;
const ARROW_STEP_PX = 16;

export function RunsPane() {
  if (!pane_open.value) return null;
  const style = is_narrow.value ? undefined : { width: `${pane_px.value}px` };
  return (
    <aside class={is_table.value ? "pane pane-table" : "pane"} style={style} aria-label="runs" data-testid="runs-pane">
      <RunSearch />
      <PaneHead />
      <RunTable />
      <PaneFoot />
      {!is_narrow.value && <Divider />}
      <RunMenu />
      {runs_dialog.value === "columns" && <RunColumns />}
      {runs_dialog.value === "compare" && <RunCompare />}
      {runs_dialog.value === "relate" && <Later load={loadRelate} />}
    </aside>
  );
}

const loadRelate = async () => (await import("./run_relate")).RunRelate;

function PaneHead() {
  const found = found_runs.value;
  const shown = visible_runs.value.length;
  const table = is_table.value;
  return (
    <div class="pane-head">
      <Checkbox
        label={shown === found.length ? "uncheck all shown runs" : "check all shown runs"}
        checked={shown > 0 && shown === found.length}
        mixed={shown > 0 && shown < found.length}
        onChange={() => checkFound(shown !== found.length)}
        testid="check-all"
      />
      <span class="pane-count" data-testid="run-count">
        {shown === found.length ? plural(shown, "run") : `${shown} of ${plural(found.length, "run")}`}
      </span>
      <GroupChoice />
      {table && <TableTools />}
      {!table && <OrderButton />}
      <ValueChoice />
      <Button
        label={table ? "runs as a list" : "runs as a table"}
        icon={table ? "narrow" : "table"}
        pressed={table}
        onClick={toggleTable}
        testid="run-table"
      />
    </div>
  );
}

function TableTools() {
  return (
    <>
      <Button
        label="runs under the folders of their names"
        icon="tree"
        pressed={as_tree.value}
        onClick={() => {
          as_tree.value = !as_tree.value;
        }}
        testid="run-tree"
      />
      <Button
        label="choose the columns"
        icon="columns"
        onClick={() => {
          runs_dialog.value = "columns";
        }}
        testid="choose-columns"
      />
      <Button
        label="compare the checked runs"
        icon="compare"
        onClick={() => {
          runs_dialog.value = "compare";
        }}
        testid="compare-runs"
      />
      <Button
        label="how hyperparameters and metrics go together"
        icon="relate"
        onClick={() => {
          runs_dialog.value = "relate";
        }}
        testid="relate-runs"
      />
    </>
  );
}

/** In the list there are no heads to click at: by name, by value, by age. */
function OrderButton() {
  const { column } = sort.value;
  return (
    <Button
      label={`sorted by ${column}; click for another order`}
      icon="sort"
      pressed={column !== "name"}
      onClick={() => {
        const next = column === "name" ? "value" : column === "value" ? "age" : "name";
        sort.value = { ...BY_NAME, column: next };
      }}
      testid="run-order"
    />
  );
}

function ValueChoice() {
  const { tags } = board.value;
  if (tags.length === 0) return null;
  return (
    <select
      class="value-choice"
      aria-label="value beside each run"
      title={`value beside each run: ${chosen_tag.value?.tag ?? ""}`}
      value={chosen_tag.value?.tag ?? ""}
      data-testid="value-tag"
      onChange={(event) => {
        value_tag.value = event.currentTarget.value;
      }}
    >
      {tags.map((tag) => (
        <option key={tag.key} value={tag.tag}>
          {tag.tag}
        </option>
      ))}
    </select>
  );
}

function PaneFoot() {
  const total = board.value.runs.length;
  const hidden = hidden_runs.value;
  const many = selection.value.base === "default" && total > MANY;
  const error = group_error.value;
  if (!many && hidden.length === 0 && error === "") return null;
  return (
    <div class="pane-foot quiet">
      {error !== "" && <p role="status">{`The runs cannot be grouped by ${group_by.value}: ${error}.`}</p>}
      {many && (
        <p>
          {`The ${NEWEST_OF_MANY} newest of ${formatCount(total)} runs are checked.`}{" "}
          <Button label="check all" class="button-link" onClick={() => checkFound(true)}>
            Check all
          </Button>
        </p>
      )}
      {hidden.length > 0 && (
        <p data-testid="hidden-runs">
          {`${plural(hidden.length, "run")} hidden.`}{" "}
          <Button
            label="show the hidden runs again"
            class="button-link"
            onClick={() => {
              for (const run of hidden) setNote(run.key, { hidden: false });
            }}
          >
            Show again
          </Button>
        </p>
      )}
    </div>
  );
}

/** The pane's right edge: dragged, moved by arrow keys, and set back by a double click. */
function Divider() {
  const set = (width_px: number) => {
    pane_px.value = Math.round(Math.max(PANE_LEAST_PX, Math.min(innerWidth - BOARD_LEAST_PX, width_px)));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own
    <div
      class="divider"
      role="separator"
      aria-orientation="vertical"
      aria-label="width of the runs pane"
      aria-valuenow={pane_px.value}
      aria-valuemin={PANE_LEAST_PX}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) set(event.clientX);
      }}
      onDblClick={() => set(PANE_DEFAULT_PX)}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") set(pane_px.value - ARROW_STEP_PX);
        if (event.key === "ArrowRight") set(pane_px.value + ARROW_STEP_PX);
      }}
    />
  );
}
