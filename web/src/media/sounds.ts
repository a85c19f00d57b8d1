/** Sounds on their way, and decoded: read once, played and drawn from the same bytes. */
import type { AudioItem } from "../api/audio";
import { fetchBlob } from "../api/blob";
import { readWav, type Sound } from "../lib/wav";

export interface Loaded {
  /** Where it is played from: a `blob:` address, or the hub's for what is too long to be kept. */
  url: string;
  /** Null: it is played, but too long to be drawn. */
  sound: Sound | null;
}

/** Decoded, a sound takes twice to ten times its bytes. */
const DRAWN_MOST_BYTES = 32e6;
const KEEP = 24;
/** What the browser decodes to where it is no WAV. */
const DECODED_RATE_HZ = 48000;

const kept = new Map<string, Loaded>();

export function peekSound({ url }: AudioItem): Loaded | undefined {
  return kept.get(url);
}

export async function loadSound(item: AudioItem, signal: AbortSignal): Promise<Loaded> {
  const known = kept.get(item.url);
  if (known) return known;
  if (item.bytes > DRAWN_MOST_BYTES) return keep(item.url, { url: item.url, sound: null });
  const blob = await fetchBlob(item.url, signal);
  const sound = await decode(await blob.arrayBuffer());
  return keep(item.url, { url: URL.createObjectURL(new Blob([blob], { type: item.type })), sound });
}

function keep(address: string, loaded: Loaded): Loaded {
  kept.set(address, loaded);
  for (const [old, { url }] of kept) {
    if (kept.size <= KEEP) break;
    kept.delete(old);
    if (url.startsWith("blob:")) URL.revokeObjectURL(url);
  }
  return loaded;
}

async function decode(bytes: ArrayBuffer): Promise<Sound> {
  const wav = readWav(bytes);
  if (wav) return wav;
  const context = new OfflineAudioContext(1, 1, DECODED_RATE_HZ);
  const buffer = await context.decodeAudioData(bytes).catch(() => {
    throw new Error("this browser cannot decode it");
  });
  const channels = Array.from(
    { length: buffer.numberOfChannels },
    (_, i) => new Float32Array(buffer.getChannelData(i)),
  );
  return { sample_rate_hz: buffer.sampleRate, channels, frames: buffer.length, bits: null };
}
