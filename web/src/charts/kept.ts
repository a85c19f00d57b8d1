/**
 * The lines as they were drawn last, moved and stretched as a picture while a hand moves the chart: of very many points
 * a picture takes a thousandth of the time. Once it is worn the next one is drawn, a little of it a frame; the lines
 * themselves are drawn by the chart when the hand rests.
 */
import type { Span } from "../lib/extent";
import { type Box, Mapping, type Maps } from "./scale";

/** From so many points on lines take longer than a frame. */
const SLOW_POINTS = 20_000;
/** So much more than the plotting area is kept on each side, as a share of it. */
const MARGIN = 0.3;
/** Stretched further it says nothing any more, made smaller it leaves too much empty. */
const STRETCHED_MOST = 16;
const STRETCHED_LEAST = 1 / 3;
/** Worn: the next one is begun. */
const STRETCHED_FROM = 1.25;
const MARGIN_LEFT = 0.15;
/** Of the plotting area so much may be empty on each side for the moment it takes. */
const EMPTY_MOST = 0.35;
/** What a frame has time for beside the rest. */
const SLICE_MS = 5;

/** Draws some of the lines, from a place in their order on; gives the place where to go on, null when all are drawn. */
export type DrawSome = (paper: CanvasRenderingContext2D, maps: Maps, from: number) => number | null;

export class Kept {
  private picture: Picture | null = null;
  private next: Picture | null = null;

  /** What is drawn next has nothing to do with it. */
  forget(): void {
    this.picture = null;
    this.next = null;
  }

  /** Puts the picture where the lines are now, and a better one as soon as there is one; false: none would do. */
  show(context: CanvasRenderingContext2D, maps: Maps, drawSome: DrawSome): boolean {
    if (this.next?.drawFor(SLICE_MS)) {
      this.picture = this.next;
      this.next = null;
    }
    const place = this.picture && placeOf(this.picture.map, maps.left);
    if (!this.picture || !place) return false;
    context.drawImage(this.picture.canvas, place.left, place.top, place.width, place.height);
    if (!this.next && isWorn(place, maps.left.box)) this.next = Picture.begin(maps.left, drawSome);
    return true;
  }

  /** Draws lines by way of a new picture; false where that would bring nothing, and nothing was drawn. */
  draw(context: CanvasRenderingContext2D, maps: Maps, points: number, drawSome: DrawSome): boolean {
    this.forget();
    if (points < SLOW_POINTS) return false;
    this.picture = Picture.begin(maps.left, drawSome);
    this.picture?.drawFor(Number.POSITIVE_INFINITY);
    return this.show(context, maps, drawSome);
  }
}

/** A picture of the lines with a margin around them, drawn in as many pieces as there is time for. */
class Picture {
  private from: number | null = 0;

  private constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly paper: CanvasRenderingContext2D,
    readonly map: Mapping,
    private readonly drawSome: DrawSome,
  ) {}

  static begin({ box, x, y, scale }: Mapping, drawSome: DrawSome): Picture | null {
    const inner = withMargin(box);
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(inner.left * 2 + box.width);
    canvas.height = Math.ceil(inner.top * 2 + box.height);
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    return paper && new Picture(canvas, paper, new Mapping(inner, x, y, scale), drawSome);
  }

  /** True when all is drawn. */
  drawFor(duration_ms: number): boolean {
    const until_ms = performance.now() + duration_ms;
    while (this.from !== null && performance.now() < until_ms) {
      this.from = this.drawSome(this.paper, { left: this.map, right: this.map }, this.from);
      // Otherwise the browser would only write down what to draw, and do all of it in one frame.
      this.paper.getImageData(0, 0, 1, 1);
    }
    return this.from === null;
  }
}

/** Whether a picture is stretched, or has little left beyond the plotting area. */
function isWorn(place: Box, box: Box): boolean {
  const across = place.width / (box.width * (1 + 2 * MARGIN));
  const up = place.height / (box.height * (1 + 2 * MARGIN));
  const stretched = Math.max(across, up, 1 / across, 1 / up);
  const left = Math.min(box.left - place.left, place.left + place.width - box.left - box.width);
  return stretched > STRETCHED_FROM || left < MARGIN_LEFT * box.width;
}

/** The plotting area in its picture. */
function withMargin({ width, height }: Box): Box {
  return { left: Math.ceil(MARGIN * width), top: Math.ceil(MARGIN * height), width, height };
}

/** Where a picture with its margins lies on another map of the same axes; null where it does not cover it, or not well. */
export function placeOf(kept: Mapping, now: Mapping): Box | null {
  if (kept.box.width !== now.box.width || kept.box.height !== now.box.height || kept.scale !== now.scale) return null;
  const across = stretch(kept.x, now.x, now.box.width, kept.box.left);
  const up = stretch(kept.y, now.y, now.box.height, kept.box.top);
  if (!across || !up) return null;
  return {
    left: now.box.left + across.from,
    width: across.length,
    // Axis units grow upwards, pixels downwards.
    top: now.box.top + now.box.height - up.from - up.length,
    height: up.length,
  };
}

/** Along one axis: where the picture of `kept` begins and how long it is on `length` pixels that show `now`. */
function stretch(kept: Span, now: Span, length: number, margin: number): { from: number; length: number } | null {
  const factor = (kept[1] - kept[0]) / (now[1] - now[0]);
  if (!(factor <= STRETCHED_MOST && factor >= STRETCHED_LEAST)) return null;
  const start = ((kept[0] - now[0]) / (now[1] - now[0])) * length;
  const from = start - margin * factor;
  const long = (length + 2 * margin) * factor;
  const empty = EMPTY_MOST * length;
  return from <= empty && from + long >= length - empty ? { from, length: long } : null;
}
