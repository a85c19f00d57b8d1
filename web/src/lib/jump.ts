/** Tells when a loss jumps: far above everything it was of late. */

/** So many values make what it was of late; fewer say nothing yet. */
const KEPT = 50;
const LEAST = 10;
/** A jump is above the highest of these by so many times their own spread … */
const SPREADS = 2;
/** … which is at least this share of them: nearly constant values may tremble. */
const SPREAD_LEAST = 0.05;

export interface Jump {
  from: number;
  to: number;
}

/** The recent values of one series. */
export class JumpWatch {
  private recent: number[] = [];

  /** Takes the next value; gives the jump when it is one. What follows a jump is compared anew. */
  take(value: number): Jump | null {
    if (!Number.isFinite(value)) return null;
    const jump = this.jumpTo(value);
    this.recent = jump ? [value] : [...this.recent.slice(1 - KEPT), value];
    return jump;
  }

  private jumpTo(value: number): Jump | null {
    if (this.recent.length < LEAST) return null;
    const high = Math.max(...this.recent);
    const low = Math.min(...this.recent);
    const spread = Math.max(high - low, SPREAD_LEAST * Math.max(Math.abs(high), Math.abs(low)));
    const from = this.recent.at(-1) ?? high;
    return value > high + SPREADS * spread ? { from, to: value } : null;
  }
}

/** Whether a tag is one whose rise is bad news. */
export function isLoss(tag: string): boolean {
  return /(^|[^a-z])(loss|losses|error|err|perplexity|ppl|nll|mse|mae|rmse)([^a-z]|$)/i.test(tag.replace(/_/g, " "));
}
