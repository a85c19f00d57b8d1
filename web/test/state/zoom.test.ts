import { beforeEach, expect, test } from "vitest";
import { x_axis } from "../../src/state/settings";
import { own_x } from "../../src/state/x_axis";
import {
  changeOwnX,
  changeX,
  linkZooms,
  useZooms,
  zoomBack,
  zoomForward,
  zoomOf,
  zoomSteps,
  zoomsNow,
  zoomTo,
} from "../../src/state/zoom";
import { NO_ZOOMS, readZooms, writeZooms } from "../../src/state/zoom_text";

const at = (from: number, to: number, y: readonly [number, number] | null = null) => ({ x: [from, to] as const, y });

beforeEach(() => {
  own_x.value = new Map();
  useZooms({ linked: false, places: [] });
});

test("leads back and forward, a gesture in one step", () => {
  zoomTo("loss", at(0, 10));
  zoomTo("loss", at(1, 9));
  zoomTo("loss", at(2, 8), true);
  zoomTo("loss", at(3, 7), true);
  expect(zoomOf("loss")).toMatchObject(at(3, 7));
  zoomBack("loss");
  expect(zoomOf("loss")).toMatchObject(at(0, 10));
  zoomBack("loss");
  expect(zoomOf("loss")).toBeNull();
  zoomBack("loss");
  expect(zoomSteps("loss")).toEqual({ back: 0, forward: 2 });
  zoomForward("loss");
  zoomForward("loss");
  expect(zoomOf("loss")).toMatchObject(at(3, 7));
  zoomBack("loss");
  zoomTo("loss", at(4, 5));
  expect(zoomSteps("loss")).toEqual({ back: 2, forward: 0 });
});

test("what changes nothing is no step", () => {
  zoomTo("loss", null);
  zoomTo("loss", { x: null, y: null });
  expect(zoomSteps("loss")).toEqual({ back: 0, forward: 0 });
  zoomTo("loss", at(0, 10));
  zoomTo("loss", at(0, 10));
  expect(zoomSteps("loss").back).toBe(1);
});

test("cards are apart until they are linked; then all show the x of one, each its own y", () => {
  zoomTo("other", at(5, 6));
  zoomTo("loss", at(0, 10, [1, 2]));
  linkZooms(true);
  expect(zoomOf("loss")).toMatchObject(at(0, 10, [1, 2]));
  expect(zoomOf("other")).toEqual(at(0, 10));
  expect(zoomOf("never seen")).toEqual(at(0, 10));
  zoomTo("other", at(2, 3, [7, 8]));
  expect(zoomOf("loss")).toEqual(at(2, 3));
  expect(zoomOf("other")).toMatchObject(at(2, 3, [7, 8]));
  zoomBack("loss");
  expect(zoomOf("other")).toEqual(at(0, 10));
  zoomForward("other");
  linkZooms(false);
  expect(zoomOf("other")).toMatchObject(at(2, 3, [7, 8]));
  expect(zoomOf("loss")).toMatchObject(at(0, 10, [1, 2]));
  expect(zoomOf("never seen")).toBeNull();
});

test("another x axis forgets them, and the way back, but not that they are linked", () => {
  linkZooms(true);
  zoomTo("loss", at(0, 10));
  changeX("relative");
  expect(x_axis.value).toBe("relative");
  expect(zoomOf("loss")).toBeNull();
  expect(zoomSteps("loss")).toEqual({ back: 0, forward: 0 });
  expect(zoomsNow()).toEqual({ linked: true, places: [] });
  changeX("step");
});

test("what was kept is there again", () => {
  zoomTo("loss", at(0, 10));
  zoomTo("acc", at(3, 4, [0, 1]));
  const kept = zoomsNow();
  useZooms({ linked: false, places: [] });
  useZooms(kept);
  expect(zoomsNow()).toEqual(kept);
  expect(zoomOf("acc")).toMatchObject(at(3, 4, [0, 1]));
});

test("only cards with the same x are linked", () => {
  changeOwnX("tokens a", "tag(tokens)");
  changeOwnX("tokens b", "tag(tokens)");
  linkZooms(true);
  zoomTo("loss", at(0, 10));
  zoomTo("tokens a", at(1000, 2000));
  expect(zoomOf("other")).toEqual(at(0, 10));
  expect(zoomOf("tokens b")).toEqual(at(1000, 2000));
  const kept = zoomsNow();
  useZooms({ linked: false, places: [] });
  useZooms(kept);
  expect(zoomOf("other")).toEqual(at(0, 10));
  expect(zoomOf("tokens b")).toEqual(at(1000, 2000));
  linkZooms(false);
  expect(zoomOf("loss")).toMatchObject(at(0, 10));
  expect(zoomOf("tokens a")).toMatchObject(at(1000, 2000));
  expect(zoomOf("other")).toBeNull();
});

test("another x of one card forgets its own zoom, another x of the board all but that", () => {
  zoomTo("loss", at(0, 10));
  zoomTo("acc", at(0, 20));
  changeOwnX("acc", "relative");
  expect(zoomOf("acc")).toBeNull();
  expect(zoomOf("loss")).toMatchObject(at(0, 10));
  zoomTo("acc", at(3, 4));
  changeX("wall_time");
  expect(zoomOf("acc")).toMatchObject(at(3, 4));
  expect(zoomOf("loss")).toBeNull();
  changeX("step");
});

test("a card that is alone is linked with no other, and keeps its zoom on another x", () => {
  const alone = "pr_curve\nquality/pr";
  zoomTo("loss", at(0, 10));
  linkZooms(true);
  zoomTo(alone, { x: [0.5, 0.75], y: [0.25, 1] });
  expect(zoomOf("acc")).toEqual(at(0, 10));
  expect(zoomOf(alone)).toMatchObject({ x: [0.5, 0.75], y: [0.25, 1] });
  const written = new Map(writeZooms(zoomsNow()));
  expect(written.get("zoomall")).toBe("loss:0..10");
  expect(written.get("zoom")).toBe("pr_curve%0Aquality/pr:0.5..0.75;0.25..1");
  useZooms(NO_ZOOMS);
  expect(zoomOf(alone)).toBeNull();
  useZooms(readZooms(written.get("zoom"), written.get("zoomall")));
  expect(zoomOf("acc")).toEqual(at(0, 10));
  expect(zoomOf(alone)).toMatchObject({ x: [0.5, 0.75], y: [0.25, 1] });
  changeX("wall_time");
  expect(zoomOf("loss")).toBeNull();
  expect(zoomOf(alone)).toMatchObject({ x: [0.5, 0.75], y: [0.25, 1] });
  zoomBack(alone);
  changeX("step");
  useZooms(NO_ZOOMS);
});
