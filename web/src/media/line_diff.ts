/** What changed between two texts, line by line. The search for the shortest way is jsdiff's, which is kept and gives up in time. */
import { diffLines } from "diff";

export type Change = "same" | "added" | "removed";

export interface DiffLine {
  change: Change;
  text: string;
}

/** A stretch of lines; `folded` ones are alike and far from any change. */
export interface Hunk {
  folded: boolean;
  lines: DiffLine[];
}

const GIVE_UP_MS = 1500;
const CONTEXT_LINES = 3;
const FOLD_FROM = 3;

/** Null: they are too different to be compared in time. */
export function lineDiff(before: string, after: string): DiffLine[] | null {
  const parts = diffLines(ended(before), ended(after), { timeout: GIVE_UP_MS });
  if (!parts) return null;
  return parts.flatMap(({ value, added, removed }) => {
    const change: Change = added ? "added" : removed ? "removed" : "same";
    return value
      .replace(/\n$/, "")
      .split("\n")
      .map((text) => ({ change, text }));
  });
}

/** Whether the last line ends is no difference. */
function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

export function hunksOf(lines: readonly DiffLine[]): Hunk[] {
  const near = lines.map(() => false);
  lines.forEach(({ change }, i) => {
    if (change === "same") return;
    for (let k = Math.max(0, i - CONTEXT_LINES); k <= Math.min(lines.length - 1, i + CONTEXT_LINES); k++)
      near[k] = true;
  });
  const hunks: Hunk[] = [];
  lines.forEach((line, i) => {
    const folded = !near[i];
    const last = hunks.at(-1);
    if (last && last.folded === folded) last.lines.push(line);
    else hunks.push({ folded, lines: [line] });
  });
  // A line that says how many are left out is no shorter than these.
  return hunks.map((hunk) => (hunk.folded && hunk.lines.length <= FOLD_FROM ? { ...hunk, folded: false } : hunk));
}
