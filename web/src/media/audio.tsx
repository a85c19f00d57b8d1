/** Audio: the sounds of all visible runs at one step, seen, and played one after the other or together. */
import { type Signal, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type AudioItem, type AudioValue, audioValue, isPlayedType } from "../api/audio";
import type { ValueError } from "../api/values";
import { formatBytes, formatValue, plural } from "../lib/number";
import { Button } from "../parts/button";
import { Segmented } from "../parts/segmented";
import type { Tag } from "../state/board";
import { colours } from "../state/colours";
import { fullName } from "../state/sources";
import { stepOf } from "../state/step";
import type { RunSteps } from "../state/steps";
import type { MediaItemsProps, MediaProps } from "../views/media_card";
import { NothingYet, StepBar } from "../views/step_bar";
import { formatter, loadFormatter } from "./formatter";
import { ALL, Player } from "./player";
import { RunLabel } from "./run_label";
import { saveFiles } from "./save_files";
import { drawSpectrogram, drawWave } from "./sound_draw";
import { type Loaded, loadSound, peekSound } from "./sounds";
import { standing } from "./standing";
import { keyOf, Values } from "./values";

type Look = "wave" | "spectrum" | "both";

interface AudioView {
  look: Signal<Look>;
  player: Player;
  values: Values<AudioValue>;
}

const STRETCH = 8;
const KEEP = 4000;
const LOOKS = [
  ["wave", "waveform"],
  ["spectrum", "spectrogram"],
  ["both", "both"],
] as const;
const SEEK_SHARE = 0.02;

const audio_views = new Map<string, AudioView>();

function audioView(tag: Tag): AudioView {
  let view = audio_views.get(tag.key);
  if (!view) {
    const values = new Values(tag, audioValue, { stretch: STRETCH, keep: KEEP });
    view = { look: signal("both"), player: new Player(), values };
    audio_views.set(tag.key, view);
  }
  return view;
}

/** One sound of one value. */
interface Clip {
  key: string;
  of: RunSteps;
  place: number;
  nth: number;
  count: number;
  item: AudioItem | null;
  error: ValueError | null;
}

const NO_AUDIO: ValueError = { code: "not_audio", message: "what was written here is no audio" };

function clipsNow({ tag, steps }: MediaProps): Clip[] {
  const { values } = audioView(tag);
  return standing(steps.of_runs.value ?? [], stepOf(tag.key)).at.flatMap(({ of, place, nth: nth_value }): Clip[] => {
    const value = values.at({ of, place });
    const base = { key: `${of.run.key}\n${nth_value}\n0`, of, place, nth: 0, count: 1, item: null, error: null };
    if (!value) return [base];
    if (value.error) return [{ ...base, error: value.error }];
    const { items } = value.ok;
    if (items.length === 0) return [{ ...base, error: NO_AUDIO }];
    return items.map((item, nth) => ({
      ...base,
      key: `${of.run.key}\n${nth_value}\n${nth}`,
      nth,
      count: items.length,
      item,
    }));
  });
}

export function AudioBody(props: MediaProps) {
  const { tag, steps, on_screen } = props;
  const { look, player, values } = audioView(tag);
  const clips = clipsNow(props);
  const is_seen = on_screen.value;
  const wanted = clips.map(({ of, place }) => keyOf(of, place)).join("\r");
  useEffect(() => {
    values.want(is_seen ? clips.map(({ of, place }) => ({ of, place })) : []);
  }, [wanted, is_seen]);
  useEffect(
    () => () => {
      values.dispose();
      player.pause();
    },
    [values, player],
  );
  if (steps.of_runs.value === null) return <p class="media-empty card-waiting">reading …</p>;
  return (
    <>
      <StepBar tag={tag} steps={steps} />
      {values.trouble.value !== "" && (
        <p class="media-trouble" role="status">{`not all is here: ${values.trouble.value}`}</p>
      )}
      {player.trouble.value !== "" && (
        <p class="media-trouble" role="status">
          {player.trouble.value}
        </p>
      )}
      <NothingYet tag={tag} steps={steps} />
      {clips.length > 0 && <PlayerBar player={player} several={clips.length > 1} name={tag.tag} />}
      <div class="audio-clips">
        {clips.map((clip) => (
          <ClipRow key={clip.key} clip={clip} step={stepOf(tag.key)} look={look.value} player={player} />
        ))}
      </div>
    </>
  );
}

function PlayerBar({ player, several, name }: { player: Player; several: boolean; name: string }) {
  const is_playing = player.playing.value === ALL;
  return (
    <div class="audio-bar">
      {several && (
        <Button
          label={is_playing ? "stop all" : "play all together"}
          icon={is_playing ? "stop" : "play"}
          class="button-toggle"
          pressed={is_playing}
          onClick={() => player.toggle(ALL)}
          testid="audio-all"
        >
          all together
        </Button>
      )}
      <label class="tool">
        <span class="tool-name">volume</span>
        <input
          type="range"
          class="slider"
          aria-label={`volume of ${name}`}
          min={0}
          max={1}
          step={0.01}
          value={player.volume.value}
          style={{ "--share": player.volume.value }}
          onInput={(event) => player.setVolume(event.currentTarget.valueAsNumber)}
          data-testid="audio-volume"
        />
      </label>
      <span class="quiet">from one to another it goes on at the same place</span>
    </div>
  );
}

interface ClipProps {
  clip: Clip;
  step: number | null;
  look: Look;
  player: Player;
}

function ClipRow({ clip, step, look, player }: ClipProps) {
  const { of, place, item, error } = clip;
  const { loaded, trouble } = useSound(item);
  const told = error ? `${error.code === "damaged" ? "damaged: " : ""}${error.message}` : trouble;
  return (
    <section
      class="audio-clip"
      aria-label={`${fullName(of.run)} at step ${of.step[place]}`}
      data-testid="audio-clip"
      data-run={of.run.name}
    >
      <RunLabel of={of} place={place} wanted={step} more={clip.count > 1 ? `${clip.nth + 1} of ${clip.count}` : ""} />
      {item?.label && <ClipLabel text={item.label} />}
      {told !== "" && (
        <p class="text-trouble" data-testid="audio-trouble">
          {told}
        </p>
      )}
      {loaded && told === "" && <ClipPlayer clip={clip} loaded={loaded} look={look} player={player} />}
      {item && (
        <p class="audio-facts">
          <span data-testid="audio-facts">{factsOf(item, loaded)}</span>
          <a href={item.url} download={clipName("", clip)}>
            save
          </a>
        </p>
      )}
    </section>
  );
}

/** Markdown, without what formats it. */
function ClipLabel({ text }: { text: string }) {
  useEffect(() => void loadFormatter(), []);
  return <p class="audio-label">{formatter.value?.plainText(text) ?? text}</p>;
}

function factsOf(item: AudioItem, loaded: Loaded | null): string {
  const sound = loaded?.sound;
  const rate_hz = sound?.bits ? sound.sample_rate_hz : item.sample_rate;
  const channels = sound?.channels.length ?? item.channels;
  const frames = sound?.bits ? sound.frames : item.frames;
  const length_s = frames && rate_hz ? frames / rate_hz : sound ? sound.frames / sound.sample_rate_hz : null;
  const facts = [
    length_s === null ? "" : `${length_s.toFixed(2)} s`,
    rate_hz ? `${formatValue(rate_hz / 1000)} kHz` : "",
    channels ? plural(channels, "channel") : "",
    sound?.bits ? `${sound.bits} bit` : "",
    formatBytes(item.bytes),
    loaded && !sound ? "too long to be drawn" : "",
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

function useSound(item: AudioItem | null): { loaded: Loaded | null; trouble: string } {
  const [state, setState] = useState<{ url: string; loaded: Loaded | null; trouble: string }>({
    url: "",
    loaded: null,
    trouble: "",
  });
  const url = item?.url ?? "";
  useEffect(() => {
    if (!item) return;
    if (!isPlayedType(item.type)) {
      setState({ url, loaded: null, trouble: `a type that is not played (${item.type})` });
      return;
    }
    const mine = new AbortController();
    loadSound(item, mine.signal).then(
      (loaded) => {
        if (!mine.signal.aborted) setState({ url, loaded, trouble: "" });
      },
      (problem: unknown) => {
        if (mine.signal.aborted) return;
        setState({ url, loaded: null, trouble: problem instanceof Error ? problem.message : String(problem) });
      },
    );
    return () => mine.abort();
  }, [url]);
  const known = item ? peekSound(item) : undefined;
  if (known) return { loaded: known, trouble: "" };
  // The one before stays until the next is there.
  return { loaded: state.loaded, trouble: state.url === url ? state.trouble : "" };
}

interface ClipPlayerProps {
  clip: Clip;
  loaded: Loaded;
  look: Look;
  player: Player;
}

function ClipPlayer({ clip, loaded, look, player }: ClipPlayerProps) {
  const audio = useRef<HTMLAudioElement>(null);
  const { key, of } = clip;
  const is_playing = player.playing.value === key || player.playing.value === ALL;
  useEffect(() => {
    const element = audio.current;
    return element ? player.attach(key, element) : undefined;
  }, [key, player]);
  const name = fullName(of.run);
  return (
    <div class="audio-player">
      <Button
        label={is_playing ? `stop ${name}` : `play ${name}`}
        icon={is_playing ? "stop" : "play"}
        pressed={is_playing}
        onClick={() => player.toggle(player.playing.peek() === ALL ? ALL : key)}
        testid="audio-play"
      />
      {/* biome-ignore lint/a11y/useMediaCaption: a log has no captions */}
      <audio ref={audio} src={loaded.url} preload={loaded.sound ? "auto" : "none"} />
      <SoundPicture
        loaded={loaded}
        look={look}
        player={player}
        colour={colours.value.get(of.run.key) ?? "gray"}
        name={name}
      />
    </div>
  );
}

interface PictureProps {
  loaded: Loaded;
  look: Look;
  player: Player;
  colour: string;
  name: string;
}

/** The sound as it is drawn; a click, a drag or the arrow keys go to a place in it. */
function SoundPicture({ loaded: { sound }, look, player, colour, name }: PictureProps) {
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

function clipName(tag: string, { of, place, nth, count, item }: Clip): string {
  const ending = /wav/.test(item?.type ?? "") ? "wav" : ((item?.type ?? "").split("/")[1] ?? "bin");
  return `${tag && `${tag}_`}${of.run.name}_step${of.step[place]}${count > 1 ? `_${nth}` : ""}.${ending === "octet-stream" ? "bin" : ending}`;
}

export function AudioControls({ tag }: MediaProps) {
  const { look } = audioView(tag);
  return (
    <Segmented
      label={`how the sounds of ${tag.tag} are drawn`}
      value={look.value}
      choices={LOOKS}
      onChange={(next) => {
        look.value = next;
      }}
      testid="audio-look"
    />
  );
}

export function AudioItems(props: MediaItemsProps) {
  const clips = clipsNow(props).filter(({ item }) => item !== null);
  if (clips.length === 0) return null;
  return (
    <button
      type="button"
      class="menu-item"
      data-testid="save-sounds"
      onClick={() => {
        props.done();
        const { tag } = props.tag;
        const files = clips.flatMap((clip) => (clip.item ? [{ name: clipName(tag, clip), url: clip.item.url }] : []));
        saveFiles(tag, files).catch(props.onTrouble);
      }}
    >
      {`Save the ${plural(clips.length, "sound")} of this step`}
    </button>
  );
}
