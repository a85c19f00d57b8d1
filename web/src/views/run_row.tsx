/** One line of the runs pane: a run, or the source or folder above some. */
import { formatColumn, formatCount } from "../lib/number";
import { formatAge, formatMoment } from "../lib/time";
import { Checkbox } from "../parts/checkbox";
import { Icon } from "../parts/icon";
import { Middle } from "../parts/middle";
import { pulse, type Run, type Tag } from "../state/board";
import { now_s } from "../state/clock";
import { colours } from "../state/colours";
import { hover, NO_HOVER } from "../state/hover";
import { hub_gone_since_s } from "../state/live";
import { checked, isolate, setChecked } from "../state/selection";
import { aheadOf, fullName, shortName, sources, toneOf } from "../state/sources";
import { isFolded, setFolded } from "../state/view";
import type { Row } from "./run_rows";

/** A run whose files changed within this time is taken to be going on. */
const LIVE_WITHIN_S = 60;
const INDENT_PX = 14;

/** `live`: points keep coming; `unknown`: they did, but its source is out of reach; `still`: nothing new for a while. */
function lifeOf(run: Run): "live" | "unknown" | "still" {
  const source = sources.value.find((s) => s.source === run.source);
  if (!source || run.modified_at_s === null) return "still";
  const reachable = hub_gone_since_s.value === null && (toneOf(source) === "ok" || toneOf(source) === "busy");
  const until_s = reachable ? now_s.value : (source.last_heard_at_s ?? now_s.value);
  const is_fresh = until_s + source.clock_correction_s - run.modified_at_s < LIVE_WITHIN_S;
  if (!is_fresh) return "still";
  return reachable ? "live" : "unknown";
}

const LIFE_TITLE = { live: "points keep coming", unknown: "its machine is out of reach", still: "" } as const;

export function RunRow({ row, tag }: { row: Extract<Row, { kind: "run" }>; tag: Tag | undefined }) {
  pulse.value;
  const { run, label, depth } = row;
  const is_checked = checked.value.has(run.key);
  const value = tag?.series.get(run.key)?.last_value;
  const life = lifeOf(run);
  const newest_s = run.last_wall_time_s === null ? null : run.last_wall_time_s - aheadOf(run.source);
  const age_s = newest_s === null ? null : now_s.value - newest_s;
  const classes = ["row", is_checked ? "" : "row-off", hover.value.run_key === run.key ? "row-lit" : ""];
  return (
    // The pointer only lifts the run's line in the charts; everything that acts is a control inside.
    <div
      class={classes.join(" ")}
      style={{ paddingLeft: `${depth * INDENT_PX}px` }}
      data-testid="run-row"
      data-run={run.name}
      data-source={run.source}
      onPointerEnter={() => {
        if (is_checked) hover.value = { run_key: run.key, card: null, x: null };
      }}
      onPointerLeave={() => {
        hover.value = NO_HOVER;
      }}
    >
      <Checkbox
        label={`show ${fullName(run)}`}
        checked={is_checked}
        colour={colours.value.get(run.key) ?? "gray"}
        onChange={(on) => setChecked([run.key], on)}
        onAltClick={() => isolate(run.key)}
        testid="run-check"
      />
      <button
        type="button"
        class="row-name"
        aria-label={`only ${fullName(run)}`}
        title={fullName(run)}
        onClick={() => isolate(run.key)}
        data-testid="run-name"
      >
        <Middle name={label} />
      </button>
      <span class={`life life-${life}`} title={LIFE_TITLE[life]} data-testid="run-life" data-life={life} />
      <span class="row-value">{value === undefined || Number.isNaN(value) ? "" : formatColumn(value)}</span>
      <span class="row-cell">{run.last_step === null ? "" : formatCount(run.last_step)}</span>
      <span class="row-cell">{formatCount(run.points)}</span>
      <span class="row-cell" title={newest_s === null ? "" : formatMoment(newest_s)}>
        {age_s === null ? "" : formatAge(age_s)}
      </span>
    </div>
  );
}

export function GroupRow({ row, checked: on }: { row: Exclude<Row, { kind: "run" }>; checked: ReadonlySet<string> }) {
  const is_folded = isFolded(row.key, false);
  const count = row.runs.filter((run) => on.has(run.key)).length;
  return (
    <div
      class={`row row-group row-${row.kind}`}
      style={{ paddingLeft: `${row.depth * INDENT_PX}px` }}
      data-testid="run-group"
    >
      <Checkbox
        label={`show all runs of ${row.label}`}
        checked={count === row.runs.length}
        mixed={count > 0 && count < row.runs.length}
        onChange={() =>
          setChecked(
            row.runs.map((run) => run.key),
            count !== row.runs.length,
          )
        }
      />
      <button type="button" class="row-name" aria-expanded={!is_folded} onClick={() => setFolded(row.key, !is_folded)}>
        <span class={is_folded ? "turn turn-folded" : "turn"}>
          <Icon name="down" />
        </span>
        <Middle name={row.kind === "source" ? shortName(row.label) : row.label} title={row.label} />
        <span class="quiet row-count">{row.runs.length}</span>
      </button>
    </div>
  );
}
