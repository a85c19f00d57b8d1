/** Dragging a card by its title: onto the middle of another one it joins that chart, beside one of its section it moves there. */
import { signal } from "@preact/signals";
import { moveCard } from "../state/arrangement";
import { joinTo } from "../state/joins";

/** What is seen of a drag at a card: `before` and `after` in a row of cards, `above` and `below` where they are one per row. */
export type Mark = "dragged" | "join" | "before" | "after" | "above" | "below";

/** A section as it is arranged, with what its cards show in their order. */
interface Section {
  name: string;
  tags: readonly { tag: string; kind: string }[];
}

/** What a drop here would do; null: nothing. */
export interface Drop {
  /** The card it is marked at. */
  at: string;
  mark: Exclude<Mark, "dragged">;
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const TAG_TYPE = "application/x-farboard-tag";
/** So much of a card at its edges is the place beside it. */
const EDGE_SHARE = 0.2;
const EDGE_MOST_PX = 72;
/** A card this wide, compared with its section, has the places beside it above and below. */
const ROW_SHARE = 0.9;

/** The tag of the card that is dragged on this page. */
const dragged = signal<string | null>(null);
const drop = signal<Drop | null>(null);

export function markOf(tag: string): Mark | null {
  if (drop.value?.at === tag) return drop.value.mark;
  return dragged.value === tag ? "dragged" : null;
}

/** What makes a title the handle of its card. */
export function handle(tag: string) {
  return {
    draggable: true,
    onDragStart: (event: DragEvent) => {
      event.dataTransfer?.setData(TAG_TYPE, tag);
      dragged.value = tag;
    },
    // Also after Escape, and after a drop somewhere else.
    onDragEnd: () => {
      dragged.value = null;
      drop.value = null;
    },
  };
}

/** What lets cards be dropped on and between the cards of a section. */
export function dropping(section: Section) {
  return {
    onDragOver: (event: DragEvent) => {
      const { currentTarget, dataTransfer } = event;
      if (!dataTransfer?.types.includes(TAG_TYPE) || !(currentTarget instanceof HTMLElement)) return;
      const found = dropAt(event, currentTarget, section);
      if (!isSame(found, drop.peek())) drop.value = found;
      if (!found) return;
      event.preventDefault();
      dataTransfer.dropEffect = found.mark === "join" ? "link" : "move";
    },
    onDragLeave: ({ currentTarget, relatedTarget }: DragEvent) => {
      const inside = currentTarget instanceof Node && relatedTarget instanceof Node;
      if (!inside || !currentTarget.contains(relatedTarget)) drop.value = null;
    },
    onDrop: (event: DragEvent) => {
      const tag = event.dataTransfer?.getData(TAG_TYPE);
      if (!tag) return;
      event.preventDefault();
      const found = drop.peek();
      drop.value = null;
      if (found?.mark === "join") joinTo(found.at, tag);
      else if (found) moveBeside(section, tag, found);
    },
  };
}

function moveBeside({ name, tags }: Section, tag: string, { at, mark }: Drop): void {
  const order = tags.map((other) => other.tag);
  const place = order.filter((other) => other !== tag).indexOf(at);
  moveCard(name, order, tag, mark === "after" || mark === "below" ? place + 1 : place);
}

function isSame(a: Drop | null, b: Drop | null): boolean {
  return a?.at === b?.at && a?.mark === b?.mark;
}

function dropAt({ clientX, clientY }: DragEvent, cards: HTMLElement, { tags }: Section): Drop | null {
  const nearest = nearestCard(cards, clientX, clientY);
  const at = tags.find(({ tag }) => tag === nearest?.dataset.tag);
  if (!nearest || !at) return null;
  const moved = tags.findIndex(({ tag }) => tag === dragged.peek());
  const box = nearest.getBoundingClientRect();
  const one_per_row = box.width > ROW_SHARE * cards.clientWidth;
  const mark = markAt(box, clientX, clientY, one_per_row, moved >= 0);
  if (mark === null || at.tag === dragged.peek()) return null;
  if (mark === "join") return at.kind === "scalar" ? { at: at.tag, mark } : null;
  // Where it stands already there is no other place.
  const neighbour = tags[mark === "before" || mark === "above" ? moved + 1 : moved - 1];
  return neighbour === at ? null : { at: at.tag, mark };
}

/** What dropping at a point in or near a card means; `movable`: what is dragged is of the same section. */
export function markAt(box: Box, x: number, y: number, one_per_row: boolean, movable: boolean): Drop["mark"] | null {
  const inside = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  const [at, start, end] = one_per_row ? [y, box.top, box.bottom] : [x, box.left, box.right];
  const edge = Math.min(EDGE_MOST_PX, EDGE_SHARE * (end - start));
  if (inside && (!movable || (at > start + edge && at < end - edge))) return "join";
  if (!movable) return null;
  const is_first_half = at < (start + end) / 2;
  if (one_per_row) return is_first_half ? "above" : "below";
  return is_first_half ? "before" : "after";
}

function nearestCard(cards: HTMLElement, x: number, y: number): HTMLElement | null {
  let nearest: HTMLElement | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const card of cards.querySelectorAll<HTMLElement>(":scope > [data-tag]")) {
    const { left, top, right, bottom } = card.getBoundingClientRect();
    const distance = Math.hypot(x - Math.min(right, Math.max(left, x)), y - Math.min(bottom, Math.max(top, y)));
    if (distance < least) [least, nearest] = [distance, card];
  }
  return nearest;
}
