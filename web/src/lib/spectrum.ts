/** Spectrograms: how loud each frequency is over time, by short Fourier transforms with a Hann window. */

export interface Spectrogram {
  columns: number;
  /** Frequencies of each column, from 0 to half the sample rate. */
  rows: number;
  /** Decibels relative to a sine of full scale, column by column. */
  decibels: Float32Array<ArrayBuffer>;
}

export const WINDOW = 1024;

/** Windows are spread evenly, however long the sound is; short sounds are surrounded by silence. */
export function spectrogram(samples: Float32Array, columns: number): Spectrogram {
  const rows = WINDOW / 2;
  const decibels = new Float32Array(columns * rows);
  const [re, im] = [new Float64Array(WINDOW), new Float64Array(WINDOW)];
  for (let column = 0; column < columns; column++) {
    const middle = ((column + 0.5) / columns) * samples.length;
    const start = Math.round(middle - WINDOW / 2);
    for (let i = 0; i < WINDOW; i++) {
      re[i] = (samples[start + i] ?? 0) * (HANN[i] ?? 0);
      im[i] = 0;
    }
    transform(re, im);
    for (let row = 0; row < rows; row++) {
      // A sine of full scale has half of the window's sum in its line.
      const size = Math.hypot(re[row] ?? 0, im[row] ?? 0) / (WINDOW / 4);
      decibels[column * rows + row] = 20 * Math.log10(Math.max(size, 1e-12));
    }
  }
  return { columns, rows, decibels };
}

const HANN = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

/** The discrete Fourier transform in place (Cooley and Tukey, radix 2): the length is a power of two. */
export function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
      [im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const angle = (-2 * Math.PI) / size;
    for (let k = 0; k < size / 2; k++) {
      const [cos, sin] = [Math.cos(angle * k), Math.sin(angle * k)];
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const [a, b, c, d] = [re[i] ?? 0, im[i] ?? 0, re[j] ?? 0, im[j] ?? 0];
        const [x, y] = [c * cos - d * sin, c * sin + d * cos];
        re[i] = a + x;
        im[i] = b + y;
        re[j] = a - x;
        im[j] = b - y;
      }
    }
  }
}

/** The lowest and the highest sample of each of so many equal parts, in turn. */
export function envelope(samples: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(2 * columns);
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column / columns) * samples.length);
    const to = Math.max(from + 1, Math.floor(((column + 1) / columns) * samples.length));
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = from; i < to && i < samples.length; i++) {
      const value = samples[i] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    out[2 * column] = Number.isFinite(low) ? low : 0;
    out[2 * column + 1] = Number.isFinite(high) ? high : 0;
  }
  return out;
}
