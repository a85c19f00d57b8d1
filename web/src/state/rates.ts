/** How fast each link has received lately. */

const WINDOW_S = 5;

interface Reading {
  at_s: number;
  bytes: number;
}

/** Keeps the readings of a few seconds by source. */
export class Rates {
  private readonly readings = new Map<string, Reading[]>();

  /** Takes what a link has received so far; gives bytes per second over the last seconds, 0 while that is unknown. */
  note(source: string, bytes: number, at_s: number): number {
    const kept = (this.readings.get(source) ?? []).filter((r) => r.at_s > at_s - WINDOW_S - 1 && r.bytes <= bytes);
    const last = kept.at(-1);
    if (!last || last.at_s < at_s) kept.push({ at_s, bytes });
    else last.bytes = bytes;
    this.readings.set(source, kept);
    const [first] = kept as [Reading];
    const span_s = at_s - first.at_s;
    return span_s < 1 ? 0 : (bytes - first.bytes) / span_s;
  }
}
