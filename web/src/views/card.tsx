/** A card: one tag, its chart, and the few controls of that chart. */

import { useComputed } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { growthOf, seriesOf } from "../charts/chart_series";
import { LiveChart } from "../charts/live_chart";
import { formatCount } from "../lib/number";
import { Button } from "../parts/button";
import { Menu } from "../parts/menu";
import { Middle } from "../parts/middle";
import { isPinned, setPinned } from "../state/arrangement";
import type { Tag } from "../state/board";
import { CUSTOM, custom_chart_of } from "../state/custom_scalars";
import { joinOf } from "../state/joins";
import { measuredOf } from "../state/measured";
import { y_scale } from "../state/settings";
import { type CardView, cardView, toggleWide } from "../state/view";
import { zoomBack, zoomForward, zoomOf, zoomSteps } from "../state/zoom";
import { CardLegend, commonTitle } from "./card_legend";
import { CardMenu } from "./card_menu";
import { CardStatus } from "./card_status";
import { handle, markOf } from "./drag";
import { RangeStatistics } from "./statistics";
import { stepByClick } from "./step_click";

/** Cards this far outside the window are drawn already. */
const NEAR_PX = 240;
const ARROW_PX = 4;
const ARROW_FAR_PX = 32;
const PUSH_SHARE = 0.25;

/** `leads`: the first of the board, whose curves are drawn before there are other charts. */
export function Card({ tag, leads }: { tag: Tag; leads: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useMemo(() => cardView(tag.tag), [tag.tag]);
  const [chart, setChart] = useState<LiveChart | null>(null);
  /** What was wanted of the menu and did not come about. */
  const [trouble, setTrouble] = useState("");

  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const made = new LiveChart(element, tag.tag);
    setChart(made);
    const seen = new IntersectionObserver(([entry]) => made.setOnScreen(entry?.isIntersecting === true), {
      rootMargin: `${NEAR_PX}px 0px`,
    });
    const sized = new ResizeObserver(() => made.resize());
    if (leads && isNear(element)) made.openNow();
    seen.observe(element);
    sized.observe(element);
    const stop = stepByClick(element, tag.tag);
    return () => {
      stop();
      seen.disconnect();
      sized.disconnect();
      made.dispose();
    };
  }, [tag.tag]);

  const state = chart?.state.value;
  const measured = measuredOf(tag.tag).value !== null;
  return (
    <article
      class={`card ${view.wide.value ? "card-wide" : ""} ${measured ? "card-measured" : ""}`}
      data-testid="card"
      data-card={tag.key}
      data-tag={tag.tag}
      data-state={state?.kind ?? "waiting"}
      data-busy={state?.busy ? "true" : undefined}
      data-drag={useComputed(() => markOf(tag.key)).value ?? undefined}
    >
      <header class="card-head">
        <CardTitle tag={tag} />
        <CardStatus chart={chart} />
        <CardControls tag={tag} view={view} chart={chart} onTrouble={setTrouble} />
      </header>
      <div
        class="chart"
        ref={host}
        role="application"
        aria-label={`${tag.tag}: chart; the arrow keys move the cursor, plus and minus zoom, 0 shows all`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the chart need its focus
        tabIndex={0}
        onKeyDown={(event) => {
          if (chart && onChartKey(event, chart, view, tag.tag)) {
            event.preventDefault();
            event.stopPropagation();
          }
        }}
        onBlur={() => chart?.hideCursor()}
      />
      <CardLegend tag={tag.tag} />
      <CardMessage tag={tag} chart={chart} />
      <CardNotes tag={tag} view={view} chart={chart} trouble={trouble} />
      <RangeStatistics tag={tag.tag} />
    </article>
  );
}

/** The handle of the card: see drag.ts. */
function CardTitle({ tag }: { tag: Tag }) {
  const { tags } = joinOf(tag.tag);
  if (tag.kind === CUSTOM) {
    return (
      <h3 title={[tag.tag, tag.description, ...tags].join("\n")}>
        <Middle name={tag.title} title="" />
      </h3>
    );
  }
  const title = tags.length > 1 ? commonTitle(tags) : tag.title;
  const whole = tags.join("\n") + (tag.description && `\n${tag.description}`);
  return (
    <h3 title={`${whole}\nDrag it beside another card to move it, onto one to see both on one chart.`} {...handle(tag)}>
      <Middle name={title} title="" />
    </h3>
  );
}

function isNear(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > -NEAR_PX && top < innerHeight + NEAR_PX;
}

/** True when the key meant something to the chart. */
function onChartKey(event: KeyboardEvent, chart: LiveChart, view: CardView, tag: string): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const far = event.shiftKey ? ARROW_FAR_PX : ARROW_PX;
  const actions: Record<string, () => void> = {
    ArrowLeft: () => chart.moveCursor(-far),
    ArrowRight: () => chart.moveCursor(far),
    "+": () => chart.zoomBy(1),
    "=": () => chart.zoomBy(1),
    "-": () => chart.zoomBy(-1),
    "0": () => chart.resetZoom(),
    "<": () => chart.pushBy(-PUSH_SHARE),
    ">": () => chart.pushBy(PUSH_SHARE),
    z: () => zoomBack(tag),
    Z: () => zoomForward(tag),
    m: () => chart.toggleMeasure(),
    l: () => toggleLog(view),
    f: () => toggleWide(tag),
    p: () => setPinned(tag, !isPinned(tag)),
    Escape: () => chart.hideCursor(),
  };
  const action = actions[event.key];
  action?.();
  return action !== undefined;
}

function toggleLog(view: CardView): void {
  const is_log = view.log.value ?? y_scale.value === "log";
  view.log.value = !is_log;
}

interface Controls {
  tag: Tag;
  view: CardView;
  chart: LiveChart | null;
  onTrouble: (message: string) => void;
}

function CardControls({ tag, view, chart, onTrouble }: Controls) {
  const is_log = view.log.value ?? y_scale.value === "log";
  const is_own = view.log.value !== null && is_log !== (y_scale.value === "log");
  return (
    <div class="card-controls">
      <ZoomControls tag={tag.tag} chart={chart} />
      <Button
        label="statistics of what is seen, or of the range dragged over with Ctrl or ⌘ (m)"
        icon="measure"
        class={measuredOf(tag.tag).value ? "card-on" : ""}
        pressed={measuredOf(tag.tag).value !== null}
        onClick={() => chart?.toggleMeasure()}
        testid="card-measure"
      />
      <Button
        label="log: logarithmic y axis"
        class={is_own ? "button-word card-on" : "button-word"}
        pressed={is_log}
        onClick={() => toggleLog(view)}
        testid="card-log"
      >
        log
      </Button>
      <Button
        label={view.wide.value ? "normal width" : "full width"}
        icon={view.wide.value ? "narrow" : "wide"}
        pressed={view.wide.value}
        onClick={() => toggleWide(tag.tag)}
        testid="card-wide"
      />
      <Menu
        label={`${tag.tag}: more`}
        button={(is_open, toggle) => (
          <Button label="more" icon="more" expanded={is_open} onClick={toggle} testid="card-more" />
        )}
      >
        {(close) => <CardMenu tag={tag} view={view} chart={chart} close={close} onTrouble={onTrouble} />}
      </Menu>
    </div>
  );
}

/** There as soon as there is a way; the way back from a zoom stays in view. */
function ZoomControls({ tag, chart }: { tag: string; chart: LiveChart | null }) {
  const { back, forward } = zoomSteps(tag);
  return (
    <>
      {back + forward > 0 && (
        <>
          <Button
            label="zoom of before (z)"
            icon="back"
            disabled={back === 0}
            onClick={() => zoomBack(tag)}
            testid="zoom-back"
          />
          <Button
            label="forward again (Shift z)"
            icon="forward"
            disabled={forward === 0}
            onClick={() => zoomForward(tag)}
            testid="zoom-forward"
          />
        </>
      )}
      {zoomOf(tag) && (
        <Button
          label="whole range (0)"
          icon="reset"
          class="card-reset"
          onClick={() => chart?.resetZoom()}
          testid="zoom-reset"
        />
      )}
    </>
  );
}

function CardMessage({ tag, chart }: { tag: Tag; chart: LiveChart | null }) {
  const state = chart?.state.value;
  if (!state || state.kind === "drawn") return null;
  const laid_out = custom_chart_of.value.get(tag.key);
  if (state.kind === "empty" && laid_out) {
    return (
      <p class="card-message">{`No visible run has a tag that matches: ${laid_out.wanted || "nothing is asked for"}`}</p>
    );
  }
  if (state.kind === "empty") return <p class="card-message">{state.nothing}</p>;
  if (state.trouble) return <p class="card-message">{state.trouble}</p>;
  return <p class="card-message card-waiting">reading …</p>;
}

interface Notes {
  tag: Tag;
  view: CardView;
  chart: LiveChart | null;
  trouble: string;
}

function CardNotes({ tag, view, chart, trouble }: Notes) {
  const superseded = useComputed(() => {
    growthOf(tag.tag);
    return seriesOf(tag.tag).reduce((sum, { series }) => sum + series.superseded, 0);
  }).value;
  const state = chart?.state.value;
  const shows_all = view.restarts.value === "all";
  const notes: preact.JSX.Element[] = [];
  if (superseded > 0) {
    notes.push(
      <span key="superseded" data-testid="superseded-note">
        {`${formatCount(superseded)} superseded points ${shows_all ? "shown" : "hidden"} · `}
        <Button
          label={shows_all ? "hide superseded points" : "show superseded points"}
          class="button-link"
          onClick={() => {
            view.restarts.value = shows_all ? "latest" : "all";
          }}
        >
          {shows_all ? "hide" : "show"}
        </Button>
      </span>,
    );
  }
  if (state?.kind === "drawn" && state.missing !== "") {
    notes.push(
      <span key="missing" data-testid="missing-note">
        {state.missing}
      </span>,
    );
  }
  for (const error of custom_chart_of.value.get(tag.key)?.errors ?? []) {
    notes.push(
      <span key={error} class="card-trouble">
        {error}
      </span>,
    );
  }
  if (state?.below_log) notes.push(<span key="log">values ≤ 0 have no place on a log axis</span>);
  const summary = chart?.summary.value;
  if (summary?.has_nan) notes.push(<span key="nan">▲ NaN</span>);
  if (summary?.has_infinite) notes.push(<span key="infinite">◆ above +∞, below −∞</span>);
  if (trouble !== "")
    notes.push(
      <span key="menu" class="card-trouble" role="status">
        {trouble}
      </span>,
    );
  if (state?.trouble && state.kind === "drawn")
    notes.push(<span key="trouble">{`not up to date: ${state.trouble}`}</span>);
  return notes.length > 0 ? <footer class="card-notes">{notes}</footer> : null;
}
