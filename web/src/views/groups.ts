/** Which tags are on the board, in which groups. */
import { computed } from "@preact/signals";
import { board, type Tag } from "../state/board";
import { guests, joinOf } from "../state/joins";
import { tag_filter } from "../state/settings";

/** A card is found by any of the tags on its chart; a tag on the chart of another has no card of its own. */
export const matching_tags = computed(() =>
  board.value.tags.filter(
    ({ tag }) => !guests.value.has(tag) && joinOf(tag).tags.some((each) => tag_filter.value.matches(each)),
  ),
);

export interface Group {
  name: string;
  tags: Tag[];
  /** Folded unless opened by hand: what comes after the first many cards. */
  folded_by_default: boolean;
}

/** Groups begin open until this many cards are. */
const OPEN_CARDS = 60;

export const groups = computed(() => groupTags(matching_tags.value));

export function groupTags(tags: readonly Tag[]): Group[] {
  const by_name = new Map<string, Tag[]>();
  for (const tag of tags) {
    const list = by_name.get(tag.group);
    if (list) list.push(tag);
    else by_name.set(tag.group, [tag]);
  }
  let cards = 0;
  return [...by_name].map(([name, list]) => {
    const folded_by_default = cards > 0 && cards + list.length > OPEN_CARDS;
    if (!folded_by_default) cards += list.length;
    return { name, tags: list, folded_by_default };
  });
}
