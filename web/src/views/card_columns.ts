/** How many cards stand side by side, and how wide each is. */
import type { CardSize } from "../state/view";

export const CARD_GAP_PX = 8;

/** The least width: a share of the window's, but no less and no more than these. */
const LEAST: Record<CardSize, { share: number; least_px: number; most_px: number }> = {
  small: { share: 0.13, least_px: 220, most_px: 300 },
  medium: { share: 0.19, least_px: 300, most_px: 420 },
  large: { share: 0.3, least_px: 460, most_px: 720 },
};

export interface Columns {
  count: number;
  card_px: number;
}

export function columnsFor(size: CardSize, board_px: number, window_px: number): Columns {
  const { share, least_px, most_px } = LEAST[size];
  const wanted_px = Math.min(most_px, Math.max(least_px, share * window_px));
  const count = Math.max(1, Math.floor((board_px + CARD_GAP_PX) / (wanted_px + CARD_GAP_PX)));
  return { count, card_px: Math.floor((board_px - (count - 1) * CARD_GAP_PX) / count) };
}

/** The width of a section that leaves room for another beside it; null: it takes the whole row. */
export function sectionWidth_px({ count, card_px }: Columns, cards: number): number | null {
  return cards < count ? cards * card_px + (cards - 1) * CARD_GAP_PX : null;
}
