/** One column against another: a dot for each run. */
import { signal } from "@preact/signals";
import type { Run } from "../state/board";
import { colours } from "../state/colours";
import { hover, NO_HOVER } from "../state/hover";
import { axis_choices, isAxis, type RelatedAxis, related_axes, setAxis, toggleAxisLog } from "../state/relate";
import { fullName } from "../state/sources";

const WIDTH_PX = 720;
const HEIGHT_PX = 400;
const EDGE = { left: 96, top: 12, right: 20, bottom: 30 };
const DOT_PX = 5;

/** By column; "" for the first and the last axis. */
const chosen = { x: signal(""), y: signal("") };

const xOf = (place: number): number => EDGE.left + place * (WIDTH_PX - EDGE.left - EDGE.right);
const yOf = (place: number): number => EDGE.top + (1 - place) * (HEIGHT_PX - EDGE.top - EDGE.bottom);

export function RunScatter({ runs }: { runs: readonly Run[] }) {
  const axes = related_axes.value;
  const x = axes.find(({ column }) => column.id === chosen.x.value) ?? axes[0];
  const y = axes.find(({ column }) => column.id === chosen.y.value) ?? axes.at(-1);
  return (
    <>
      <div class="relate-axes">
        <Choice name="x" axis={x} />
        <Choice name="y" axis={y} />
      </div>
      {x && y && <Dots runs={runs} x={x} y={y} />}
    </>
  );
}

function Choice({ name, axis }: { name: "x" | "y"; axis: RelatedAxis | undefined }) {
  return (
    <>
      <label class="tool">
        <span class="tool-name">{name}</span>
        <select
          class="choice"
          value={axis?.column.id ?? ""}
          data-testid={`scatter-${name}`}
          onChange={(event) => {
            const id = event.currentTarget.value;
            if (!isAxis(id)) setAxis(id, true);
            chosen[name].value = id;
          }}
        >
          {axis_choices.value.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {axis?.axis.can_be_log && (
        <label class="tool">
          <input
            type="checkbox"
            class="checkbox"
            checked={axis.is_log}
            onChange={() => toggleAxisLog(axis.column.id)}
          />
          <span class="tool-name">log</span>
        </label>
      )}
    </>
  );
}

function Dots({ runs, x, y }: { runs: readonly Run[]; x: RelatedAxis; y: RelatedAxis }) {
  const lifted = hover.value.run_key;
  const dots = runs.flatMap((run) => {
    const [across, up] = [x, y].map(({ axis, cells }) => axis.placeOf(cells.get(run.key) ?? null));
    return across === null || across === undefined || up === null || up === undefined ? [] : [{ run, across, up }];
  });
  const missing = runs.length - dots.length;
  const at = dots.find(({ run }) => run.key === lifted)?.run;
  const said = (related: RelatedAxis, run: Run) =>
    `${related.column.title} ${related.column.textOf(related.cells.get(run.key) ?? null)}`;
  return (
    <div class="relate-scroll">
      <svg
        class="scatter"
        width={WIDTH_PX}
        height={HEIGHT_PX}
        role="img"
        aria-label={`${y.column.title} against ${x.column.title} of ${dots.length} runs`}
        data-testid="scatter"
      >
        {x.axis.ticks.map(({ at: place, label }) => (
          <g key={label} class="scatter-tick">
            <line x1={xOf(place)} x2={xOf(place)} y1={yOf(0)} y2={yOf(1)} />
            <text x={xOf(place)} y={yOf(0) + 16} text-anchor="middle">
              {label}
            </text>
          </g>
        ))}
        {y.axis.ticks.map(({ at: place, label }) => (
          <g key={label} class="scatter-tick">
            <line x1={xOf(0)} x2={xOf(1)} y1={yOf(place)} y2={yOf(place)} />
            <text x={xOf(0) - 8} y={yOf(place) + 4} text-anchor="end">
              {label}
            </text>
          </g>
        ))}
        {dots.map(({ run, across, up }) => (
          <circle
            key={run.key}
            cx={xOf(across)}
            cy={yOf(up)}
            r={lifted === run.key ? DOT_PX + 2 : DOT_PX}
            style={{ fill: colours.value.get(run.key) ?? "gray" }}
            data-run={run.name}
            onPointerEnter={() => {
              hover.value = { ...NO_HOVER, run_key: run.key };
            }}
            onPointerLeave={() => {
              hover.value = NO_HOVER;
            }}
          />
        ))}
      </svg>
      <p class="relate-lifted quiet">
        {at
          ? `${fullName(at)}: ${said(x, at)} · ${said(y, at)}`
          : missing > 0
            ? `${missing} of ${runs.length} runs lack one of the two.`
            : "\u00a0"}
      </p>
    </div>
  );
}
