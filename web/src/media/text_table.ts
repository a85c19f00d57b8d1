/** How a text of any shape is laid out: TensorBoard's rule. One string stands alone, a list is a column, of more than two dimensions the first two-dimensional slice is shown. */

export interface TextLayout {
  /** Places of the strings, row by row; null: one string, which is no table. */
  rows: number[][] | null;
  /** What is not shown, or "". */
  note: string;
}

export function layoutOf(shape: readonly number[], count: number): TextLayout {
  if (count <= 1) return { rows: null, note: "" };
  if (shape.length < 2) return { rows: Array.from({ length: count }, (_, i) => [i]), note: "" };
  const [height = 0, width = 0] = shape.slice(-2);
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => y * width + x));
  const shown = rows.map((row) => row.filter((place) => place < count)).filter((row) => row.length > 0);
  if (shape.length === 2) return { rows: shown, note: "" };
  const size = shape.join(" × ");
  return { rows: shown, note: `a text of ${size} strings: the first ${height} × ${width} of them are shown` };
}

/** All strings as one, as they are saved and compared. */
export function joined(items: readonly string[]): string {
  return items.join("\n");
}
