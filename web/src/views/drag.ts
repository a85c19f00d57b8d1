/** Dragging a card by its title: onto the middle of another one it joins that chart, beside one of its section it moves there. */
import { signal } from "@preact/signals";
import { moveCard } from "../state/arrangement";
import { joinTo } from "../state/joins";

/** What is seen of a drag at a card: `before` and `after` in a row of cards, `above` and `below` where they are one per row. */
export type Mark = "dragged" | "join" | "before" | "after" | "above" | "below";

/** A card: see lib/kind.ts. */
interface Dragged {
  key: string;
  kind: string;
}

/** A section as it is arranged, with its cards in their order. */
interface Section {
  name: string;
  tags: readonly Dragged[];
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

const CARD_TYPE = "application/x-farboard-card";
/** So much of a card at its edges is the place beside it. */
const EDGE_SHARE = 0.2;
const EDGE_MOST_PX = 72;
/** A card this wide, compared with its section, has the places beside it above and below. */
const ROW_SHARE = 0.9;

/** The card that is dragged on this page. */
const dragged = signal<Dragged | null>(null);
const drop = signal<Drop | null>(null);

export function markOf(card: string): Mark | null {
  if (drop.value?.at === card) return drop.value.mark;
  return dragged.value?.key === card ? "dragged" : null;
}

/** What makes a title the handle of its card. */
export function handle({ key, kind }: Dragged) {
  return {
    draggable: true,
    onDragStart: (event: DragEvent) => {
      event.dataTransfer?.setData(CARD_TYPE, key);
      dragged.value = { key, kind };
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
      if (!dataTransfer?.types.includes(CARD_TYPE) || !(currentTarget instanceof HTMLElement)) return;
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
      const card = event.dataTransfer?.getData(CARD_TYPE);
      if (!card) return;
      event.preventDefault();
      const found = drop.peek();
      drop.value = null;
      if (found?.mark === "join") joinTo(found.at, card);
      else if (found) moveBeside(section, card, found);
    },
  };
}

function moveBeside({ name, tags }: Section, card: string, { at, mark }: Drop): void {
  const order = tags.map(({ key }) => key);
  const place = order.filter((other) => other !== card).indexOf(at);
  moveCard(name, order, card, mark === "after" || mark === "below" ? place + 1 : place);
}

function isSame(a: Drop | null, b: Drop | null): boolean {
  return a?.at === b?.at && a?.mark === b?.mark;
}

function dropAt({ clientX, clientY }: DragEvent, cards: HTMLElement, { tags }: Section): Drop | null {
  const nearest = nearestCard(cards, clientX, clientY);
  const at = tags.find(({ key }) => key === nearest?.dataset.card);
  if (!nearest || !at) return null;
  const moved = tags.findIndex(({ key }) => key === dragged.peek()?.key);
  const box = nearest.getBoundingClientRect();
  const one_per_row = box.width > ROW_SHARE * cards.clientWidth;
  const mark = markAt(box, clientX, clientY, one_per_row, moved >= 0);
  if (mark === null || at.key === dragged.peek()?.key) return null;
  if (mark === "join") return isScalar(at) && isScalar(dragged.peek()) ? { at: at.key, mark } : null;
  // Where it stands already there is no other place.
  const neighbour = tags[mark === "before" || mark === "above" ? moved + 1 : moved - 1];
  return neighbour === at ? null : { at: at.key, mark };
}

/** Only curves share a chart; what comes from another page is not known. */
function isScalar(card: Dragged | null): boolean {
  return card === null || card.kind === "scalar";
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
  for (const card of cards.querySelectorAll<HTMLElement>(":scope > [data-card]")) {
    const { left, top, right, bottom } = card.getBoundingClientRect();
    const distance = Math.hypot(x - Math.min(right, Math.max(left, x)), y - Math.min(bottom, Math.max(top, y)));
    if (distance < least) [least, nearest] = [distance, card];
  }
  return nearest;
}
