import { describe, expect, test } from "vitest";
import { isLoss, JumpWatch } from "../../src/lib/jump";

function jumps(values: readonly number[]): number[] {
  const watch = new JumpWatch();
  return values.flatMap((value, i) => (watch.take(value) ? [i] : []));
}
const flat = (count: number, value: number) => Array.from({ length: count }, () => value);
/** Falls as losses do, and trembles by a tenth of itself. */
const falling = Array.from({ length: 400 }, (_, i) => (2 * Math.exp(-i / 80) + 0.2) * (1 + 0.1 * Math.sin(i * 7.3)));

describe("a jump", () => {
  test("is far above everything of late, and told once", () => {
    expect(jumps([...falling, 9, 9.1, 9.2])).toEqual([400]);
    expect(jumps([...flat(20, 1), 3, ...flat(20, 3), ...flat(60, 1), 3])).toEqual([20, 101]);
  });

  test("is none of what losses do anyhow", () => {
    expect(jumps(falling)).toEqual([]);
    expect(jumps([...flat(30, 1), 1.05, 1.02])).toEqual([]);
    expect(jumps([5, 4, 3, 900])).toEqual([]);
  });

  test("is seen below zero and at zero as well", () => {
    expect(jumps([...flat(20, -100), -20])).toEqual([20]);
    expect(jumps([...flat(20, 0), 1e-9])).toEqual([20]);
  });

  test("is no matter of NaN, which has a rule of its own", () => {
    expect(jumps([...flat(20, 1), Number.NaN, Number.POSITIVE_INFINITY, 1])).toEqual([]);
  });
});

test.each([
  ["train/loss", true],
  ["loss", true],
  ["val_loss_total", true],
  ["eval/perplexity", true],
  ["metrics.mse", true],
  ["glossary", false],
  ["accuracy", false],
  ["terror", false],
])("%s is a loss: %s", (tag, is) => expect(isLoss(tag)).toBe(is));
