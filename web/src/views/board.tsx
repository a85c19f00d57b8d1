/** The board: groups of cards, or why there are none. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { plural } from "../lib/number";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import { Segmented } from "../parts/segmented";
import { unhide } from "../state/arrangement";
import { board } from "../state/board";
import { custom_chart_of, layouts_coming } from "../state/custom_scalars";
import { type CardSize, card_sizes, isFolded, setFolded, wideCards } from "../state/view";
import { Card } from "./card";
import { columnsFor, sectionWidth_px } from "./card_columns";
import { dropping } from "./drag";
import { EmptyBoard, emptiness } from "./empty";
import { type Group, groups } from "./groups";
import { KindsRow } from "./kinds_row";
import { MediaCard } from "./media_card";
import { Toolbar } from "./toolbar";

const CARDS_AT_ONCE = 60;
/** So few cards on the whole board are large unless somebody wants them otherwise. */
const FEW_CARDS = 2;
/** A card of another kind than scalars takes as many places. */
const MEDIA_PLACES = 2;
const HOLD_MS = 1500;
const SIZES = [
  ["small", "S"],
  ["medium", "M"],
  ["large", "L"],
] as const;

export function Board() {
  const nothing = emptiness();
  return (
    <main class="board">
      <Toolbar />
      <KindsRow />
      {nothing ? <EmptyBoard nothing={nothing} /> : <Sections />}
      {!nothing && <OtherKinds />}
    </main>
  );
}

/** Those of few cards stand side by side. */
function Sections() {
  const host = useRef<HTMLDivElement>(null);
  const [board_px, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    const sized = new ResizeObserver(measure);
    measure();
    sized.observe(element);
    return () => sized.disconnect();
  }, []);
  const is_held = useHeld();
  const cards = groups.value.reduce((sum, { tags }) => sum + tags.length, 0);
  const usual = cards <= FEW_CARDS ? "large" : "medium";
  return (
    <div class="sections" ref={host}>
      {board_px > 0 &&
        !is_held &&
        groups.value.map((group, i) => (
          <Section key={group.key} group={group} leads={i === 0} board_px={board_px} usual={usual} />
        ))}
    </div>
  );
}

/** Sections of layouts stand above all others: the first picture of the board waits a moment for them, so that it does not move when they come. */
function useHeld(): boolean {
  const [is_over, setOver] = useState(false);
  const waits = layouts_coming.value && !is_over;
  useEffect(() => {
    if (!waits) {
      setOver(true);
      return;
    }
    const timer = setTimeout(() => setOver(true), HOLD_MS);
    return () => clearTimeout(timer);
  }, [waits]);
  return waits;
}

interface SectionProps {
  group: Group;
  leads: boolean;
  board_px: number;
  /** The size of its cards unless another was chosen. */
  usual: CardSize;
}

function Section({ group, leads, board_px, usual }: SectionProps) {
  const [limit, setLimit] = useState(CARDS_AT_ONCE);
  const key = `tag:${group.key}`;
  const is_folded = isFolded(key, group.folded_by_default);
  const size = card_sizes.value.get(group.key) ?? usual;
  const columns = columnsFor(size, board_px, innerWidth);
  const width_px = is_folded ? null : sectionWidth_px(columns, placesOf(group));
  const more = group.tags.length - limit;
  return (
    <section
      class="section"
      data-testid="section"
      data-group={group.name}
      style={{ width: width_px === null ? "100%" : `${width_px}px` }}
    >
      <header class="section-head">
        <button
          type="button"
          class="section-title"
          aria-expanded={!is_folded}
          onClick={() => setFolded(key, !is_folded)}
        >
          <span class={is_folded ? "turn turn-folded" : "turn"}>
            <Icon name="down" />
          </span>
          <h2>{group.name || "ungrouped"}</h2>
          <span class="quiet">{group.tags.length}</span>
        </button>
        {group.hidden.length > 0 && (
          <Button
            label={`show ${plural(group.hidden.length, "hidden card")} of ${group.name || "ungrouped"}`}
            class="button-link section-hidden"
            onClick={() => unhide(group.hidden.map((tag) => tag.key))}
            testid="unhide"
          >
            {`${group.hidden.length} hidden · show`}
          </Button>
        )}
        {!is_folded && (
          <div class="section-size">
            <Segmented
              label={`size of the cards in ${group.name}`}
              value={size}
              choices={SIZES}
              onChange={(next: CardSize) => {
                card_sizes.value = new Map(card_sizes.value).set(group.key, next);
              }}
            />
          </div>
        )}
      </header>
      {!is_folded && (
        <div
          class={`cards cards-${size}`}
          style={{ "--columns": Math.min(columns.count, placesOf(group)) }}
          {...dropping(group)}
        >
          {group.tags
            .slice(0, limit)
            .map((tag, i) =>
              tag.kind === "scalar" || custom_chart_of.value.has(tag.key) ? (
                <Card key={tag.key} tag={tag} leads={leads && i === 0} />
              ) : (
                <MediaCard key={tag.key} tag={tag} />
              ),
            )}
        </div>
      )}
      {!is_folded && more > 0 && (
        <button type="button" class="button button-plain section-more" onClick={() => setLimit(limit + CARDS_AT_ONCE)}>
          {`Show ${Math.min(more, CARDS_AT_ONCE)} more of ${group.tags.length}`}
        </button>
      )}
    </section>
  );
}

/** How many cards of scalars would take as much room; a card of full width takes a row. */
function placesOf({ tags }: Group): number {
  const wide = wideCards();
  if (tags.some(({ key }) => wide.includes(key))) return Number.POSITIVE_INFINITY;
  return tags.reduce((sum, { kind }) => sum + (kind === "scalar" ? 1 : MEDIA_PLACES), 0);
}

/** Tags that are in the files but are not drawn are said, not hidden. */
function OtherKinds() {
  const kinds = [...board.value.other_kinds];
  if (kinds.length === 0) return null;
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const list = kinds.map(([kind, count]) => `${count} ${kind.replace("_", " ")}`).join(", ");
  const options = kinds.map(([kind]) => `--kind ${kind}`).join(" ");
  return (
    <p class="other-kinds quiet" data-testid="other-kinds">
      {`${plural(total, "tag")} of other kinds in these files: ${list}. `}
      <code>{`farboard export TARGET ${options} --to DIR`}</code> writes what is in them.
    </p>
  );
}
