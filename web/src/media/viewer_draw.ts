/** Draws one pane of the viewer: pictures where they lie, adjusted, on a chequered ground where they are transparent. */
import { type Adjustment, adjust, isAsItIs } from "./adjust";
import type { Original } from "./originals";
import { type PanZoom, type Placed, placeIn, type Size } from "./pan_zoom";

export interface Layer {
  original: Original;
  /** The part of the pane it is drawn in, as shares of its width. */
  from: number;
  to: number;
}

interface Scene {
  layers: readonly Layer[];
  view: PanZoom;
  leader: Size;
  adjustment: Adjustment;
}

const CHEQUER_PX = 8;
const CHEQUER = ["#9a9a9a", "#b4b4b4"] as const;

/** Fits the canvas to its place first; `ratio`: pixels of the canvas for one of the page. */
export function drawScene(canvas: HTMLCanvasElement, { layers, view, leader, adjustment }: Scene): void {
  fitCanvas(canvas);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const { original, from, to } of layers) {
    context.save();
    context.beginPath();
    context.rect(Math.round(from * canvas.width), 0, Math.round((to - from) * canvas.width), canvas.height);
    context.clip();
    drawPicture(context, original, placeIn(view, original, canvas, leader), adjustment);
    context.restore();
  }
}

export function fitCanvas(canvas: HTMLCanvasElement): void {
  const width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  const height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

function drawPicture(
  context: CanvasRenderingContext2D,
  original: Original,
  placed: Placed,
  adjustment: Adjustment,
): void {
  const seen = seenPart(original, placed, context.canvas);
  if (!seen) return;
  drawChequer(context, seen);
  if (isAsItIs(adjustment)) {
    paint(context, original, placed, 0, 0);
    return;
  }
  // Only what is in view is adjusted, however large the picture is.
  const part = document.createElement("canvas");
  part.width = seen.width;
  part.height = seen.height;
  const own = part.getContext("2d", { willReadFrequently: true });
  if (!own) return;
  paint(own, original, placed, seen.left, seen.top);
  const pixels = own.getImageData(0, 0, seen.width, seen.height);
  adjust(pixels.data, adjustment);
  own.putImageData(pixels, 0, 0);
  context.drawImage(part, seen.left, seen.top);
}

function paint(
  context: CanvasRenderingContext2D,
  original: Original,
  { left, top, scale }: Placed,
  origin_left: number,
  origin_top: number,
): void {
  // What is enlarged shows its pixels as they are.
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "high";
  const { image, width, height } = original;
  context.drawImage(image, left - origin_left, top - origin_top, width * scale, height * scale);
}

interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

function seenPart(picture: Size, { left, top, scale }: Placed, pane: Size): Part | null {
  const [x0, y0] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  const x1 = Math.min(pane.width, Math.ceil(left + picture.width * scale));
  const y1 = Math.min(pane.height, Math.ceil(top + picture.height * scale));
  return x1 > x0 && y1 > y0 ? { left: x0, top: y0, width: x1 - x0, height: y1 - y0 } : null;
}

function drawChequer(context: CanvasRenderingContext2D, { left, top, width, height }: Part): void {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 2 * CHEQUER_PX;
  const own = tile.getContext("2d");
  if (!own) return;
  own.fillStyle = CHEQUER[0];
  own.fillRect(0, 0, tile.width, tile.height);
  own.fillStyle = CHEQUER[1];
  own.fillRect(0, 0, CHEQUER_PX, CHEQUER_PX);
  own.fillRect(CHEQUER_PX, CHEQUER_PX, CHEQUER_PX, CHEQUER_PX);
  const pattern = context.createPattern(tile, "repeat");
  if (!pattern) return;
  context.fillStyle = pattern;
  context.fillRect(left, top, width, height);
}
