import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  keepView,
  openView,
  openViewText,
  removeView,
  saved_views,
  startSavedViews,
  viewNow,
  viewText,
} from "../../src/state/saved_views";
import { smoothing, tag_filter_text, x_axis } from "../../src/state/settings";
import { useFragment } from "../../src/state/shared";
import { sources } from "../../src/state/sources";
import { cardView, folded, setFolded, setWideCards, toggleWide, wideCards } from "../../src/state/view";
import { makeSource } from "./helpers";

let stop = () => {};

beforeEach(() => {
  localStorage.clear();
  sources.value = [makeSource({ source: "gpu1:runs" })];
  useFragment("");
  setWideCards([]);
  folded.value = new Set();
  stop = startSavedViews();
});
afterEach(() => stop());

describe("views", () => {
  test("bring back settings and layout, and put back to the default what they do not name", () => {
    useFragment("smoothing=0.9&tags=loss");
    toggleWide("train/loss");
    const view = viewNow("losses");
    useFragment("x=wall_time");
    setFolded("tag:train", true);
    toggleWide("train/loss");
    toggleWide("val/loss");
    expect(openView(view.value)).toBe("");
    expect([smoothing.value, tag_filter_text.value, x_axis.value]).toEqual([0.9, "loss", "step"]);
    expect(wideCards()).toEqual(["train/loss"]);
    expect(cardView("val/loss").wide.value).toBe(false);
    expect(folded.value.size).toBe(0);
  });

  test("are kept by name for these targets, and not for others", () => {
    keepView(viewNow("b"));
    keepView(viewNow("a"));
    keepView(viewNow("b"));
    expect(saved_views.value.map((view) => view.name)).toEqual(["a", "b"]);
    sources.value = [makeSource({ source: "gpu2:runs" })];
    expect(saved_views.value).toEqual([]);
    sources.value = [makeSource({ source: "gpu1:runs" })];
    removeView("a");
    stop();
    stop = startSavedViews();
    expect(saved_views.value.map((view) => view.name)).toEqual(["b"]);
  });

  test("go through a file", () => {
    useFragment("smoothing=0.5");
    const text = viewText(viewNow("half"));
    useFragment("");
    expect(openViewText(text)).toBe("");
    expect(smoothing.value).toBe(0.5);
    expect(saved_views.value.map((view) => view.name)).toEqual(["half"]);
  });

  test.each(["", "{}", "[1]", "null", '{"farboard":"run"}', '{"farboard":"view","layout":{"wide":7}}'])(
    "are not made of %s, and nothing changes",
    (text) => {
      useFragment("smoothing=0.3");
      expect(openViewText(text)).toMatch(/^This is no view/);
      expect(smoothing.value).toBe(0.3);
      expect(saved_views.value).toEqual([]);
    },
  );

  test("that somebody spoilt in the browser's memory are left out", () => {
    localStorage.setItem("farboard.views.gpu1:runs", JSON.stringify([7, { farboard: "view" }, viewNow("good").value]));
    stop();
    stop = startSavedViews();
    expect(saved_views.value.map((view) => view.name)).toEqual(["good"]);
  });
});
