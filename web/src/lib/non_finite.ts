/** Values that are no numbers one can draw: how many a series has, and whether they have become more. */
import { formatCount } from "./number";

export interface NonFinite {
  nan: number;
  inf: number;
  /** The step of the last of them; NaN where it is not known. */
  last_non_finite_step: number;
}

/** `2 NaN, 1 Inf, the last at step 1 200`; "" without any. */
export function nonFiniteInWords({ nan, inf, last_non_finite_step }: NonFinite): string {
  const counts = [nan > 0 && `${formatCount(nan)} NaN`, inf > 0 && `${formatCount(inf)} Inf`].filter(Boolean);
  if (counts.length === 0) return "";
  const place = Number.isNaN(last_non_finite_step) ? "" : `at step ${formatCount(last_non_finite_step)}`;
  if (place === "") return counts.join(", ");
  return `${counts.join(", ")}${nan + inf > 1 ? ", the last" : ""} ${place}`;
}

/** The counts of many series. Only a rise is told: a series that is written anew begins with fewer. */
export class NonFiniteWatch {
  /** Of those that have any. */
  private counts = new Map<string, number>();

  /** Takes the counts of a series as they are now; true when they have risen. */
  take(key: string, { nan, inf }: NonFinite): boolean {
    const now = nan + inf;
    const before = this.counts.get(key) ?? 0;
    if (now === 0) this.counts.delete(key);
    else if (now !== before) this.counts.set(key, now);
    return now > before;
  }
}
