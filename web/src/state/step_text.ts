/** Steps as parts of the address: `step=1000`, and of cards that go their own way `stepof=image%0Atrain/sample:1000`; without a number: at the newest. */
import { decode, encode } from "./fragment";

export function readStep(text: string | undefined): number | null {
  const step = Number(text || "none");
  return Number.isSafeInteger(step) ? step : null;
}

export function writeOwnSteps(steps: ReadonlyMap<string, number | null>): string {
  return [...steps]
    .map(([card, step]) => `${encode(card, true)}:${step ?? ""}`)
    .sort()
    .join(",");
}

/** What makes no sense was not set. */
export function readOwnSteps(text: string): Map<string, number | null> {
  const steps = new Map<string, number | null>();
  for (const part of text.split(",")) {
    const cut = part.lastIndexOf(":");
    const step = readStep(part.slice(cut + 1));
    if (cut > 0 && (step !== null || part.endsWith(":"))) steps.set(decode(part.slice(0, cut)), step);
  }
  return steps;
}
