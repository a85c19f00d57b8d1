/** Cards of precision-recall curves: all visible runs on one plot at a step, with their average precision. */
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { look } from "../charts/look";
import { download } from "../lib/download";
import { formatColumn, formatCount, plural } from "../lib/number";
import { thresholdAt } from "../lib/precision";
import { Button } from "../parts/button";
import { Middle } from "../parts/middle";
import { isPinned, setPinned } from "../state/arrangement";
import { colours } from "../state/colours";
import { hover, NO_HOVER } from "../state/hover";
import { fullName } from "../state/sources";
import { toggleWide } from "../state/view";
import type { MediaProps, MediaView } from "../views/media_card";
import { StepBar } from "../views/step_bar";
import { paintWhole } from "./plot";
import { PrCard, type RunCurve } from "./pr_card";
import { PrPlot } from "./pr_plot";
import { type SheetPart, sheetPng } from "./sheet";

const HOW_AVERAGE =
  "average precision: the precision at each threshold, weighted by how much recall it adds to that of the next higher threshold; nothing is interpolated";

interface Parts {
  card: PrCard;
  plot: PrPlot | null;
}

/** What body, controls and menu of one card have in common. */
const cards = new WeakMap<object, Parts>();
/** The newest of each tag: when its index is read anew, what is shown stays until there is something newer. */
const latest = new Map<string, PrCard>();

function partsOf({ tag, steps, on_screen }: MediaProps): Parts {
  const known = cards.get(steps);
  if (known) return known;
  const made = { card: new PrCard(tag, steps, on_screen, latest.get(tag.key)), plot: null };
  cards.set(steps, made);
  latest.set(tag.key, made.card);
  return made;
}

function Body(props: MediaProps) {
  const { tag, steps } = props;
  const host = useRef<HTMLDivElement>(null);
  const parts = useMemo(() => partsOf(props), [steps]);
  const { card } = parts;
  const is_empty = steps.of_runs.value?.length === 0;
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const plot = new PrPlot(element, card);
    parts.plot = plot;
    return () => {
      parts.plot = null;
      plot.destroy();
    };
  }, [card, is_empty]);
  useEffect(
    () => () => {
      card.dispose();
      cards.delete(steps);
      if (latest.get(tag.key) === card) latest.delete(tag.key);
    },
    [card],
  );
  if (is_empty) return <p class="media-empty">No visible run has this tag.</p>;
  const curves = card.curves.value;
  return (
    <div class="pr" data-testid="pr" data-state={curves && curves.length > 0 ? "drawn" : "waiting"}>
      <StepBar tag={tag} steps={steps} />
      <div
        class="plot-host"
        ref={host}
        role="application"
        data-own-keys
        aria-label={`${tag.tag}: precision over recall; left and right move through the thresholds, up and down through the runs, plus and minus zoom, 0 shows all`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the plot need its focus
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === "f") toggleWide(tag.key);
          else if (event.key === "p") setPinned(tag.key, !isPinned(tag.key));
          else if (!parts.plot?.onKey(event)) return;
          event.preventDefault();
          event.stopPropagation();
        }}
        onBlur={() => parts.plot?.hideCursor()}
      />
      <p class="pr-axes quiet">precision over recall</p>
      <Legend card={card} curves={curves ?? []} />
      {card.later.value > 0 && (
        <p class="pr-later quiet">{`${plural(card.later.value, "run")} began later than this step`}</p>
      )}
      {card.trouble.value !== "" && <p class="media-trouble">{`not up to date: ${card.trouble.value}`}</p>}
    </div>
  );
}

function Legend({ card, curves }: { card: PrCard; curves: readonly RunCurve[] }) {
  const point = (run_key: string | null) => {
    hover.value = run_key === null ? NO_HOVER : { run_key, card: null, x: null };
  };
  return (
    <div class="pr-legend">
      <table aria-label={`curves of ${card.tag.tag}`} data-testid="pr-legend">
        <thead>
          <tr>
            <th scope="col">run</th>
            <th scope="col">step</th>
            <th scope="col" title={HOW_AVERAGE}>
              <abbr title={HOW_AVERAGE}>average precision</abbr>
            </th>
          </tr>
        </thead>
        <tbody>
          {curves.map(({ run, step, curve, average_precision, trouble }) => (
            <tr
              key={run.key}
              data-run={run.name}
              class={hover.value.run_key === run.key ? "pr-near" : ""}
              onPointerEnter={() => point(run.key)}
              onPointerLeave={() => point(null)}
            >
              <th scope="row">
                <span class="pr-run">
                  <span class="swatch" style={{ "--run": colours.value.get(run.key) ?? "gray" }} />
                  <Middle name={fullName(run)} />
                </span>
              </th>
              <td>{formatCount(step)}</td>
              <td>{curve ? formatColumn(average_precision) : <span class="card-trouble">{trouble}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Controls(props: MediaProps) {
  const { card } = partsOf(props);
  if (!card.is_zoomed) return null;
  return (
    <Button
      label="whole range, 0 to 1 (0)"
      icon="reset"
      class="card-reset"
      onClick={() => card.reset()}
      testid="zoom-reset"
    />
  );
}

function Items({ done, ...props }: MediaProps & { done: () => void }) {
  const parts = partsOf(props);
  const { tag } = props.tag;
  const curves = (parts.card.curves.value ?? []).filter(({ curve }) => curve !== null);
  if (curves.length === 0) return null;
  const item = (label: string, testid: string, run: () => void) => (
    <button
      type="button"
      class="menu-item"
      data-testid={testid}
      onClick={() => {
        done();
        run();
      }}
    >
      {label}
    </button>
  );
  return (
    <>
      <p class="menu-title">At this step</p>
      {item("Save as PNG", "save-png", () => void savePicture(tag, parts, curves))}
      {item("Save the curves as CSV", "save-seen-csv", () =>
        download(`${tag}.csv`, new Blob([curvesCsv(tag, curves)], { type: "text/csv" })),
      )}
      {item("Save the curves as JSON", "save-seen-json", () =>
        download(`${tag}.json`, new Blob([curvesJson(tag, curves)], { type: "application/json" })),
      )}
    </>
  );
}

export function curvesCsv(tag: string, curves: readonly RunCurve[]): string {
  const lines = [
    "source,run,tag,step,threshold,precision,recall,true_positives,false_positives,true_negatives,false_negatives",
  ];
  for (const { run, step, curve } of curves) {
    if (!curve) continue;
    const names = [run.source, run.name, tag].map(quoted).join(",");
    for (let i = 0; i < curve.thresholds; i++) {
      const { precision, recall, true_positives, false_positives, true_negatives, false_negatives } = curve;
      const lists = [precision, recall, true_positives, false_positives, true_negatives, false_negatives];
      lines.push(`${names},${step},${thresholdAt(i, curve.thresholds)},${lists.map((list) => list[i]).join(",")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function curvesJson(tag: string, curves: readonly RunCurve[]): string {
  return JSON.stringify(
    curves.map(({ run, step, wall_time_s, average_precision, curve }) => ({
      source: run.source,
      run: run.name,
      tag,
      step,
      wall_time_s,
      average_precision,
      ...curve,
    })),
  );
}

async function savePicture(tag: string, { plot }: Parts, curves: readonly RunCurve[]): Promise<void> {
  const seen = plot?.seen;
  if (!plot || !seen) return;
  const inks = look.peek();
  const names = curves.map(({ run, average_precision }): SheetPart => {
    const name = `${fullName(run)}: average precision ${formatColumn(average_precision)}`;
    const colour = colours.peek().get(run.key) ?? "gray";
    return { name, colour, width: seen.width, height: 0, paint: () => {} };
  });
  const picture: SheetPart = {
    name: "precision over recall",
    colour: inks.ink,
    width: seen.width,
    height: seen.height,
    paint: (context, ratio) => paintWhole(context, seen.frame, plot, ratio),
  };
  download(`${tag}.png`, await sheetPng(tag, [picture, ...names], inks, 1));
}

export const pr_curve: MediaView = { Body, Controls, Items };
