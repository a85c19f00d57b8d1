import { expect, test } from "vitest";
import { AS_IT_IS, adjust, difference } from "../../src/media/adjust";

const pixels = () => new Uint8ClampedArray([10, 200, 30, 255, 0, 0, 0, 128]);

test("contrast turns about the middle, brightness moves, and the alpha stays", () => {
  const made = pixels();
  adjust(made, { ...AS_IT_IS, contrast: 2, brightness: 0.1 });
  expect([...made.slice(0, 4)]).toEqual([0, 255, 0, 255]);
  const same = pixels();
  adjust(same, AS_IT_IS);
  expect(same).toEqual(pixels());
});

test("one channel alone is a grey", () => {
  const made = pixels();
  adjust(made, { ...AS_IT_IS, channel: "green" });
  expect([...made]).toEqual([200, 200, 200, 255, 0, 0, 0, 255]);
  const alpha = pixels();
  adjust(alpha, { ...AS_IT_IS, channel: "alpha" });
  expect([...alpha]).toEqual([255, 255, 255, 255, 128, 128, 128, 255]);
  const light = pixels();
  adjust(light, { ...AS_IT_IS, channel: "luminance" });
  expect(light[0]).toBe(Math.round(0.2126 * 10 + 0.7152 * 200 + 0.0722 * 30));
});

test("a difference says how many pixels and by how much", () => {
  const other = pixels();
  other[1] = 190;
  other[7] = 120;
  const { pixels: apart, differing, greatest } = difference(pixels(), other);
  expect([...apart]).toEqual([0, 10, 0, 255, 8, 8, 8, 255]);
  expect([differing, greatest]).toEqual([2, 10]);
  expect(difference(pixels(), pixels())).toMatchObject({ differing: 0, greatest: 0 });
});
