/** Draws sounds: the waveform of each channel, and the spectrogram of them together. */
import { envelope, spectrogram } from "../lib/spectrum";
import type { Sound } from "../lib/wav";
import { fitCanvas } from "./viewer_draw";

const LANES_MOST = 2;
const FLOOR_DB = -90;
/** From silent to loud: dark to light with rising luminance. */
const RAMP: readonly (readonly [number, number, number])[] = [
  [8, 8, 24],
  [64, 18, 92],
  [156, 42, 84],
  [232, 108, 44],
  [250, 220, 120],
];

export function drawWave(canvas: HTMLCanvasElement, sound: Sound, colour: string, line: string): void {
  fitCanvas(canvas);
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  const lanes = sound.channels.slice(0, LANES_MOST);
  const lane = height / Math.max(1, lanes.length);
  for (const [nth, samples] of lanes.entries()) {
    const middle = (nth + 0.5) * lane;
    context.fillStyle = line;
    context.fillRect(0, Math.round(middle), width, 1);
    context.fillStyle = colour;
    const edges = envelope(samples, width);
    for (let x = 0; x < width; x++) {
      const top = middle - clamped(edges[2 * x + 1]) * (lane / 2);
      const bottom = middle - clamped(edges[2 * x]) * (lane / 2);
      context.fillRect(x, top, 1, Math.max(1, bottom - top));
    }
  }
}

function clamped(value: number | undefined): number {
  return Math.min(1, Math.max(-1, value ?? 0));
}

/** Low frequencies are at the bottom. */
export function drawSpectrogram(canvas: HTMLCanvasElement, sound: Sound): void {
  fitCanvas(canvas);
  const context = canvas.getContext("2d");
  if (!context || sound.frames === 0) return;
  const { columns, rows, decibels } = spectrogram(mixed(sound), canvas.width);
  const pixels = new ImageData(columns, rows);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const share = clampShare(1 - (decibels[column * rows + row] ?? FLOOR_DB) / FLOOR_DB);
      pixels.data.set(colourAt(share), 4 * ((rows - 1 - row) * columns + column));
    }
  }
  const whole = document.createElement("canvas");
  whole.width = columns;
  whole.height = rows;
  whole.getContext("2d")?.putImageData(pixels, 0, 0);
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
}

function mixed({ channels, frames }: Sound): Float32Array {
  const [first] = channels;
  if (channels.length === 1 && first) return first;
  const out = new Float32Array(frames);
  for (const samples of channels)
    for (let i = 0; i < frames; i++) out[i] = (out[i] ?? 0) + (samples[i] ?? 0) / channels.length;
  return out;
}

function clampShare(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function colourAt(share: number): [number, number, number, number] {
  const at = share * (RAMP.length - 1);
  const [low, high] = [RAMP[Math.floor(at)], RAMP[Math.ceil(at)]];
  if (!low || !high) return [0, 0, 0, 255];
  const between = at - Math.floor(at);
  const part = (k: 0 | 1 | 2) => low[k] + (high[k] - low[k]) * between;
  return [part(0), part(1), part(2), 255];
}
