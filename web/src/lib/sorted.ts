/** Search in lists that rise. */

/** The place of the greatest step that is not beyond `step`, by halving; -1 where all are. */
export function lastAtOrBefore(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
