/** The runs at the left: search, check, compare; only the lines in view are in the document. */
import { computed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatCount, plural } from "../lib/number";
import { Button } from "../parts/button";
import { Checkbox } from "../parts/checkbox";
import { Field } from "../parts/field";
import { board, pulse } from "../state/board";
import { checked, checkFound, found_runs, MANY, NEWEST_OF_MANY, selection, visible_runs } from "../state/selection";
import { run_filter, run_filter_text } from "../state/settings";
import { many_sources } from "../state/sources";
import { isFolded, PANE_DEFAULT_PX, PANE_LEAST_PX, pane_open, pane_px, run_order, value_tag } from "../state/view";
import { is_narrow } from "./narrow";
import { GroupRow, RunRow } from "./run_row";
import { automaticTag, makeRows } from "./run_rows";
import { focusOn } from "./shortcuts";

const ROW_PX = 24;
const ROW_TOUCH_PX = 36;
const SPARE_ROWS = 12;
const PANE_MOST_SHARE = 0.7;
const ARROW_STEP_PX = 16;

const chosen_tag = computed(() => board.value.tag_of.get(value_tag.value) ?? automaticTag(board.value.tags));

const rows = computed(() => {
  // Sorted by something that grows: sorted again as it grows.
  if (run_order.value !== "name") pulse.value;
  return makeRows(found_runs.value, {
    by_source: many_sources.value,
    order: run_order.value,
    tag: chosen_tag.value,
    isFolded: (key) => isFolded(key, false),
  });
});

export function RunsPane() {
  if (!pane_open.value) return null;
  const style = is_narrow.value ? undefined : { width: `${pane_px.value}px` };
  return (
    <aside class="pane" style={style} aria-label="runs" data-testid="runs-pane">
      <Field
        label="search runs"
        placeholder="runs…"
        value={run_filter_text.value}
        error={run_filter.value.error}
        hint={is_narrow.value ? "" : "/"}
        inputRef={focusOn("runs")}
        onInput={(text) => {
          run_filter_text.value = text;
        }}
        testid="run-filter"
      />
      <PaneHead />
      <Rows />
      <PaneFoot />
      {!is_narrow.value && <Divider />}
    </aside>
  );
}

function PaneHead() {
  const found = found_runs.value;
  const shown = visible_runs.value.length;
  const order = run_order.value;
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
      <Button
        label={`sorted by ${order}; click for another order`}
        icon="sort"
        pressed={order !== "name"}
        onClick={() => {
          run_order.value = order === "name" ? "value" : order === "value" ? "age" : "name";
        }}
        testid="run-order"
      />
      <ValueChoice />
      <span class="row-cell">step</span>
      <span class="row-cell">points</span>
      <span class="row-cell">age</span>
    </div>
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

function Rows() {
  const element = useRef<HTMLDivElement>(null);
  const top_px = useSignal(0);
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
  const first = Math.max(0, Math.floor(top_px.value / row_px) - SPARE_ROWS);
  const last = Math.min(all.length, Math.ceil((top_px.value + height_px.value) / row_px) + SPARE_ROWS);
  return (
    <div
      class="rows"
      ref={element}
      onScroll={(event) => {
        top_px.value = event.currentTarget.scrollTop;
      }}
      data-testid="run-rows"
    >
      <div class="rows-all" style={{ height: `${all.length * row_px}px` }}>
        <div class="rows-shown" style={{ transform: `translateY(${first * row_px}px)` }}>
          {all
            .slice(first, last)
            .map((row) =>
              row.kind === "run" ? (
                <RunRow key={row.key} row={row} tag={chosen_tag.value} />
              ) : (
                <GroupRow key={row.key} row={row} checked={checked.value} />
              ),
            )}
        </div>
      </div>
      {all.length === 0 && run_filter_text.value !== "" && <p class="rows-none quiet">No run matches.</p>}
    </div>
  );
}

function PaneFoot() {
  const total = board.value.runs.length;
  if (selection.value.base !== "default" || total <= MANY) return null;
  return (
    <p class="pane-foot quiet">
      {`The ${NEWEST_OF_MANY} newest of ${formatCount(total)} runs are checked.`}{" "}
      <Button label="check all" class="button-link" onClick={() => checkFound(true)}>
        Check all
      </Button>
    </p>
  );
}

/** The pane's right edge: dragged, moved by arrow keys, and set back by a double click. */
function Divider() {
  const set = (width_px: number) => {
    pane_px.value = Math.round(Math.min(innerWidth * PANE_MOST_SHARE, Math.max(PANE_LEAST_PX, width_px)));
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
