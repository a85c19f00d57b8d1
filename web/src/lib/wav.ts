/** WAV files: PCM of 8, 16, 24 and 32 bits and floating point, at their own sample rate, which a browser's decoder would change. Format: RIFF/WAVE, Microsoft's mmreg.h. */

export interface Sound {
  sample_rate_hz: number;
  /** Of each channel as many numbers as there are frames, full scale is -1 to 1. */
  channels: Float32Array<ArrayBuffer>[];
  frames: number;
  /** Of a sample as it was written; null: a compressed format. */
  bits: number | null;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const MOST_CHANNELS = 64;

interface Format {
  code: number;
  channels: number;
  sample_rate_hz: number;
  bits: number;
}

/** Null: no WAV file, or one of a format that is not read here. A file that is shorter than it says is read as far as it goes. */
export function readWav(bytes: ArrayBuffer): Sound | null {
  const view = new DataView(bytes);
  if (view.byteLength < 12 || name(view, 0) !== "RIFF" || name(view, 8) !== "WAVE") return null;
  let format: Format | null = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    const length = Math.min(size, view.byteLength - start);
    if (name(view, at) === "fmt ") format = readFormat(view, start, length);
    if (name(view, at) === "data") return format && readData(view, start, length, format);
    // Chunks begin at even places.
    at = start + size + (size % 2);
  }
  return null;
}

function readFormat(view: DataView, at: number, length: number): Format | null {
  if (length < 16) return null;
  let code = view.getUint16(at, true);
  // The true code is the beginning of a longer name.
  if (code === EXTENSIBLE && length >= 26) code = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  const is_known = (code === PCM && [8, 16, 24, 32].includes(bits)) || (code === FLOAT && (bits === 32 || bits === 64));
  if (!is_known || channels < 1 || channels > MOST_CHANNELS) return null;
  return { code, channels, bits, sample_rate_hz: view.getUint32(at + 4, true) };
}

function readData(view: DataView, at: number, length: number, { code, channels, bits, sample_rate_hz }: Format): Sound {
  const width = bits / 8;
  const frames = Math.floor(length / (width * channels));
  const sampleAt = reader(view, code, bits);
  const found = Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0; i < frames; i++) samples[i] = sampleAt(at + (i * channels + channel) * width);
    return samples;
  });
  return { sample_rate_hz, channels: found, frames, bits };
}

function reader(view: DataView, code: number, bits: number): (at: number) => number {
  if (code === FLOAT) return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (at) => view.getInt16(at, true) / 2 ** 15;
  if (bits === 24) return (at) => (view.getUint8(at) | (view.getInt16(at + 1, true) << 8)) / 2 ** 23;
  return (at) => view.getInt32(at, true) / 2 ** 31;
}

function name(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
