/** What was set for the x axes of single cards, as a part of the address: `xof=val/loss:tag(tokens);log,lr:;symlog`. */
import { readXAxis, type XAxis } from "../api/x_axis";
import { decode, encode } from "./fragment";
import { type AxisScaleName, readAxisScale } from "./settings";
import type { OwnX } from "./x_axis";

export function writeXAxis(x: XAxis): string {
  return encode(x);
}

export function writeOwnX(all: ReadonlyMap<string, OwnX>): string {
  return [...all].map(([tag, own]) => `${encode(tag, true)}:${writeOne(own)}`).join(",");
}

/** What makes no sense was not set. */
export function readOwnX(text: string): Map<string, OwnX> {
  const all = new Map<string, OwnX>();
  for (const part of text.split(",")) {
    const cut = part.lastIndexOf(":");
    const own = readOne(part.slice(cut + 1));
    if (cut > 0 && (own.axis !== null || own.scale !== null)) all.set(decode(part.slice(0, cut)), own);
  }
  return all;
}

/** Of its own colons none stays: the last one stands before it. */
function writeOne({ axis, scale }: OwnX): string {
  const name = axis === null ? "" : encode(axis, true).replace(/:/g, "%3A");
  return scale === null ? name : `${name};${scale}`;
}

function readOne(text: string): OwnX {
  const [axis = "", scale = ""] = text.replace(/%3B(?=\w+$)/i, ";").split(";");
  const name: AxisScaleName | null = scale === "" ? null : readAxisScale(scale);
  return { axis: readXAxis(decode(axis)), scale: name };
}
