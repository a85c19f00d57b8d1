/** A precision-recall curve as it was written: counts of right and wrong answers at evenly spaced thresholds from 0 to 1. */
import { array, InvalidAnswer, number, object, type Read, type Reader } from "./validate";

const numbers = array(number);

const shape = object({
  thresholds: number,
  true_positives: numbers,
  false_positives: numbers,
  true_negatives: numbers,
  false_negatives: numbers,
  precision: numbers,
  recall: numbers,
});

export type PrCurve = Read<typeof shape>;

export const prCurve: Reader<PrCurve> = (value, path) => {
  const read = shape(value, path);
  const { thresholds, ...lists } = read;
  if (Object.values(lists).some((list) => list.length !== thresholds)) {
    throw new InvalidAnswer(path, "as many numbers as thresholds");
  }
  return read;
};
