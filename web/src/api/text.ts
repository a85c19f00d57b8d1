/** Values of texts: strings of any shape; of long ones the beginning, and where the whole is. */
import { send } from "./request";
import { array, number, object, optional, type Read, type Reader, string } from "./validate";

/** What is no text after all comes as a tensor of something else, and has no strings. */
const strings: Reader<string[]> = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : [];

export const textValue = object({
  shape: optional(array(number), []),
  /** Row by row. */
  items: strings,
  /** The places of those that are cut, and names and sizes of the whole ones. */
  truncated: optional(array(number), []),
  blobs: optional(array(string), []),
  bytes: optional(array(number), []),
});

export type TextValue = Read<typeof textValue>;

/** The whole of what came cut. Bytes that are no UTF-8 are replaced, as in what came. */
export async function fetchWholeText(source: string, blob: string, signal?: AbortSignal): Promise<string> {
  const address = `/api/blob/${blob}?source=${encodeURIComponent(source)}`;
  const answer = await send(address, { accept: "*/*", may_keep: true, ...(signal ? { signal } : {}) });
  return new TextDecoder().decode(await answer.arrayBuffer());
}
