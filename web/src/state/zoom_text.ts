/** Zooms as parts of the address: `zoom=train/loss:3000..4000;0.1..0.5`, and `zoomall=` when they are linked. */
import type { Span } from "../lib/extent";
import { decode, encode } from "./fragment";
import { isAlone, type Place, type Zooms } from "./zoom";

export const NO_ZOOMS: Zooms = { linked: false, places: [] };

const RANGE = /^(?:([^;\s]+?)\.\.([^;\s]+))?(?:;(\S+?)\.\.(\S+))?$/;

export function writeZooms({ linked, places }: Zooms): [name: string, value: string][] {
  const text = writePlaces(places.filter(({ tag }) => !linked || isAlone(tag)));
  const own: [string, string][] = text === "" ? [] : [["zoom", text]];
  return linked ? [["zoomall", writePlaces(places.filter(({ tag }) => !isAlone(tag)))], ...own] : own;
}

/** What makes no sense is no zoom. */
export function readZooms(zoom: string | undefined, zoomall: string | undefined): Zooms {
  const own = readPlaces(zoom ?? "");
  if (zoomall === undefined) return { linked: false, places: own };
  return { linked: true, places: [...readPlaces(zoomall), ...own.filter(({ tag }) => isAlone(tag))] };
}

export function writePlaces(places: readonly Place[]): string {
  return places.map(writePlace).sort().join(",");
}

export function readPlaces(text: string): Place[] {
  return text
    .split(",")
    .map(readPlace)
    .filter((place) => place !== null);
}

function writePlace({ tag, x, y }: Place): string {
  return `${encode(tag, true)}:${x ? writeSpan(x) : ""}${y ? `;${writeSpan(y)}` : ""}`;
}

function readPlace(text: string): Place | null {
  const cut = text.lastIndexOf(":");
  const match = RANGE.exec(text.slice(cut + 1).replace(/%3B/gi, ";"));
  if (cut < 0 || !match) return null;
  const [, from, to, low, high] = match;
  const [x, y] = [readSpan(from, to), readSpan(low, high)];
  return x || y ? { tag: decode(text.slice(0, cut)), x, y } : null;
}

function readSpan(from: string | undefined, to: string | undefined): Span | null {
  const span: Span = [Number(from), Number(to)];
  return Number.isFinite(span[0]) && Number.isFinite(span[1]) && span[0] < span[1] ? span : null;
}

/** With as many digits as it takes to hit the pixel. */
function writeSpan([from, to]: Span): string {
  const decimals = 3 - Math.floor(Math.log10(to - from));
  return `${rounded(from, decimals)}..${rounded(to, decimals)}`;
}

function rounded(value: number, decimals: number): string {
  if (decimals >= 0) return String(Number(value.toFixed(Math.min(100, decimals))));
  const unit = 10 ** -decimals;
  return String(Math.round(value / unit) * unit);
}
