/** Several plots of a card as one picture, under its title. */
import type { Inks } from "./frame";

export interface SheetPart {
  name: string;
  colour: string;
  width: number;
  height: number;
  /** Draws at the left top corner; `ratio`: device pixels for each of the picture's. */
  paint: (context: CanvasRenderingContext2D, ratio: number) => void;
}

const EDGE_PX = 12;
const TITLE_PX = 28;
const NAME_PX = 20;
const GAP_PX = 10;
/** A picture is looked at closer than a page. */
const RATIO = 2;
const MAX_SIDE_PX = 16_000;

/** Throws where the browser makes no picture. */
export async function sheetPng(title: string, parts: readonly SheetPart[], inks: Inks, across: number): Promise<Blob> {
  const [first] = parts;
  if (!first) throw new Error("nothing is drawn here");
  const columns = Math.max(1, Math.min(across, parts.length));
  const rows = Math.ceil(parts.length / columns);
  const cell_width = Math.max(...parts.map(({ width }) => width)) + GAP_PX;
  const heights = Array.from({ length: rows }, (_, row) => rowHeight(parts.slice(row * columns, (row + 1) * columns)));
  const width = 2 * EDGE_PX + columns * cell_width - GAP_PX;
  const height = 2 * EDGE_PX + TITLE_PX + heights.reduce((sum, each) => sum + each, 0) - GAP_PX;
  const ratio = Math.min(Math.max(RATIO, devicePixelRatio), MAX_SIDE_PX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no canvas to draw on");
  context.scale(ratio, ratio);
  context.fillStyle = inks.paper;
  context.fillRect(0, 0, width, height);
  context.fillStyle = inks.strong;
  context.font = inks.font.replace("11px", "600 13px");
  context.fillText(title, EDGE_PX, EDGE_PX + 14);
  parts.forEach((part, i) => {
    const above = heights.slice(0, Math.floor(i / columns)).reduce((sum, each) => sum + each, 0);
    context.save();
    context.translate(EDGE_PX + (i % columns) * cell_width, EDGE_PX + TITLE_PX + above);
    if (part.name !== "") {
      context.fillStyle = part.colour;
      context.fillRect(0, 5, 9, 9);
      context.fillStyle = inks.strong;
      context.font = inks.font;
      context.textAlign = "left";
      context.fillText(part.name, 15, 13);
    }
    context.translate(0, NAME_PX);
    part.paint(context, ratio);
    context.restore();
  });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (!blob) throw new Error("this browser could not make a picture of it");
  return blob;
}

/** A part of no height is its name alone. */
function rowHeight(parts: readonly SheetPart[]): number {
  const height = Math.max(...parts.map((part) => part.height));
  return NAME_PX + height + (height > 0 ? GAP_PX : 0);
}
