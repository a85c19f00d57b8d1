/** Values of audio: where the encoded bytes of each clip are, and what is known about the sound. */
import { array, nullable, number, object, optional, type Read, string } from "./validate";

const item = object({
  bytes: number,
  /** As the first bytes show, or `application/octet-stream`. */
  type: string,
  url: string,
  /** Markdown. */
  label: nullable(string),
  sample_rate: nullable(number),
  channels: nullable(number),
  frames: nullable(number),
});

export type AudioItem = Read<typeof item>;

/** What is no audio after all comes as a tensor, or as bytes, and has no items. */
export const audioValue = object({ items: optional(array(item), []) });

export type AudioValue = Read<typeof audioValue>;

export function isPlayedType(type: string): boolean {
  return /^(audio\/[a-z0-9.+-]+|video\/mp4)$/.test(type);
}
