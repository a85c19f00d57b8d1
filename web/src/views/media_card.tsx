/** The frame of every card that is no chart of scalars: title, controls, and what the kind itself shows, which is loaded when first needed. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isKind, type Kind } from "../lib/kind";
import { plural } from "../lib/number";
import { Button } from "../parts/button";
import { Menu } from "../parts/menu";
import { isPinned, setPinned } from "../state/arrangement";
import type { Tag } from "../state/board";
import { linkTo } from "../state/shared";
import { stepOf } from "../state/step";
import { Steps } from "../state/steps";
import { cardView, toggleWide } from "../state/view";
import { ArrangeItems } from "./arrange";
import { copyText } from "./save";
import { onStepKey } from "./step_bar";

/** Cards this far outside the window are read already. */
const NEAR_PX = 240;

export interface MediaProps {
  tag: Tag;
  steps: Steps;
  on_screen: ReadonlySignal<boolean>;
}

export interface MediaItemsProps extends MediaProps {
  /** Closes the menu. */
  done: () => void;
  /** What was wanted did not come about. */
  onTrouble: (problem: unknown) => void;
}

/** What a kind brings: what is in the card, and what is in its menu. */
export interface MediaView {
  Body: FunctionComponent<MediaProps>;
  /** Items of the card's menu. */
  Items?: FunctionComponent<MediaItemsProps>;
  /** Controls in the card's head. */
  Controls?: FunctionComponent<MediaProps>;
}

type Views = Partial<Record<Kind, MediaView>>;

const views = signal<Views | null>(null);
const views_trouble = signal("");
let is_loading = false;

/** A part of the page of its own: who looks at scalars only never loads it. */
async function loadViews(): Promise<void> {
  if (is_loading || views.peek()) return;
  is_loading = true;
  try {
    views.value = (await import("../media")).views;
    views_trouble.value = "";
  } catch {
    views_trouble.value =
      "This part of the page did not arrive; it is asked for again when you scroll. A reload helps, too.";
  } finally {
    is_loading = false;
  }
}

export function MediaCard({ tag }: { tag: Tag }) {
  const host = useRef<HTMLElement>(null);
  const on_screen = useMemo(() => signal(false), [tag.key]);
  const view = useMemo(() => cardView(tag.key), [tag.key]);
  const [steps, setSteps] = useState<Steps | null>(null);
  const latest = useRef<Steps | null>(null);
  /** What was wanted of the menu and did not come about. */
  const [trouble, setTrouble] = useState("");

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    // Its index may have been read anew: what is shown stays until the new steps are there.
    const made = new Steps(tag, on_screen, latest.current);
    latest.current = made;
    setSteps(made);
    const seen = new IntersectionObserver(
      ([entry]) => {
        on_screen.value = entry?.isIntersecting === true;
        if (on_screen.value) void loadViews();
      },
      { rootMargin: `${NEAR_PX}px 0px` },
    );
    seen.observe(element);
    return () => {
      seen.disconnect();
      made.dispose();
    };
  }, [tag, on_screen]);

  const of_kind = views.value?.[tag.kind as Kind];
  const props = steps && { tag, steps, on_screen };
  return (
    <article
      class={`card media-card media-${tag.kind} ${view.wide.value ? "card-wide" : ""}`}
      ref={host}
      data-testid="card"
      data-card={tag.key}
      data-tag={tag.tag}
      data-kind={tag.kind}
    >
      <header class="card-head">
        <h3 title={tag.tag + (tag.description && `\n${tag.description}`)}>{tag.title}</h3>
        <div class="card-controls">
          {of_kind?.Controls && props && <of_kind.Controls {...props} />}
          <Button
            label={view.wide.value ? "normal width" : "full width"}
            icon={view.wide.value ? "narrow" : "wide"}
            pressed={view.wide.value}
            onClick={() => toggleWide(tag.key)}
            testid="card-wide"
          />
          <Menu
            label={`${tag.tag}: more`}
            button={(is_open, toggle) => (
              <Button label="more" icon="more" expanded={is_open} onClick={toggle} testid="card-more" />
            )}
          >
            {(close) => (
              <>
                <ArrangeItems card={tag.key} done={close} />
                {of_kind?.Items && props && (
                  <of_kind.Items {...props} done={close} onTrouble={(problem) => setTrouble(told(problem))} />
                )}
                <button
                  type="button"
                  class="menu-item"
                  data-testid="copy-link"
                  onClick={() => {
                    close();
                    copyText(linkToCard(tag)).catch((problem) => setTrouble(told(problem)));
                  }}
                >
                  Copy as link
                </button>
                <button
                  type="button"
                  class="menu-item"
                  onClick={() => {
                    close();
                    copyText(tag.tag).catch((problem) => setTrouble(told(problem)));
                  }}
                >
                  Copy the tag’s name
                </button>
              </>
            )}
          </Menu>
        </div>
      </header>
      {/* biome-ignore lint/a11y/useSemanticElements: what has the focus for the keys is no set of fields */}
      <div
        class="media-body"
        role="group"
        aria-label={`${tag.tag}: the arrow keys go through its steps`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the card need its focus
        tabIndex={0}
        onKeyDown={(event) => {
          if (!steps || isTyping(event.target) || !onCardKey(event, tag.key, steps)) return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        {of_kind && props ? <of_kind.Body {...props} /> : <Waiting />}
      </div>
      {steps && <MediaNotes tag={tag} steps={steps} trouble={trouble} />}
    </article>
  );
}

/** This card alone, at the step it stands at. */
function linkToCard({ key, tag, kind }: Tag): string {
  const only = `^${tag.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
  return linkTo({ tag_filter: only, kinds: new Set(isKind(kind) ? [kind] : []), step: stepOf(key) });
}

function told(problem: unknown): string {
  return problem instanceof Error && problem.message !== "" ? problem.message : String(problem);
}

/** As on a chart, where it means the same; true when the key meant something. */
function onCardKey(event: KeyboardEvent, card: string, steps: Steps): boolean {
  if (onStepKey(event, card, steps.all.peek())) return true;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "f") toggleWide(card);
  else if (event.key === "p") setPinned(card, !isPinned(card));
  else return false;
  return true;
}

/** Where the arrow keys have another meaning. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("input, select, textarea, [role=slider], [data-own-keys]") !== null
  );
}

function Waiting() {
  return <p class="card-message card-waiting">{views_trouble.value || "reading …"}</p>;
}

/** What is not shown, and why. */
function MediaNotes({ tag, steps, trouble }: { tag: Tag; steps: Steps; trouble: string }) {
  const { restarts } = cardView(tag.key);
  const hidden = (steps.of_runs.value ?? []).reduce((sum, run) => sum + run.superseded_hidden, 0);
  const shows_all = restarts.value === "all";
  const superseded = shows_all ? [...tag.series.values()].reduce((sum, series) => sum + series.superseded, 0) : hidden;
  if (superseded === 0 && steps.trouble.value === "" && trouble === "") return null;
  return (
    <footer class="card-notes">
      {superseded > 0 && (
        <span data-testid="superseded-note">
          {`${plural(superseded, "superseded value")} ${shows_all ? "shown" : "hidden"} · `}
          <Button
            label={shows_all ? "hide superseded values" : "show superseded values"}
            class="button-link"
            onClick={() => {
              restarts.value = shows_all ? "latest" : "all";
            }}
          >
            {shows_all ? "hide" : "show"}
          </Button>
        </span>
      )}
      {trouble !== "" && (
        <span class="card-trouble" role="status">
          {trouble}
        </span>
      )}
      {steps.trouble.value !== "" && <span>{`not up to date: ${steps.trouble.value}`}</span>}
    </footer>
  );
}
