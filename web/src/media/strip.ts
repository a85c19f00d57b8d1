/** Which columns of a long row of equally wide places are in view. Browsers have no room for any number of pixels: a very long row is scrolled in proportion. */

/** Firefox gives up at about 17 million. */
const MOST_PX = 8e6;

export interface StripView {
  /** The first and one beyond the last column that is in view or next to it. */
  from: number;
  to: number;
  /** Of the first column's left edge, and of the whole row. */
  left_px: number;
  whole_px: number;
}

/** `margin`: columns to have ready at each side. */
export function stripView(
  count: number,
  column_px: number,
  scroll_px: number,
  width_px: number,
  margin: number,
): StripView {
  const true_px = count * column_px;
  const whole_px = Math.min(true_px, MOST_PX);
  const real_px = realScroll(count, column_px, scroll_px, width_px);
  const from = Math.max(0, Math.floor(real_px / column_px) - margin);
  const to = Math.min(count, Math.ceil((real_px + width_px) / column_px) + margin);
  return { from, to, left_px: from * column_px - (real_px - scroll_px), whole_px };
}

/** Where the row would be scrolled to, were it as long as it should be. */
function realScroll(count: number, column_px: number, scroll_px: number, width_px: number): number {
  const true_px = count * column_px;
  if (true_px <= MOST_PX) return scroll_px;
  const share = scroll_px / Math.max(1, MOST_PX - width_px);
  return Math.min(1, Math.max(0, share)) * (true_px - width_px);
}

/** How far to scroll so that a column is in the middle. */
export function scrollTo(count: number, column_px: number, column: number, width_px: number): number {
  const true_px = count * column_px;
  const real_px = Math.min(Math.max(0, (column + 0.5) * column_px - width_px / 2), Math.max(0, true_px - width_px));
  if (true_px <= MOST_PX) return real_px;
  return (real_px / (true_px - width_px)) * (MOST_PX - width_px);
}
