import { beforeEach, describe, expect, test } from "vitest";
import {
  arrangementNow,
  card_orders,
  hidden_tags,
  inOrder,
  isPinned,
  moveCard,
  PINNED,
  pinned_tags,
  savedArrangement,
  setHidden,
  setPinned,
  unhide,
  useArrangement,
} from "../../src/state/arrangement";

beforeEach(() => useArrangement(savedArrangement({}, "cards")));

describe("cards", () => {
  test("are pinned in the order in which they were, and once", () => {
    setPinned("b", true);
    setPinned("a", true);
    setPinned("b", true);
    expect(pinned_tags.value).toEqual(["a", "b"]);
    setPinned("a", false);
    expect([isPinned("a"), isPinned("b")]).toEqual([false, true]);
  });

  test("are moved within their section, not beyond its ends", () => {
    moveCard("s", ["a", "b", "c"], "c", 0);
    expect(card_orders.value.get("s")).toEqual(["c", "a", "b"]);
    moveCard("s", ["c", "a", "b"], "c", 99);
    expect(card_orders.value.get("s")).toEqual(["a", "b", "c"]);
    moveCard("s", ["a", "b", "c"], "b", -1);
    expect(card_orders.value.get("s")).toEqual(["b", "a", "c"]);
  });

  test("that are pinned but not there stay pinned when others are moved", () => {
    useArrangement({ pinned: ["gone", "a", "b"], hidden: [], orders: new Map() });
    moveCard(PINNED, ["a", "b"], "b", 0);
    expect(pinned_tags.value).toEqual(["b", "a", "gone"]);
  });

  test("that are new follow those that were moved", () => {
    const tags = ["a", "b", "c", "d"].map((key) => ({ key }));
    expect(inOrder(tags, ["d", "b"]).map(({ key }) => key)).toEqual(["d", "b", "a", "c"]);
    expect(inOrder(tags, undefined)).toEqual(tags);
  });

  test("are hidden and shown again", () => {
    setHidden("a", true);
    setHidden("b", true);
    unhide(["a", "c"]);
    expect([...hidden_tags.value]).toEqual(["b"]);
  });

  test("stand after a reload where they stood", () => {
    setPinned("a", true);
    setHidden("b", true);
    moveCard("s", ["c", "d"], "d", 0);
    const kept: unknown = JSON.parse(JSON.stringify(arrangementNow()));
    useArrangement(savedArrangement({}, "cards"));
    useArrangement(savedArrangement(kept, "cards"));
    expect(arrangementNow()).toEqual({ pinned: ["a"], hidden: ["b"], orders: { s: ["d", "c"] } });
  });
});
