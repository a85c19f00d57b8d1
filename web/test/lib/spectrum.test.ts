import { expect, test } from "vitest";
import { envelope, spectrogram, transform, WINDOW } from "../../src/lib/spectrum";

test("the transform is the one that the sum defines", () => {
  const n = 16;
  const re = Float64Array.from({ length: n }, (_, i) => Math.sin(3 * i) + i / n);
  const im = Float64Array.from({ length: n }, (_, i) => Math.cos(5 * i));
  const wanted = Array.from({ length: n }, (_, k) => {
    let [x, y] = [0, 0];
    for (let i = 0; i < n; i++) {
      const angle = (-2 * Math.PI * i * k) / n;
      x += (re[i] ?? 0) * Math.cos(angle) - (im[i] ?? 0) * Math.sin(angle);
      y += (re[i] ?? 0) * Math.sin(angle) + (im[i] ?? 0) * Math.cos(angle);
    }
    return [x, y] as const;
  });
  transform(re, im);
  for (const [k, [x, y]] of wanted.entries()) {
    expect(re[k]).toBeCloseTo(x, 9);
    expect(im[k]).toBeCloseTo(y, 9);
  }
});

test("a sine is a line at its frequency, at full scale of 0 dB", () => {
  const row = 64;
  const samples = Float32Array.from({ length: 8 * WINDOW }, (_, i) => Math.sin((2 * Math.PI * row * i) / WINDOW));
  const { columns, rows, decibels } = spectrogram(samples, 4);
  expect([columns, rows]).toEqual([4, WINDOW / 2]);
  for (let column = 0; column < columns; column++) {
    const of = decibels.slice(column * rows, (column + 1) * rows);
    expect(of.indexOf(Math.max(...of))).toBe(row);
    expect(of[row]).toBeCloseTo(0, 1);
    expect(of[row + 10]).toBeLessThan(-90);
  }
});

test("an envelope has the extremes of each part, also where there are fewer samples than parts", () => {
  expect([...envelope(Float32Array.from([0, 1, -1, 0.5]), 2)]).toEqual([0, 1, -1, 0.5]);
  expect([...envelope(Float32Array.from([0.5, -0.5]), 4)]).toEqual([0.5, 0.5, 0.5, 0.5, -0.5, -0.5, -0.5, -0.5]);
  expect([...envelope(new Float32Array(), 1)]).toEqual([0, 0]);
});
