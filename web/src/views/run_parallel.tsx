/** Parallel axes: a line for each run through what it has on each of them. */
import { useRef } from "preact/hooks";
import type { Run } from "../state/board";
import { colours } from "../state/colours";
import { hover, NO_HOVER } from "../state/hover";
import { brushes, isInside, type RelatedAxis, related_axes, setBrush, toggleAxisLog } from "../state/relate";
import { fullName } from "../state/sources";

const AXIS_PX = 150;
const HEIGHT_PX = 360;
const TOP_PX = 30;
const BOTTOM_PX = 24;
const SIDE_PX = 60;
/** A shorter drag is a click, which removes the mark. */
const LEAST_BRUSH = 0.01;

const yOf = (place: number): number => TOP_PX + (1 - place) * (HEIGHT_PX - TOP_PX - BOTTOM_PX);
const placeOf = (y: number): number => 1 - (y - TOP_PX) / (HEIGHT_PX - TOP_PX - BOTTOM_PX);
const xOf = (i: number): number => SIDE_PX + i * AXIS_PX;

export function RunParallel({ runs }: { runs: readonly Run[] }) {
  const axes = related_axes.value;
  const lifted = hover.value.run_key;
  const width_px = SIDE_PX * 2 + Math.max(0, axes.length - 1) * AXIS_PX;
  if (axes.length < 2) return <p class="quiet">Choose two axes or more.</p>;
  const last = runs.find((run) => run.key === lifted);
  const drawn = last ? [...runs.filter((run) => run !== last), last] : runs;
  return (
    <div class="relate-scroll">
      {/* biome-ignore lint/a11y/useSemanticElements: a picture is no fieldset */}
      <svg
        class="parallel"
        width={width_px}
        height={HEIGHT_PX}
        role="group"
        aria-label={`${runs.length} runs on ${axes.length} axes: ${axes.map(({ column }) => column.title).join(", ")}`}
        data-testid="parallel"
      >
        {drawn.map((run) => (
          <Line key={run.key} run={run} axes={axes} lifted={lifted} />
        ))}
        {axes.map((each, i) => (
          <Axis key={each.column.id} related={each} x={xOf(i)} />
        ))}
      </svg>
      <p class="relate-lifted quiet">{last ? described(last, axes) : "\u00a0"}</p>
    </div>
  );
}

function described(run: Run, axes: readonly RelatedAxis[]): string {
  const values = axes.map(({ column, cells }) => `${column.title} ${column.textOf(cells.get(run.key) ?? null) || "–"}`);
  return `${fullName(run)}: ${values.join(" · ")}`;
}

/** Interrupted where the run has nothing. */
function Line({ run, axes, lifted }: { run: Run; axes: readonly RelatedAxis[]; lifted: string | null }) {
  let path = "";
  let pen_down = false;
  axes.forEach(({ axis, cells }, i) => {
    const place = axis.placeOf(cells.get(run.key) ?? null);
    if (place !== null) path += `${pen_down ? "L" : "M"}${xOf(i)} ${yOf(place).toFixed(1)}`;
    pen_down = place !== null;
  });
  const out = !isInside(run, axes);
  const state = out ? "out" : lifted === run.key ? "lifted" : lifted === null ? "" : "back";
  return (
    <path
      class={`parallel-line ${state && `parallel-${state}`}`}
      d={path}
      style={{ stroke: colours.value.get(run.key) ?? "gray" }}
      data-run={run.name}
      data-inside={out ? "false" : "true"}
      onPointerEnter={() => {
        hover.value = { ...NO_HOVER, run_key: run.key };
      }}
      onPointerLeave={() => {
        hover.value = NO_HOVER;
      }}
    />
  );
}

function Axis({ related, x }: { related: RelatedAxis; x: number }) {
  const { column, axis } = related;
  const from = useRef<number | null>(null);
  const brush = brushes.value.get(column.id);
  const at = (event: PointerEvent): number => {
    const box = (event.currentTarget as SVGElement).ownerSVGElement?.getBoundingClientRect();
    return Math.min(1, Math.max(0, placeOf(event.clientY - (box?.top ?? 0))));
  };
  return (
    <g class="parallel-axis" data-column={column.id}>
      <title>{`${column.detail}\nDrag along it to mark a part${axis.can_be_log ? "; a click on the name makes it logarithmic, or not" : ""}.`}</title>
      <line x1={x} x2={x} y1={yOf(1)} y2={yOf(0)} />
      {axis.ticks.map(({ at: place, label }) => (
        <g key={label}>
          <line x1={x - 3} x2={x} y1={yOf(place)} y2={yOf(place)} />
          <text class="parallel-tick" x={x - 6} y={yOf(place) + 4} text-anchor="end">
            {shortened(label)}
          </text>
        </g>
      ))}
      {brush && (
        <rect
          class="parallel-brush"
          x={x - 7}
          width={14}
          y={yOf(Math.max(...brush))}
          height={Math.abs(yOf(brush[0]) - yOf(brush[1]))}
        />
      )}
      <rect
        class="parallel-grip"
        x={x - 16}
        width={32}
        y={TOP_PX - 6}
        height={HEIGHT_PX - TOP_PX - BOTTOM_PX + 12}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          from.current = at(event);
        }}
        onPointerMove={(event) => {
          if (from.current !== null) setBrush(column.id, [from.current, at(event)]);
        }}
        onPointerUp={(event) => {
          const begun = from.current;
          from.current = null;
          if (begun !== null && Math.abs(at(event) - begun) < LEAST_BRUSH) setBrush(column.id, null);
        }}
      />
      <AxisName related={related} x={x} />
    </g>
  );
}

/** Pressed, its axis is logarithmic. */
function AxisName({ related, x }: { related: RelatedAxis; x: number }) {
  const { column, axis, is_log } = related;
  const name = shortened(column.title);
  if (!axis.can_be_log) {
    return (
      <text class="parallel-name" x={x} y={16} text-anchor="middle">
        {name}
      </text>
    );
  }
  const toggle = () => toggleAxisLog(column.id);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons within a picture
    <text
      class="parallel-name parallel-name-log"
      x={x}
      y={16}
      text-anchor="middle"
      role="button"
      // In a picture the name of this attribute is written so.
      tabindex={0}
      aria-pressed={is_log}
      aria-label={`logarithmic axis for ${column.title}`}
      onClick={toggle}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          toggle();
        }
      }}
    >
      {is_log ? `${name} (log)` : name}
    </text>
  );
}

const NAME_LETTERS = 18;

/** The end tells more than the beginning: `model/encoder/depth`. */
function shortened(name: string): string {
  return name.length <= NAME_LETTERS ? name : `…${name.slice(-NAME_LETTERS + 1)}`;
}
