/** A sound as it is drawn, with the place that is heard. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Player } from "./player";
import { drawSpectrogram, drawWave } from "./sound_draw";
import type { Loaded } from "./sounds";

export type Look = "wave" | "spectrum" | "both";

const SEEK_SHARE = 0.02;

interface PictureProps {
  loaded: Loaded;
  look: Look;
  player: Player;
  colour: string;
  name: string;
}

/** The sound as it is drawn; a click, a drag or the arrow keys go to a place in it. */
export function SoundPicture({ loaded: { sound }, look, player, colour, name }: PictureProps) {
  const wave = useRef<HTMLCanvasElement>(null);
  const spectrum = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const sized = new ResizeObserver(() => setWidth(element.clientWidth));
    sized.observe(element);
    return () => sized.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (!sound || width === 0) return;
    const line = getComputedStyle(document.documentElement).getPropertyValue("--line-strong");
    if (wave.current) drawWave(wave.current, sound, colour, line);
  }, [sound, look, colour, width]);
  useLayoutEffect(() => {
    if (sound && width > 0 && spectrum.current) drawSpectrogram(spectrum.current, sound);
  }, [sound, look, width]);
  if (!sound) return null;
  const length_s = sound.frames / sound.sample_rate_hz;
  const seek = (event: PointerEvent) => {
    const box = host.current?.getBoundingClientRect();
    if (box) player.seek(((event.clientX - box.left) / box.width) * length_s);
  };
  const position_s = Math.min(player.position_s.value, length_s);
  return (
    <div
      class="audio-picture"
      ref={host}
      role="slider"
      tabIndex={0}
      aria-label={`place in the sound of ${name}`}
      aria-valuemin={0}
      aria-valuemax={length_s}
      aria-valuenow={position_s}
      aria-valuetext={`${position_s.toFixed(2)} of ${length_s.toFixed(2)} seconds`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seek(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) seek(event);
      }}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -SEEK_SHARE, ArrowRight: SEEK_SHARE }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        player.seek(Math.min(length_s, player.position_s.peek() + by * length_s));
      }}
      data-testid="audio-picture"
    >
      {look !== "spectrum" && <canvas class="audio-wave" ref={wave} />}
      {look !== "wave" && <canvas class="audio-spectrum" ref={spectrum} />}
      {length_s > 0 && <span class="audio-head" style={{ "--at": position_s / length_s }} />}
      <output class="audio-time">{`${position_s.toFixed(2)} / ${length_s.toFixed(2)} s`}</output>
    </div>
  );
}
