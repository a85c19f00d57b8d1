/** Values of images: where the encoded bytes of each sample are, and how large it is. */
import { array, nullable, number, object, optional, type Read, string } from "./validate";

const item = object({
  bytes: number,
  /** As the first bytes show, of a short list, or `application/octet-stream`. */
  type: string,
  /** Of the original, signed. */
  url: string,
  /** As the encoded bytes say. */
  width: nullable(number),
  height: nullable(number),
  /** Of smaller ones: `&px=256` is added at its end. "" where none are made. */
  thumbnail: optional(string, ""),
});

export type ImageItem = Read<typeof item>;

/** What is no image after all comes as a tensor, or as bytes, and has no items. */
export const imageValue = object({
  width: nullable(number),
  height: nullable(number),
  items: optional(array(item), []),
});

export type ImageValue = Read<typeof imageValue>;

/** What the hub lets a browser show, and what is drawn here; all else is saved, never shown. */
const SHOWN_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"]);

export function isShownType(type: string): boolean {
  return SHOWN_TYPES.has(type);
}

const THUMBNAIL_PX = [64, 128, 256, 512, 1024] as const;

/** The address of what is at least `px` on its longer side, or of the original where that is no larger. */
export function addressOf(item: ImageItem, px: number): string {
  const longer = item.width !== null && item.height !== null ? Math.max(item.width, item.height) : null;
  if (item.thumbnail === "" || (longer !== null && longer <= px)) return item.url;
  const size = THUMBNAIL_PX.find((each) => each >= px);
  return size === undefined ? item.url : `${item.thumbnail}&px=${size}`;
}
