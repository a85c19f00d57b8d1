/**
 * Finds the run colours of src/lib/palette.ts: `node tools/palette.mjs` prints the list.
 *
 * Greedy farthest point over a grid of OKLCH colours: each next pair (light page, dark page) is the one whose nearest
 * already chosen neighbour is farthest away in OKLab, for normal vision and for the three simulated dichromacies.
 * OKLab: "A perceptual color space for image processing" (2020). Dichromacy: "A physiologically-based model for
 * simulation of color vision deficiency" (IEEE TVCG 2009), severity 1.
 */
const COUNT = 32;
const CLEAR = 16;
// The first eight go round the hues by name (blue, orange, green, pink, violet, cyan, red, gold): easy to speak of.
const FIRST = [
  { hue: 256, lightness: 0.5 },
  { hue: 54, lightness: 0.5 },
  { hue: 152, lightness: 0.5 },
  { hue: 350, lightness: 0.4 },
  { hue: 300, lightness: 0.4 },
  { hue: 214, lightness: 0.5 },
  { hue: 24, lightness: 0.5 },
  { hue: 88, lightness: 0.5 },
];
const FIRST_HUE_WINDOW = 10;
const LIGHT_PAPER = [251, 251, 250];
const DARK_PAPER = [20, 20, 19];
const VISIONS = [
  { weight: 1.0, matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
  {
    weight: 1.8,
    matrix: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  },
  { weight: 1.8, matrix: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881] },
  { weight: 2.4, matrix: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039] },
];

const gamma = (c) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

function oklchToLinear(l, c, hue) {
  const a = c * Math.cos((hue * Math.PI) / 180);
  const b = c * Math.sin((hue * Math.PI) / 180);
  const L = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const M = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const S = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * L - 3.3077115913 * M + 0.2309699292 * S,
    -1.2684380046 * L + 2.6097574011 * M - 0.3413193965 * S,
    -0.0041960863 * L - 0.7034186147 * M + 1.707614701 * S,
  ];
}

function linearToOklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const seen = (m, [r, g, b]) => [0, 3, 6].map((i) => Math.min(1, Math.max(0, m[i] * r + m[i + 1] * g + m[i + 2] * b)));

function colour(l, wantedChroma, hue) {
  for (let c = wantedChroma; c > 0.05; c -= 0.004) {
    const rgb = oklchToLinear(l, c, hue);
    if (rgb.every((x) => x >= -0.0005 && x <= 1.0005)) {
      const bytes = rgb.map((x) => Math.round(255 * gamma(Math.min(1, Math.max(0, x)))));
      const exact = bytes.map((x) => linear(x / 255));
      return { bytes, c, luminance: luminance(exact), views: VISIONS.map((v) => linearToOklab(seen(v.matrix, exact))) };
    }
  }
  return null;
}

const paperLuminance = (paper) => luminance(paper.map((x) => linear(x / 255)));
const candidates = [];
for (let hue = 0; hue < 360; hue += 4) {
  for (const [light, dark] of [
    [0.38, 0.6],
    [0.46, 0.68],
    [0.53, 0.74],
    [0.6, 0.8],
    [0.67, 0.87],
  ]) {
    for (const chroma of [0.09, 0.135, 0.18]) {
      const pair = [colour(light, chroma, hue), colour(dark, chroma * 0.92, hue)];
      if (pair.some((p) => p === null || p.c < chroma * 0.72)) continue;
      if (contrast(pair[0].luminance, paperLuminance(LIGHT_PAPER)) < 3.05) continue;
      if (contrast(pair[1].luminance, paperLuminance(DARK_PAPER)) < 4.5) continue;
      candidates.push({ hue, light, chroma, pair });
    }
  }
}

function distance(a, b) {
  let least = Infinity;
  for (const page of [0, 1]) {
    for (let v = 0; v < VISIONS.length; v++) {
      const p = a.pair[page].views[v];
      const q = b.pair[page].views[v];
      least = Math.min(least, VISIONS[v].weight * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
    }
  }
  return least;
}

// Blue first: the colour all kinds of vision tell best from the rest.
const first = candidates.filter((c) => Math.abs(c.hue - 256) < 5 && c.light === 0.53 && c.chroma > 0.13).at(-1);
const chosen = [first];
const nearest = candidates.map((c) => distance(c, first));
while (chosen.length < COUNT) {
  // The first ones are clear colours; the dull and the very dark come when those are used up.
  const wanted = FIRST[chosen.length];
  const named = (c) => !wanted || (c.light > wanted.lightness && Math.abs(c.hue - wanted.hue) <= FIRST_HUE_WINDOW);
  const clear = (c) => named(c) && (chosen.length >= CLEAR || (c.chroma > 0.12 && c.light > 0.4));
  const best = nearest.reduce((at, d, i) => (clear(candidates[i]) && d > (nearest[at] ?? 0) ? i : at), -1);
  chosen.push({ ...candidates[best], gap: nearest[best] });
  candidates.forEach((c, i) => {
    nearest[i] = Math.min(nearest[i], distance(c, candidates[best]));
  });
}

const hex = (bytes) => `#${bytes.map((b) => b.toString(16).padStart(2, "0")).join("")}`;
for (const { pair, gap, hue } of chosen) {
  console.log(`  ["${hex(pair[0].bytes)}", "${hex(pair[1].bytes)}"], // hue ${hue}, gap ${(gap ?? 0).toFixed(3)}`);
}
