/** The board: groups of cards, or why there are none. */
import { useState } from "preact/hooks";
import { plural } from "../lib/number";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import { Segmented } from "../parts/segmented";
import { unhide } from "../state/arrangement";
import { board } from "../state/board";
import { custom_chart_of } from "../state/custom_scalars";
import { type CardSize, card_sizes, isFolded, setFolded } from "../state/view";
import { Card } from "./card";
import { EmptyBoard, emptiness } from "./empty";
import { type Group, groups } from "./groups";
import { KindsRow } from "./kinds_row";
import { MediaCard } from "./media_card";
import { Toolbar } from "./toolbar";

const CARDS_AT_ONCE = 60;
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
      {nothing ? (
        <EmptyBoard nothing={nothing} />
      ) : (
        groups.value.map((group, i) => <Section key={group.key} group={group} leads={i === 0} />)
      )}
      {!nothing && <OtherKinds />}
    </main>
  );
}

function Section({ group, leads }: { group: Group; leads: boolean }) {
  const [limit, setLimit] = useState(CARDS_AT_ONCE);
  const key = `tag:${group.key}`;
  const is_folded = isFolded(key, group.folded_by_default);
  const size = card_sizes.value.get(group.key) ?? "medium";
  const more = group.tags.length - limit;
  return (
    <section class="section" data-testid="section" data-group={group.name}>
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
        <div class={`cards cards-${size}`}>
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

/** Tags that are in the files but are not drawn are said, not hidden. */
function OtherKinds() {
  const kinds = [...board.value.other_kinds];
  if (kinds.length === 0) return null;
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const list = kinds.map(([kind, count]) => `${count} ${kind.replace("_", " ")}`).join(", ");
  return <p class="other-kinds quiet">{`${plural(total, "tag")} of other kinds in these files: ${list}.`}</p>;
}
