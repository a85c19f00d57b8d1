/** The heads of the table's columns: a click sorts, a drag moves, the right edge resizes, and the keyboard does the same. */
import { useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icon";
import { type Column, chosen_tag } from "../state/cells";
import { columns as chosen, moveColumn, setWidth, showColumn, sort, sortBy, widthOf } from "../state/columns";

const DRAG_FROM_PX = 5;
const KEY_STEP_PX = 8;

export function RunHead({ name, columns }: { name: Column; columns: readonly Column[] }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of lines that are placed by hand
    <div class="row row-heads" role="row" tabIndex={-1} aria-rowindex={1}>
      {[name, ...columns].map((column) => (
        <Head key={column.id} column={column} />
      ))}
    </div>
  );
}

function Head({ column }: { column: Column }) {
  const { id, title, detail, is_number } = column;
  const is_name = id === "name";
  const [shift_px, setShift] = useState(0);
  const from_px = useRef<number | null>(null);
  const dragged = useRef(false);
  const sorted = sort.value.column === id;
  const descending = sorted && sort.value.descending;
  const shown = id === "value" ? (chosen_tag.value?.tag ?? title) : title;
  const classes = [
    "column-head",
    is_number ? "cell-number" : "",
    is_name ? "column-name" : "",
    shift_px ? "column-moving" : "",
  ];
  return (
    // biome-ignore lint/a11y/useSemanticElements: see RunHead
    <div
      class={classes.join(" ")}
      role="columnheader"
      tabIndex={-1}
      aria-sort={sorted ? (descending ? "descending" : "ascending") : "none"}
      style={shift_px ? { transform: `translateX(${shift_px}px)` } : { transform: "" }}
      data-testid="column-head"
      data-column={id}
    >
      <button
        type="button"
        class="column-title"
        title={`${detail}${id === "value" ? `: ${shown}` : ""}\nclick: sort · drag or Alt ← →: move · Shift ← →: resize · Delete: hide`}
        onClick={() => {
          if (!dragged.current) sortBy(id);
        }}
        onPointerDown={(event) => {
          dragged.current = false;
          if (is_name || event.button !== 0) return;
          from_px.current = event.clientX;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (from_px.current === null) return;
          const moved_px = event.clientX - from_px.current;
          if (Math.abs(moved_px) < DRAG_FROM_PX && !dragged.current) return;
          dragged.current = true;
          setShift(moved_px);
        }}
        onPointerUp={(event) => {
          from_px.current = null;
          if (!dragged.current) return;
          setShift(0);
          moveColumn(id, placeAt(event.currentTarget, event.clientX, id));
        }}
        onPointerCancel={() => {
          from_px.current = null;
          setShift(0);
        }}
        onKeyDown={(event) => onHeadKey(event, column)}
      >
        <span class="column-text">{shown}</span>
        {sorted && (
          <span class={descending ? "column-sort" : "column-sort column-sort-up"}>
            <Icon name="down" />
          </span>
        )}
      </button>
      <Edge column={column} />
    </div>
  );
}

/** Before which of the other columns something lands that is dropped at `x`. */
function placeAt(element: Element, x: number, id: string): number {
  const heads = element.closest(".row-heads")?.querySelectorAll<HTMLElement>(".column-head") ?? [];
  const others = [...heads].filter((head) => head.dataset.column !== id && head.dataset.column !== "name");
  return others.filter((head) => {
    const { left, right } = head.getBoundingClientRect();
    return (left + right) / 2 < x;
  }).length;
}

function onHeadKey(event: KeyboardEvent, column: Column): void {
  const { id } = column;
  const way = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (way !== 0 && event.shiftKey) setWidth(id, widthOf(column) + way * KEY_STEP_PX);
  else if (way !== 0 && event.altKey && id !== "name") moveColumn(id, chosen.value.indexOf(id) + way);
  else if (event.key === "Delete" && id !== "name") showColumn(id, false);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function Edge({ column }: { column: Column }) {
  const start = useRef<{ x: number; width_px: number } | null>(null);
  return (
    <span
      class="column-edge"
      aria-hidden="true"
      data-testid="column-edge"
      onPointerDown={(event) => {
        start.current = { x: event.clientX, width_px: widthOf(column) };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (start.current) setWidth(column.id, start.current.width_px + event.clientX - start.current.x);
      }}
      onPointerUp={() => {
        start.current = null;
      }}
      onDblClick={() => setWidth(column.id, column.width_px)}
    />
  );
}
