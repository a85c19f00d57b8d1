/** What the tooltip says of a card that is no chart of scalars. */
import { signal } from "@preact/signals";

export interface MediaTipRow {
  /** Of a run, `#rrggbb`; null: the row is no run's. */
  colour: string | null;
  cells: readonly string[];
  /** The one under the cursor. */
  near: boolean;
}

export interface MediaTip {
  card: string;
  title: string;
  colour: string | null;
  /** Empty: no head. */
  columns: readonly string[];
  rows: readonly MediaTipRow[];
  more: number;
  /** The cursor, in CSS pixels of the window. */
  left: number;
  top: number;
}

export const media_tip = signal<MediaTip | null>(null);

/** The pointer has left this card. */
export function dropTip(card: string): void {
  if (media_tip.peek()?.card === card) media_tip.value = null;
}
