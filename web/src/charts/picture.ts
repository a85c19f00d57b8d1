/** A chart as a picture of its own: title, axes, lines, and which line is whose. Drawn on a canvas or as SVG. */
import type { Span } from "../lib/extent";
import { xTicks, yTicks } from "./axes";
import type { ChartLook, ChartView } from "./chart";
import type { Curve } from "./curve";
import type { Paper } from "./draw";
import { drawLines } from "./lines";
import { Mapping } from "./scale";

export interface PicturePaper extends Paper {
  font: string;
  textAlign: CanvasTextAlign;
  fillText: (text: string, x: number, y: number) => void;
  clipTo: (x: number, y: number, width: number, height: number) => void;
  unclip: () => void;
}

export interface Picture {
  title: string;
  /** What x is. */
  x_name: string;
  legend: readonly { colour: string; dash: readonly number[]; name: string }[];
  curves: readonly Curve[];
  view: ChartView;
  /** In axis units. */
  y: Span;
  /** Of the axis at the right, if there is one. */
  right: Span | null;
  look: ChartLook;
  /** Of the plotting area, in CSS pixels. */
  width: number;
  height: number;
  measure: (text: string, font: string) => number;
}

const EDGE = 12;
/** Room for half of the last label. */
const RIGHT = 22;
const TITLE = 26;
const X_AXIS = 34;
const LEGEND_LINE = 18;
const LEGEND_GAP = 16;
const SWATCH = 18;
const TEXT_DROP = 4;

interface Placed {
  colour: string;
  dash: readonly number[];
  name: string;
  left: number;
  line: number;
}

interface Layout {
  width: number;
  height: number;
  box: { left: number; top: number; width: number; height: number };
  legend: Placed[];
}

/** Where everything stands. */
export function layoutOf(picture: Picture): Layout {
  const { measure, look, y, view, width, height } = picture;
  const room = (span: Span) => {
    const { labels } = yTicks(view.scale, span[0], span[1], height);
    return Math.ceil(Math.max(24, ...labels.map((label) => measure(label, look.font)))) + 8;
  };
  const y_axis = room(y);
  const after = picture.right ? room(picture.right) + EDGE : RIGHT;
  const total = EDGE + y_axis + width + after;
  const legend = placeLegend(picture, total - EDGE - RIGHT);
  const lines = legend.length === 0 ? 0 : (legend.at(-1)?.line ?? 0) + 1;
  const box = { left: EDGE + y_axis, top: EDGE + TITLE, width, height };
  return { width: total, height: box.top + height + X_AXIS + lines * LEGEND_LINE + EDGE, box, legend };
}

/** One after the other, as many in a line as fit. */
function placeLegend({ legend, measure, look }: Picture, width: number): Placed[] {
  let [left, line] = [0, 0];
  return legend.map(({ colour, dash, name }) => {
    const needed = SWATCH + 6 + measure(name, look.font);
    if (left > 0 && left + needed > width) {
      left = 0;
      line++;
    }
    const placed = { colour, dash, name, left, line };
    left += needed + LEGEND_GAP;
    return placed;
  });
}

export function drawPicture(paper: PicturePaper, picture: Picture, { width, height, box, legend }: Layout): void {
  const { look, curves, view, y } = picture;
  paper.globalAlpha = 1;
  paper.fillStyle = look.paper;
  paper.fillRect(0, 0, width, height);
  write(paper, picture.title, EDGE, EDGE + 13, look.strong, look.font.replace("11px", "600 13px"), "left");
  drawAxes(paper, picture, box);
  paper.clipTo(box.left - 3, box.top - 3, box.width + 6, box.height + 6);
  const map = (span: Span) => new Mapping(box, view.x, span, view.scale);
  drawLines(paper, curves, { left: map(y), right: map(picture.right ?? y) }, look, 1);
  paper.unclip();
  paper.globalAlpha = 1;
  const top = box.top + box.height + X_AXIS + LEGEND_LINE / 2;
  for (const { colour, dash, name, left, line } of legend) {
    const middle = top + line * LEGEND_LINE;
    drawSwatch(paper, colour, dash, EDGE + left, middle);
    write(paper, name, EDGE + left + SWATCH + 6, middle + TEXT_DROP, look.strong, look.font, "left");
  }
}

function drawSwatch(paper: PicturePaper, colour: string, dash: readonly number[], x: number, y: number): void {
  paper.strokeStyle = colour;
  paper.lineWidth = 2;
  paper.lineCap = "butt";
  paper.setLineDash([...dash]);
  paper.beginPath();
  paper.moveTo(x, y);
  paper.lineTo(x + SWATCH, y);
  paper.stroke();
}

function drawAxes(paper: PicturePaper, { look, view, y, right, x_name }: Picture, box: Layout["box"]): void {
  const map = new Mapping(box, view.x, y, "linear");
  const bottom = box.top + box.height;
  const x = xTicks(view.x_axis, view.x_scale, view.x[0], view.x[1], box.width);
  for (const [i, at] of x.at.entries()) {
    paper.fillStyle = look.grid;
    paper.fillRect(map.px(at) - 0.5, box.top, 1, box.height);
    write(paper, x.labels[i] ?? "", map.px(at), bottom + 15, look.ink, look.font, "center");
  }
  const up = yTicks(view.scale, y[0], y[1], box.height);
  for (const [i, at] of up.at.entries()) {
    paper.fillStyle = look.grid;
    paper.fillRect(box.left, map.py(at) - 0.5, box.width, 1);
    write(paper, up.labels[i] ?? "", box.left - 6, map.py(at) + TEXT_DROP, look.ink, look.font, "right");
  }
  if (right) {
    const beside = yTicks(view.scale, right[0], right[1], box.height);
    const heights = new Mapping(box, view.x, right, "linear");
    for (const [i, at] of beside.at.entries()) {
      const [x, y] = [box.left + box.width + 6, heights.py(at) + TEXT_DROP];
      write(paper, beside.labels[i] ?? "", x, y, look.ink, look.font, "left");
    }
  }
  write(paper, x_name, box.left + box.width, bottom + 28, look.ink, look.font, "right");
}

function write(
  paper: PicturePaper,
  text: string,
  x: number,
  y: number,
  colour: string,
  font: string,
  align: CanvasTextAlign,
): void {
  paper.fillStyle = colour;
  paper.font = font;
  paper.textAlign = align;
  paper.fillText(text, x, y);
}

/** Paper that is a canvas, `ratio` device pixels for each of the picture. */
export function canvasPaper(context: CanvasRenderingContext2D, ratio: number): PicturePaper {
  context.scale(ratio, ratio);
  return Object.assign(context, {
    clipTo: (x: number, y: number, width: number, height: number) => {
      context.save();
      context.beginPath();
      context.rect(x, y, width, height);
      context.clip();
    },
    unclip: () => context.restore(),
  });
}
