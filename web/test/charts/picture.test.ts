import { describe, expect, test } from "vitest";
import { makeCurve } from "../../src/charts/curve";
import { drawPicture, layoutOf, type Picture } from "../../src/charts/picture";
import { escaped, SvgPaper } from "../../src/charts/svg";
import { scalars } from "./scalars";

const look = {
  ink: "#666666",
  strong: "#111111",
  grid: "#eeeeee",
  accent: "#0000ff",
  paper: "#ffffff",
  font: "11px Arial",
};

function picture(change: Partial<Picture> = {}): Picture {
  return {
    title: "train/loss",
    x_name: "step",
    legend: [{ colour: "#ff0000", dash: [], name: "fast" }],
    curves: [makeCurve("fast", scalars(), "step")],
    view: { x_axis: "step", x_scale: "linear", x: [0, 30], y: null, scale: "linear", clip_percent: 0 },
    y: [0, 4],
    right: null,
    look: { ...look, colours: new Map([["fast", "#ff0000"]]) },
    width: 300,
    height: 100,
    measure: (text) => 6 * text.length,
    ...change,
  };
}

/** The picture as a document, read back by the browser's own parser. */
function drawn(of: Picture): Document {
  const paper = new SvgPaper();
  const layout = layoutOf(of);
  drawPicture(paper, of, layout);
  const text = paper.write(layout.width, layout.height, of.title);
  return new DOMParser().parseFromString(text, "text/html");
}

const texts = (of: Document) => [...of.querySelectorAll("text")].map((text) => text.textContent);
const strokes = (of: Document, colour: string) =>
  [...of.querySelectorAll(`path[stroke="${colour}"]`)].map((path) => path.getAttribute("d"));

describe("a picture of a chart", () => {
  test("has its line as a path through the points", () => {
    const { box } = layoutOf(picture());
    const [line] = strokes(drawn(picture()), "#ff0000");
    const x = (share: number) => box.left + share * box.width;
    const y = (share: number) => box.top + (1 - share) * box.height;
    expect(line).toBe(`M${x(0)} ${y(0)}L${x(1 / 3)} ${y(0.25)}L${x(2 / 3)} ${y(0.5)}L${x(1)} ${y(0.75)}`);
  });

  test("says title, axes and whose line is whose", () => {
    const said = texts(drawn(picture()));
    expect(said).toEqual(expect.arrayContaining(["train/loss", "step", "fast", "0", "10", "20", "30", "2", "4"]));
  });

  test("keeps the original faintly under the smoothed line", () => {
    const curve = makeCurve("fast", scalars({ smoothed: Float64Array.of(1, 1, 1, 1) }), "step");
    const document = drawn(picture({ curves: [curve] }));
    const opacities = [...document.querySelectorAll('path[stroke="#ff0000"]')].map((p) => p.getAttribute("opacity"));
    // The last is the sample in the legend.
    expect(opacities).toEqual(["0.22", null, null]);
  });

  test("marks what is not finite", () => {
    const value = Float64Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 2);
    const curve = makeCurve("fast", scalars({ value }), "step");
    const marks = (curves: Picture["curves"]) =>
      [...drawn(picture({ curves })).querySelectorAll('path[fill="#ff0000"]')].filter((path) =>
        path.getAttribute("d")?.includes("L"),
      ).length;
    expect(marks([curve])).toBe(2);
    expect(marks([makeCurve("fast", scalars(), "step")])).toBe(0);
  });

  test("has a second axis, and dashes, where there are several tags", () => {
    const left = makeCurve("fast", scalars(), "step", "train/loss");
    const value = Float64Array.of(0, 1000, 2000, 4000);
    const beside = { ...makeCurve("fast", scalars({ value }), "step", "lr"), dash: [6, 3], right: true };
    const both = picture({ curves: [left, beside], right: [0, 4000] });
    const document = drawn(both);
    expect(texts(document)).toEqual(expect.arrayContaining(["4", "4000"]));
    const [solid, dashed] = [...document.querySelectorAll('path[stroke="#ff0000"]')];
    expect(solid?.getAttribute("stroke-dasharray")).toBeNull();
    expect(dashed?.getAttribute("stroke-dasharray")).toBe("6 3");
    const { box } = layoutOf(both);
    expect(dashed?.getAttribute("d")).toContain(`${box.left + box.width} ${box.top}`);
    expect(layoutOf(both).width).toBeGreaterThan(layoutOf(picture()).width);
  });

  test("grows for a legend of several lines", () => {
    const legend = Array.from({ length: 12 }, (_, i) => ({
      colour: "#ff0000",
      dash: [],
      name: `a run with a name ${i}`,
    }));
    const many = layoutOf(picture({ legend }));
    expect(many.legend.at(-1)?.line).toBeGreaterThan(3);
    expect(many.height).toBeGreaterThan(layoutOf(picture()).height + 3 * 18);
    for (const { left, name } of many.legend) expect(left + 24 + 6 * name.length).toBeLessThanOrEqual(many.width - 34);
  });

  test("takes names as text, whatever stands in them", () => {
    const title = '<script>alert("1")</script>&\u0000';
    const document = drawn(picture({ title }));
    expect(document.querySelector("script")).toBeNull();
    expect(texts(document)[0]).toBe('<script>alert("1")</script>&\ufffd');
    expect(escaped("a\u0001\ufffe\tb")).toBe("a\ufffd\ufffd\tb");
  });
});
