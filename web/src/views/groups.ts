/** Which tags are on the board, in which sections. */
import { computed } from "@preact/signals";
import { naturalCompare } from "../lib/text";
import { card_orders, hidden_tags, inOrder, PINNED, pinned_tags } from "../state/arrangement";
import { board, type Tag } from "../state/board";
import { CUSTOM, closed_sections, custom_chart_of, custom_charts, layout_troubles } from "../state/custom_scalars";
import { guests, joinOf } from "../state/joins";
import { isShown } from "../state/kinds";
import { tag_filter } from "../state/settings";

/** A card is found by any of the tags on its chart; a tag on the chart of another has no card of its own. */
export const matching_tags = computed(() =>
  board.value.tags.filter(
    ({ tag }) => !guests.value.has(tag) && joinOf(tag).tags.some((each) => tag_filter.value.matches(each)),
  ),
);

/** Found by their own name or by any tag they show. */
const matching_charts = computed(() =>
  custom_charts.value
    .filter(({ card, tags }) => [card.tag, ...tags].some((each) => tag_filter.value.matches(each)))
    .map(({ card }) => card),
);

/** A layout has a card only while its charts have none. */
function hasCard({ kind }: Tag): boolean {
  return kind !== CUSTOM || custom_charts.value.length === 0 || layout_troubles.value.length > 0;
}

/** All that have a card: charts of layouts first, then scalars, then the other kinds. */
export const matching_cards = computed(() => [
  ...(isShown(CUSTOM) ? matching_charts.value : []),
  ...(isShown("scalar") ? matching_tags.value : []),
  ...board.value.media.filter((tag) => isShown(tag.kind) && hasCard(tag) && tag_filter.value.matches(tag.tag)),
]);

export interface Group {
  /** What is remembered of it: the name, but of the pinned cards one that no group of tags has. */
  key: string;
  name: string;
  tags: Tag[];
  /** Its tags whose cards are hidden. */
  hidden: Tag[];
  /** Folded unless opened by hand: what comes after the first many cards. */
  folded_by_default: boolean;
}

export interface Arrangement {
  pinned: readonly string[];
  hidden: ReadonlySet<string>;
  orders: ReadonlyMap<string, readonly string[]>;
  /** Sections that are folded unless they were opened by hand. */
  closed?: ReadonlySet<string>;
}

/** Groups begin open until this many cards are. */
const OPEN_CARDS = 60;
/** Unlike any name that a group gets from its tags. */
const PINNED_KEY = "\npinned";

export const groups = computed(() =>
  groupTags(inSections(matching_cards.value), {
    pinned: pinned_tags.value,
    hidden: hidden_tags.value,
    orders: card_orders.value,
    closed: closed_sections.value,
  }),
);

/**
 * First those of layouts, as they say; then sections with curves, which one looks at all the time; then those of texts,
 * images and other kinds alone. Whatever kinds are shown, the order is the same.
 */
function inSections(tags: readonly Tag[]): Tag[] {
  const laid_out = tags.filter(isLaidOut);
  const others = tags.filter((tag) => !isLaidOut(tag));
  const with_curves = new Set(board.value.tags.map(({ group }) => group));
  const rank = ({ group }: Tag) => (with_curves.has(group) ? 0 : 1);
  return [...laid_out, ...others.sort((a, b) => rank(a) - rank(b) || naturalCompare(a.group, b.group))];
}

function isLaidOut({ kind, key }: Tag): boolean {
  return kind === CUSTOM && custom_chart_of.value.has(key);
}

export function groupTags(tags: readonly Tag[], { pinned, hidden, orders, closed }: Arrangement): Group[] {
  const pins = new Set(pinned);
  const above = tags.filter((tag) => pins.has(tag.key));
  const by_name = new Map<string, Tag[]>();
  for (const tag of tags) {
    if (pins.has(tag.key)) continue;
    const list = by_name.get(tag.group);
    if (list) list.push(tag);
    else by_name.set(tag.group, [tag]);
  }
  let cards = above.length;
  const below = [...by_name].map(([name, list]): Group => {
    const shown = list.filter((tag) => !hidden.has(tag.key));
    const folded_by_default = closed?.has(name) === true || (cards > 0 && cards + shown.length > OPEN_CARDS);
    if (!folded_by_default) cards += shown.length;
    return {
      key: name,
      name,
      tags: inOrder(shown, orders.get(name)),
      hidden: list.filter((tag) => hidden.has(tag.key)),
      folded_by_default,
    };
  });
  if (above.length === 0) return below;
  const top = { key: PINNED_KEY, name: PINNED, tags: inOrder(above, pinned), hidden: [], folded_by_default: false };
  return [top, ...below];
}

/** The section a card stands in. */
export function groupOf(key: string): Group | undefined {
  return groups.value.find((group) => group.tags.some((other) => other.key === key));
}
