/** Texts as they stand in the fragment of the address: readable, and back again whatever was done to them on the way. */

/** Percent-encodes only what would be misread. `in_list`: also the commas and colons of lists. */
export function encode(text: string, in_list = false): string {
  const encoded = encodeURIComponent(text).replace(/%(2F|3D|40|24|5B|5D|7C|2B|3F|5E)/g, decodeURIComponent);
  return in_list ? encoded.replace(/%3A(?!%3A)/g, ":") : encoded.replace(/%(3A|2C)/g, decodeURIComponent);
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
