/** What is done to the pixels of a picture before they are seen: brightness, contrast, one channel alone, the difference to another. */

export const CHANNELS = ["colour", "red", "green", "blue", "alpha", "luminance"] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Adjustment {
  /** -1 to 1; 0: as it is. */
  brightness: number;
  /** A factor about the middle grey; 1: as it is. */
  contrast: number;
  channel: Channel;
}

export const AS_IT_IS: Adjustment = { brightness: 0, contrast: 1, channel: "colour" };

type Pixels = Uint8ClampedArray;

export function isAsItIs({ brightness, contrast, channel }: Adjustment): boolean {
  return brightness === 0 && contrast === 1 && channel === "colour";
}

/** Changes RGBA bytes in place. */
export function adjust(pixels: Pixels, { brightness, contrast, channel }: Adjustment): void {
  const curve = Uint8ClampedArray.from({ length: 256 }, (_, v) => (v - 127.5) * contrast + 127.5 + 255 * brightness);
  const channelAt = channel === "colour" ? null : grey(channel);
  for (let i = 0; i < pixels.length; i += 4) {
    if (channelAt) {
      // What is transparent has no colour; its alpha is seen.
      const value = curve[channelAt(pixels, i)] ?? 0;
      pixels[i] = pixels[i + 1] = pixels[i + 2] = value;
      pixels[i + 3] = 255;
      continue;
    }
    for (let k = i; k < i + 3; k++) pixels[k] = curve[pixels[k] ?? 0] ?? 0;
  }
}

function grey(channel: Exclude<Channel, "colour">): (pixels: Pixels, i: number) => number {
  if (channel === "luminance") return luminance;
  const offset = { red: 0, green: 1, blue: 2, alpha: 3 }[channel];
  return (pixels, i) => pixels[i + offset] ?? 0;
}

/** Luma of ITU-R BT.709 of the values as they are. */
function luminance(pixels: Pixels, i: number): number {
  const [red, green, blue] = [pixels[i] ?? 0, pixels[i + 1] ?? 0, pixels[i + 2] ?? 0];
  return Math.round(0.2126 * red + 0.7152 * green + 0.0722 * blue);
}

export interface Difference {
  /** RGBA: how far red, green and blue are apart, opaque. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
  /** How many pixels differ, also in alpha alone. */
  differing: number;
  /** The greatest distance in any channel. */
  greatest: number;
}

/** Of two pictures of one size. Where only the alpha differs, its distance is shown as a grey. */
export function difference(a: Pixels, b: Pixels): Difference {
  const pixels = new Uint8ClampedArray(a.length);
  let differing = 0;
  let greatest = 0;
  for (let i = 0; i < a.length; i += 4) {
    let most = 0;
    for (let k = 0; k < 3; k++) {
      const apart = Math.abs((a[i + k] ?? 0) - (b[i + k] ?? 0));
      pixels[i + k] = apart;
      if (apart > most) most = apart;
    }
    const alpha = Math.abs((a[i + 3] ?? 0) - (b[i + 3] ?? 0));
    if (most === 0 && alpha > 0) pixels[i] = pixels[i + 1] = pixels[i + 2] = alpha;
    pixels[i + 3] = 255;
    if (alpha > most) most = alpha;
    if (most > 0) differing++;
    if (most > greatest) greatest = most;
  }
  return { pixels, differing, greatest };
}
