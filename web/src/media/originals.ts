/** Originals, decoded: what the viewer draws, and the values of their pixels. */

import { fetchBlob } from "../api/blob";
import { type ImageItem, isShownType } from "../api/image";
import type { Size } from "./pan_zoom";

export interface Original extends Size {
  image: CanvasImageSource;
  blob: Blob;
}

const KEEP = 12;
/** More than any browser draws. */
const MOST_PIXELS = 268e6;
/** Of those that animate, the first picture is decoded here; an <img> shows them move. */
export const MOVING_TYPES = new Set(["image/gif", "image/webp"]);

const kept = new Map<string, Original>();

export function peekOriginal({ url }: ImageItem): Original | undefined {
  return kept.get(url);
}

export async function loadOriginal(item: ImageItem, signal: AbortSignal): Promise<Original> {
  const known = kept.get(item.url);
  if (known) return known;
  const blob = await fetchBlob(item.url, signal);
  if (!isShownType(blob.type)) throw new Error("it is of a type that is not shown");
  if ((item.width ?? 0) * (item.height ?? 0) > MOST_PIXELS) throw new Error("it has more pixels than a browser draws");
  // As they were written: no colour management, nothing multiplied.
  const how = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  const image = await createImageBitmap(blob, how).catch(() => {
    throw new Error("this browser cannot decode it");
  });
  const original = { image, blob, width: image.width, height: image.height };
  kept.set(item.url, original);
  for (const url of kept.keys()) {
    if (kept.size <= KEEP) break;
    kept.delete(url);
  }
  return original;
}

/** RGBA bytes of a part of a picture; what lies beside it is transparent. */
export function pixelsOf(original: Original, left: number, top: number, width: number, height: number): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no canvas to draw on");
  context.imageSmoothingEnabled = false;
  context.drawImage(original.image, -left, -top);
  return context.getImageData(0, 0, width, height);
}
