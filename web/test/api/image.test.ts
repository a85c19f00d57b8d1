import { expect, test } from "vitest";
import { addressOf, imageValue, isShownType } from "../../src/api/image";

const thumbnail = "/api/thumbnail/1.0.2/f?source=a&expires=1&sig=x";
const item = { bytes: 9, type: "image/png", url: "/api/blob/1.0.2/f?sig=y", width: 2000, height: 900, thumbnail };

test("a picture is fetched as large as it is shown, and not larger than it is", () => {
  expect(addressOf(item, 60)).toBe(`${thumbnail}&px=64`);
  expect(addressOf(item, 129)).toBe(`${thumbnail}&px=256`);
  expect(addressOf(item, 1025)).toBe(item.url);
  expect(addressOf({ ...item, width: 100, height: 50 }, 144)).toBe(item.url);
  // Nobody told its size.
  expect(addressOf({ ...item, width: null, height: null }, 144)).toBe(`${thumbnail}&px=256`);
  expect(addressOf({ ...item, thumbnail: "" }, 60)).toBe(item.url);
});

test("what is no image has no items", () => {
  expect(imageValue({ dtype: "float32", shape: [3], values: [1, 2, 3] }, "value").items).toEqual([]);
  expect(isShownType("image/png")).toBe(true);
  expect(isShownType("image/svg+xml")).toBe(false);
  expect(isShownType("application/octet-stream")).toBe(false);
});
