/** Finds what somebody may mean who types a few of a name's letters in their order. */

const WORD_START = /[\s/_.:=-]/;

/** How well `text` fits: null when the letters of `query` are not in it, in this order; else the more the better. */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = query.toLowerCase();
  const there = text.toLowerCase();
  if (wanted === "") return 0;
  const whole = there.indexOf(wanted);
  // What was typed as it stands is always better than its letters apart.
  if (whole >= 0) return 1000 + (startsWord(there, whole) ? 500 : 0) - Math.min(400, there.length);
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    if (letter === " ") continue;
    const next = there.indexOf(letter, at + 1);
    if (next < 0) return null;
    score += next === at + 1 ? 8 : startsWord(there, next) ? 6 : 0;
    at = next;
  }
  return score - Math.min(400, there.length) / 100;
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || WORD_START.test(text[at - 1] ?? "");
}

/** The best `most` of the items, best first; equals keep their order. */
export function fuzzyBest<T>(query: string, items: readonly T[], text: (item: T) => string, most: number): T[] {
  const scored: { item: T; score: number }[] = [];
  for (const item of items) {
    const score = fuzzyScore(query, text(item));
    if (score !== null) scored.push({ item, score });
  }
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ item }) => item);
}
