/** Cards of histograms: a plot for each visible run, in the mode of the board or of the card. */
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { look } from "../charts/look";
import { download } from "../lib/download";
import { formatColumn, formatCount, plural } from "../lib/number";
import { Button } from "../parts/button";
import { Middle } from "../parts/middle";
import { Segmented } from "../parts/segmented";
import { isPinned, setPinned } from "../state/arrangement";
import type { Run } from "../state/board";
import { colours } from "../state/colours";
import {
  changeHistogramLook,
  type HistogramMode,
  histogram_look,
  modeOf,
  setMode,
  setModeOfAll,
} from "../state/histogram";
import { hover } from "../state/hover";
import { fullName } from "../state/sources";
import { cardView, toggleWide } from "../state/view";
import { zoomOf } from "../state/zoom";
import type { MediaProps, MediaView } from "../views/media_card";
import type { Columns } from "./columns";
import { HistogramCard, MAX_RUNS, RUNS_AT_ONCE } from "./histogram_card";
import { HistogramPlot } from "./histogram_plot";
import { everyBucket, type SeenRun, seenCsv, seenJson, seenPercentilesCsv } from "./histogram_save";
import { paintWhole } from "./plot";
import { sheetPng } from "./sheet";

const MODES = [
  ["offset", "offset"],
  ["overlay", "overlay"],
  ["heat", "heat map"],
  ["fan", "percentiles"],
] as const;

/** What body, controls and menu of one card have in common. */
const cards = new WeakMap<object, HistogramCard>();
/** The newest of each tag: when its index is read anew, what is shown stays until there is something newer. */
const latest = new Map<string, HistogramCard>();

function cardOf({ tag, steps, on_screen }: MediaProps): HistogramCard {
  const known = cards.get(steps);
  if (known) return known;
  const made = new HistogramCard(tag, on_screen, latest.get(tag.key));
  cards.set(steps, made);
  latest.set(tag.key, made);
  return made;
}

function Body(props: MediaProps) {
  const card = useMemo(() => cardOf(props), [props.steps]);
  useEffect(
    () => () => {
      card.dispose();
      cards.delete(props.steps);
      if (latest.get(card.tag.key) === card) latest.delete(card.tag.key);
    },
    [card],
  );
  const runs = card.runs.value;
  const shown = card.shown.value;
  const more = runs.length - shown.length;
  if (runs.length === 0) return <p class="card-message">No visible run has this tag.</p>;
  return (
    <>
      <div
        class={`plots ${shown.length === 1 ? "plots-one" : ""}`}
        data-testid="plots"
        data-mode={card.mode.value}
        data-state={card.columns.value && !card.is_busy.value ? "drawn" : "waiting"}
      >
        {shown.map((run) => (
          <RunPlot key={run.key} card={card} run={run} />
        ))}
      </div>
      {more > 0 && shown.length >= MAX_RUNS && (
        <p class="card-notes">{`The first ${MAX_RUNS} of ${plural(runs.length, "run")}; hide some to see the others.`}</p>
      )}
      {more > 0 && shown.length < MAX_RUNS && (
        <button
          type="button"
          class="button button-plain plots-more"
          onClick={() => {
            card.limit.value += RUNS_AT_ONCE;
          }}
        >
          {`Show ${Math.min(more, RUNS_AT_ONCE)} more of ${plural(runs.length, "run")}`}
        </button>
      )}
      <Notes card={card} />
    </>
  );
}

function RunPlot({ card, run }: { card: HistogramCard; run: Run }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<HistogramPlot | null>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new HistogramPlot(element, card, run);
    plot.current = made;
    card.plots.set(run.key, made);
    return () => {
      card.plots.delete(run.key);
      plot.current = null;
      made.destroy();
    };
  }, [card, run.key]);
  const columns = card.columns.value?.get(run.key);
  const name = fullName(run);
  const { run_key, card: pointed } = hover.value;
  const is_lifted = run_key === run.key && pointed !== card.tag.key;
  return (
    <figure class={`plot ${is_lifted ? "plot-lifted" : ""}`} data-testid="run-plot" data-run={run.name}>
      <figcaption>
        <span class="swatch" style={{ "--run": colours.value.get(run.key) ?? "gray" }} />
        <Middle name={name} />
        {columns && (
          <span class="plot-count quiet" data-testid="plot-count">
            {behind(columns)}
          </span>
        )}
      </figcaption>
      <div
        class="plot-host"
        ref={host}
        role="application"
        data-own-keys
        aria-label={`${card.tag.tag}, ${name}: histograms; the arrow keys move the cursor, Enter goes to its step, plus and minus zoom, 0 shows all`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the plot need its focus
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (onCardKey(event.key, card.tag.key) || plot.current?.onKey(event)) {
            event.preventDefault();
            event.stopPropagation();
          }
        }}
        onBlur={() => plot.current?.hideCursor()}
      />
      {columns && columns.list.length === 0 && (
        <p class="plot-message">{nothingIn(columns, zoomOf(card.tag.key) !== null)}</p>
      )}
      {columns && <SeenTable name={name} columns={columns} />}
    </figure>
  );
}

function onCardKey(key: string, card: string): boolean {
  if (key === "f") toggleWide(card);
  else if (key === "p") setPinned(card, !isPinned(card));
  else return false;
  return true;
}

/** `10 000 histograms, 7 to a column`. */
export function behind({ histograms, list, exact }: Pick<Columns, "histograms" | "list" | "exact">): string {
  const all = plural(histograms, "histogram");
  if (exact || list.length === 0) return all;
  const sizes = list.map(({ n }) => n);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const each = least === most ? formatCount(most) : `${formatCount(least)} to ${formatCount(most)}`;
  return `${all}, ${each}${least === most ? " to a column" : " in a column"}`;
}

function nothingIn({ histograms, errors }: Columns, is_zoomed: boolean): string {
  if (histograms > 0 && errors.n >= histograms) return "None of its histograms can be read.";
  return is_zoomed ? "No histogram of this run is in this range." : "This run has no histogram yet.";
}

const TABLE_ROWS = 12;

/** For who hears the page: a few columns, evenly spread, the first and the last among them. */
function SeenTable({ name, columns: { list } }: { name: string; columns: Columns }) {
  const count = Math.min(TABLE_ROWS, list.length);
  const rows = Array.from(
    { length: count },
    (_, i) => list[Math.round((i * (list.length - 1)) / Math.max(1, count - 1))],
  );
  return (
    <table class="unseen">
      <caption>{`histograms of ${name}`}</caption>
      <thead>
        <tr>
          {["step", "histograms", "minimum", "median", "maximum"].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((column) =>
          column ? (
            <tr key={column.step[1]}>
              <th scope="row">{formatCount(column.step[1])}</th>
              <td>{formatCount(column.n)}</td>
              <td>{formatColumn(column.min)}</td>
              <td>{formatColumn(column.percentiles[4] ?? Number.NaN)}</td>
              <td>{formatColumn(column.max)}</td>
            </tr>
          ) : null,
        )}
      </tbody>
    </table>
  );
}

function Notes({ card }: { card: HistogramCard }) {
  const all = [...(card.columns.value?.values() ?? [])];
  const damaged = all.reduce((sum, { errors }) => sum + errors.n, 0);
  const first = all.find(({ errors }) => errors.n > 0)?.errors.first ?? "";
  const histograms = all.reduce((sum, { histograms }) => sum + histograms, 0);
  const saving = card.saving.value;
  const beyond =
    card.mode.value !== "fan" && all.some(({ list }) => list.some(({ below, above }) => below + above > 0));
  const own_axes = !card.has_one_axis.value && card.drawn.value.length > 1 && zoomOf(card.tag.key) === null;
  if (damaged === 0 && card.trouble.value === "" && saving === null && !beyond && !own_axes) return null;
  return (
    <footer class="card-notes" data-testid="histogram-notes">
      {damaged > 0 && (
        <span class="card-trouble">
          {`${formatCount(damaged)} of ${plural(histograms, "histogram")} cannot be read: ${first}`}
        </span>
      )}
      {own_axes && (
        <span>
          {"each run has an axis of values of its own "}
          <Button
            label="one axis of values for all runs, in all histograms"
            class="button-link"
            onClick={() => changeHistogramLook({ axis: "same" })}
            testid="histogram-one-axis"
          >
            one for all
          </Button>
        </span>
      )}
      {beyond && <span>part of the counts is outside of these values</span>}
      {card.trouble.value !== "" && <span>{`not up to date: ${card.trouble.value}`}</span>}
      {saving !== null && (
        <span role="status">
          {saving.message}{" "}
          {saving.stop ? (
            <Button label="stop saving" class="button-link" onClick={saving.stop}>
              stop
            </Button>
          ) : (
            <Button
              label="put the message away"
              class="button-link"
              onClick={() => {
                card.saving.value = null;
              }}
            >
              ok
            </Button>
          )}
        </span>
      )}
    </footer>
  );
}

function Controls(props: MediaProps) {
  const card = cardOf(props);
  const { key } = props.tag;
  const mode = modeOf(key);
  const { log_counts } = histogram_look.value;
  return (
    <>
      {zoomOf(key) && (
        <Button
          label="whole range (0)"
          icon="reset"
          class="card-reset"
          onClick={() => card.reset()}
          testid="zoom-reset"
        />
      )}
      {mode === "heat" && (
        <Button
          label="log: colours by the logarithm of the counts, in all heat maps"
          class="button-word"
          pressed={log_counts}
          onClick={() => changeHistogramLook({ log_counts: !log_counts })}
          testid="histogram-log"
        >
          log
        </Button>
      )}
      <div class="card-on histogram-modes">
        <Segmented
          label={`how the histograms of ${props.tag.tag} are drawn`}
          value={mode}
          choices={MODES}
          onChange={(next: HistogramMode) => setMode(key, next)}
          testid="histogram-mode"
        />
      </div>
    </>
  );
}

function Items({ done, ...props }: MediaProps & { done: () => void }) {
  const card = cardOf(props);
  const { tag } = card;
  const mode = modeOf(tag.key);
  const name = MODES.find(([each]) => each === mode)?.[1] ?? mode;
  const has_one_axis = card.has_one_axis.value;
  const item = (label: string, testid: string, run: () => void | Promise<void>) => (
    <button
      type="button"
      class="menu-item"
      data-testid={testid}
      onClick={() => {
        done();
        void attempt(card, label, run);
      }}
    >
      {label}
    </button>
  );
  return (
    <>
      <p class="menu-title">All histograms</p>
      {item(`Draw all like this: ${name}`, "histogram-mode-all", () => setModeOfAll(mode))}
      {item(has_one_axis ? "An axis of values for each run" : "One axis of values for all runs", "histogram-axis", () =>
        changeHistogramLook({ axis: has_one_axis ? "own" : "same" }),
      )}
      <p class="menu-title">As it is seen</p>
      {item("Save as PNG", "save-png", () => savePicture(card))}
      {item("Save what is seen as CSV", "save-seen-csv", () => {
        const text = mode === "fan" ? seenPercentilesCsv(tag.tag, seenRuns(card)) : seenCsv(tag.tag, seenRuns(card));
        download(`${tag.tag}.csv`, new Blob([text], { type: "text/csv" }));
      })}
      {item("Save what is seen as JSON", "save-seen-json", () =>
        download(`${tag.tag}.json`, new Blob([seenJson(tag.tag, seenRuns(card))], { type: "application/json" })),
      )}
      <p class="menu-title">All of it</p>
      {item("Save every bucket as JSON lines", "save-jsonl", () => saveEvery(card, props))}
    </>
  );
}

async function attempt(card: HistogramCard, label: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (problem) {
    const message = problem instanceof Error && problem.message !== "" ? problem.message : String(problem);
    card.saving.value = { message: `${label}: ${message}`, stop: null };
  }
}

function seenRuns(card: HistogramCard): SeenRun[] {
  const columns = card.columns.peek();
  const runs = card.shown.peek().flatMap((run) => {
    const mine = columns?.get(run.key);
    return mine ? [{ run, columns: mine }] : [];
  });
  if (runs.length === 0) throw new Error("nothing is drawn here");
  return runs;
}

async function savePicture(card: HistogramCard): Promise<void> {
  const inks = look.peek();
  const parts = card.shown.peek().flatMap((run) => {
    const plot = card.plots.get(run.key);
    const seen = plot?.seen;
    if (!plot || !seen) return [];
    const colour = colours.peek().get(run.key) ?? "gray";
    const paint = (context: CanvasRenderingContext2D, ratio: number) => paintWhole(context, seen.frame, plot, ratio);
    return [{ name: fullName(run), colour, width: seen.width, height: seen.height, paint }];
  });
  const across = card.across();
  download(`${card.tag.tag}.png`, await sheetPng(card.tag.tag, parts, inks, across));
}

async function saveEvery(card: HistogramCard, { steps }: MediaProps): Promise<void> {
  const runs = steps.of_runs.peek() ?? [];
  if (runs.length === 0) throw new Error("no visible run has this tag");
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  card.saving.value = { message: "reading histograms …", stop };
  try {
    const content = await everyBucket({
      tag: card.tag.tag,
      runs,
      restarts: cardView(card.tag.key).restarts.peek(),
      progress: (read, of) => {
        card.saving.value = { message: `read ${formatCount(read)} of ${plural(of, "histogram")}`, stop };
      },
      signal: stopped.signal,
    });
    download(`${card.tag.tag}.jsonl`, content);
    card.saving.value = null;
  } catch (problem) {
    if (!stopped.signal.aborted) throw problem;
    card.saving.value = null;
  }
}

export const histogram: MediaView = { Body, Controls, Items };
