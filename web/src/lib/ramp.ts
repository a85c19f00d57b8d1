/** Colours for amounts: from the paper through a run's colour to its darkest or lightest, evenly to the eye. */

type Lab = readonly [l: number, a: number, b: number];

export const RAMP_LENGTH = 256;
/** Where on the ramp the run's own colour is. */
const OWN_AT = 0.6;
/** How far beyond its own colour the ramp goes, towards black on a light page and white on a dark one. */
const BEYOND = 0.65;
/** The least amount that is not nothing can be told from nothing. */
const LEAST = 0.12;

/** Red, green, blue from 0 to 255 for each of `RAMP_LENGTH` amounts. Colours are `#rrggbb`. */
export function makeRamp(paper: string, colour: string, is_dark: boolean): Uint8ClampedArray {
  const [from, own] = [labOf(paper), labOf(colour)];
  const end: Lab = is_dark ? [1, 0, 0] : [0, 0, 0];
  const to = mix(own, end, BEYOND);
  const ramp = new Uint8ClampedArray(RAMP_LENGTH * 3);
  for (let i = 0; i < RAMP_LENGTH; i++) {
    const share = i / (RAMP_LENGTH - 1);
    const lab = share < OWN_AT ? mix(from, own, share / OWN_AT) : mix(own, to, (share - OWN_AT) / (1 - OWN_AT));
    ramp.set(rgbOf(lab), i * 3);
  }
  return ramp;
}

/** The place on the ramp of a count, of which `most` is the greatest. */
export function rampPlace(count: number, most: number, is_log: boolean): number {
  if (!(count > 0) || !(most > 0)) return 0;
  const share = is_log ? Math.log1p(count) / Math.log1p(most) : count / most;
  return Math.round((LEAST + (1 - LEAST) * Math.min(1, share)) * (RAMP_LENGTH - 1));
}

/** Between two colours, as far apart as they look. */
export function mixed(a: string, b: string, share: number): string {
  const parts = [...Uint8ClampedArray.from(rgbOf(mix(labOf(a), labOf(b), share)))];
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function mix(a: Lab, b: Lab, share: number): Lab {
  const at = (i: 0 | 1 | 2) => a[i] + (b[i] - a[i]) * share;
  return [at(0), at(1), at(2)];
}

/** Oklab (Ottosson 2020) of an sRGB colour; grey for what is no `#rrggbb`. */
export function labOf(colour: string): Lab {
  const parts = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(colour);
  const channel = (i: number) => linear(Number.parseInt(parts?.[i] ?? "80", 16) / 255);
  const [r, g, b] = [channel(1), channel(2), channel(3)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function rgbOf([lightness, a, b]: Lab): readonly [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    255 * curved(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    255 * curved(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    255 * curved(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function curved(part: number): number {
  return part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
}
