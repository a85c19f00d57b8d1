/** What precision-recall curves come to: which of their points count, and one number for each. */

interface Curve {
  true_positives: readonly number[];
  false_positives: readonly number[];
  precision: readonly number[];
  recall: readonly number[];
}

/** How many points there are, from the lowest threshold, before nothing is called positive any more: there precision means nothing. */
export function pointsOf({
  true_positives,
  false_positives,
}: Pick<Curve, "true_positives" | "false_positives">): number {
  let end = true_positives.length;
  while (end > 1 && (true_positives[end - 1] ?? 0) + (false_positives[end - 1] ?? 0) === 0) end--;
  return end;
}

/**
 * Average precision: the precision at each threshold, weighted by how much recall it adds to that of the next higher one,
 * AP = Σ (Rᵢ − Rᵢ₊₁) Pᵢ. No line is drawn between the points.
 */
export function averagePrecision(curve: Curve): number {
  let sum = 0;
  let recall_above = 0;
  for (let i = pointsOf(curve) - 1; i >= 0; i--) {
    const recall = curve.recall[i] as number;
    sum += (recall - recall_above) * (curve.precision[i] as number);
    recall_above = recall;
  }
  return sum;
}

/** The harmonic mean of precision and recall; 0 where both are. */
export function f1(precision: number, recall: number): number {
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** Of `count` evenly spaced thresholds from 0 to 1. */
export function thresholdAt(i: number, count: number): number {
  return count > 1 ? i / (count - 1) : 0;
}
