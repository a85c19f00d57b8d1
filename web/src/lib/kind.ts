/** Kinds of data, as `/api/tags` names them, and what people call them. */

/** Those that have cards, in the order in which they stand in a section. */
export const KINDS = ["scalar", "custom_scalars", "image", "audio", "text", "histogram", "pr_curve"] as const;

export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Record<Kind, string> = {
  scalar: "scalars",
  custom_scalars: "custom scalars",
  image: "images",
  audio: "audio",
  text: "text",
  histogram: "histograms",
  pr_curve: "PR curves",
};

export function isKind(word: string): word is Kind {
  return (KINDS as readonly string[]).includes(word);
}

/** Whether a card is of scalars, by its key. */
export function isScalarKey(key: string): boolean {
  const cut = key.indexOf("\n");
  return cut < 0 || !isKind(key.slice(0, cut));
}

/** What tells a card from all others: of scalars the tag itself, as one tag may be written with several kinds. */
export function cardKey(kind: string, tag: string): string {
  return kind === "scalar" ? tag : `${kind}\n${tag}`;
}
