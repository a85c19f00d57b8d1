import { expect, test } from "vitest";
import { FIT, panned, pixelUnder, placeIn, zoomedAbout } from "../../src/media/pan_zoom";

const picture = { width: 100, height: 50 };
const pane = { width: 400, height: 400 };

test("a picture fits, in the middle", () => {
  expect(placeIn(FIT, picture, pane, picture)).toEqual({ left: 0, top: 100, scale: 4 });
});

test("what is under the pointer stays there while it is zoomed", () => {
  const at = { x: 130, y: 170 };
  const before = pixelUnder(placeIn(FIT, picture, pane, picture), picture, at);
  let view = FIT;
  for (let i = 0; i < 5; i++) view = zoomedAbout(view, 1.3, at, picture, pane);
  expect(pixelUnder(placeIn(view, picture, pane, picture), picture, at)).toEqual(before);
  expect(view.zoom).toBeCloseTo(4 * 1.3 ** 5);
});

test("pictures of other sizes show the same part", () => {
  const view = zoomedAbout(FIT, 3, { x: 50, y: 120 }, picture, pane);
  const larger = { width: 200, height: 100 };
  const [small, large] = [placeIn(view, picture, pane, picture), placeIn(view, larger, pane, picture)];
  expect(large.scale).toBeCloseTo(small.scale / 2);
  expect([large.left, large.top]).toEqual([small.left, small.top]);
});

test("it is pushed by the way of the hand, and not out of sight", () => {
  const zoomed = zoomedAbout(FIT, 2, { x: 200, y: 200 }, picture, pane);
  const before = placeIn(zoomed, picture, pane, picture);
  const after = placeIn(panned(zoomed, 16, -8, picture, pane), picture, pane, picture);
  expect([after.left - before.left, after.top - before.top]).toEqual([16, -8]);
  expect(panned(zoomed, 1e6, 0, picture, pane).x).toBe(0);
});

test("beside a picture there is no pixel", () => {
  const placed = placeIn(FIT, picture, pane, picture);
  expect(pixelUnder(placed, picture, { x: 399, y: 299 })).toEqual({ x: 99, y: 49 });
  expect(pixelUnder(placed, picture, { x: 399, y: 300 })).toBeNull();
});
