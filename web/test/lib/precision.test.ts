import { expect, test } from "vitest";
import { averagePrecision, f1, pointsOf, thresholdAt } from "../../src/lib/precision";

// Labels 0 0 1 1, scores 0.1 0.4 0.35 0.8, at thresholds 0, 0.1 … 1; the example in scikit-learn's documentation, whose
// average precision is 0.8333.
const scores = [0.1, 0.4, 0.35, 0.8];
const labels = [0, 0, 1, 1];
const rows = Array.from({ length: 101 }, (_, i) => {
  const threshold = thresholdAt(i, 101);
  const positive = scores.map((score) => score >= threshold - 1e-12);
  const tp = positive.filter((is, k) => is && labels[k] === 1).length;
  const fp = positive.filter((is, k) => is && labels[k] === 0).length;
  return { tp, fp, precision: tp + fp > 0 ? tp / (tp + fp) : 0, recall: tp / 2 };
});
const curve = {
  true_positives: rows.map(({ tp }) => tp),
  false_positives: rows.map(({ fp }) => fp),
  precision: rows.map(({ precision }) => precision),
  recall: rows.map(({ recall }) => recall),
};

test("average precision is what it is elsewhere", () => {
  expect(averagePrecision(curve)).toBeCloseTo(0.8333, 4);
});

test("of a perfect answer it is 1, of none 0", () => {
  const perfect = { true_positives: [5, 5], false_positives: [5, 0], precision: [0.5, 1], recall: [1, 1] };
  expect(averagePrecision(perfect)).toBe(1);
  const nothing = { true_positives: [0, 0], false_positives: [0, 0], precision: [0, 0], recall: [0, 0] };
  expect(averagePrecision(nothing)).toBe(0);
});

test("thresholds at which nothing is positive any more are no points", () => {
  expect(pointsOf(curve)).toBe(81);
  expect(pointsOf({ true_positives: [0, 0], false_positives: [0, 0] })).toBe(1);
  expect(pointsOf({ true_positives: [], false_positives: [] })).toBe(0);
});

test("F1 of nothing is 0", () => {
  expect(f1(0, 0)).toBe(0);
  expect(f1(0.5, 1)).toBeCloseTo(2 / 3, 12);
});
