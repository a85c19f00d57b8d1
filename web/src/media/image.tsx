/** Images: the pictures of all visible runs at one step, or those of many steps. */
import { useEffect, useMemo } from "preact/hooks";
import { type ImageValue, imageValue, isShownType } from "../api/image";
import { plural } from "../lib/number";
import { Button } from "../parts/button";
import { Segmented } from "../parts/segmented";
import { stepOf } from "../state/step";
import type { RunSteps } from "../state/steps";
import type { MediaItemsProps, MediaProps } from "../views/media_card";
import { NothingYet, StepBar } from "../views/step_bar";
import { aspectOf, ImageGrid, placePx } from "./image_grid";
import { ImageStrip } from "./image_strip";
import { ImageViewer } from "./image_viewer";
import { addressAt } from "./picture";
import { pictures } from "./pictures";
import { saveShots } from "./save_shots";
import { imageView, type Shot, samplesOf, shotsAt, shotsSeen, TILE_PX } from "./shots";
import { type Stand, standing } from "./standing";
import { Values, type Wish } from "./values";

const STRETCH = 16;
const KEEP = 8000;
/** Of more runs the next pictures come when they are wanted. */
const AHEAD_MOST = 24;
const MODES = [
  ["step", "at a step"],
  ["steps", "over steps"],
] as const;

const stores = new Map<string, Values<ImageValue>>();

/** What a card has read; it outlives the card's being on screen, as far as there is room. */
function valuesOf({ tag }: MediaProps): Values<ImageValue> {
  let values = stores.get(tag.key);
  if (!values) {
    values = new Values(tag, imageValue, { stretch: STRETCH, keep: KEEP });
    stores.set(tag.key, values);
  }
  return values;
}

/** What is seen at the card's step. */
function shotsNow(props: MediaProps): { shots: Shot[]; at: Stand[]; not_yet: RunSteps[] } {
  const values = valuesOf(props);
  const { sample } = imageView(props.tag.key);
  const { at, not_yet } = standing(props.steps.of_runs.value ?? [], stepOf(props.tag.key));
  return { shots: at.flatMap((stand) => shotsSeen(values, stand, sample.value)), at, not_yet };
}

export function ImageBody(props: MediaProps) {
  const { tag, steps, on_screen } = props;
  const values = useMemo(() => valuesOf(props), [tag.key]);
  const view = imageView(tag.key);
  const { shots, at, not_yet } = shotsNow(props);
  const is_seen = on_screen.value;
  const shows_step = view.mode.value === "step" || view.opened.value !== null;
  const where = at.map(({ of, place }) => `${of.run.key} ${place} ${of.step.length}`).join("\n");

  useEffect(() => () => values.dispose(), [values]);
  useEffect(() => {
    values.want(is_seen && shows_step ? wishesAround(at) : []);
  }, [where, is_seen, shows_step]);
  const place_px = placePx(view.tile_px.value, aspectOf(shots));
  useFetchedAhead(values, at, view.sample.value, place_px, is_seen && shows_step);

  if (steps.of_runs.value === null) return <p class="media-empty card-waiting">reading …</p>;
  return (
    <>
      <StepBar tag={tag} steps={steps} isWaiting={() => document.querySelector(busyIn(tag.key)) !== null} />
      {values.trouble.value !== "" && (
        <p class="media-trouble" role="status">{`not all is here: ${values.trouble.value}`}</p>
      )}
      {view.mode.value === "steps" ? (
        <ImageStrip tag={tag} steps={steps} values={values} on_screen={on_screen} />
      ) : (
        <>
          <NothingYet tag={tag} steps={steps} />
          <ImageGrid tag={tag} steps={steps} shots={shots} not_yet={at.length > 0 ? not_yet : []} values={values} />
        </>
      )}
      {view.opened.value !== null && (
        <ImageViewer
          tag={tag}
          steps={steps}
          shots={shots}
          first={view.opened.value}
          onClose={() => {
            view.opened.value = null;
          }}
        />
      )}
    </>
  );
}

function busyIn(card: string): string {
  return `[data-card="${CSS.escape(card)}"] .picture-busy`;
}

/** First what is seen, then what comes next, forward and back. */
function wishesAround(at: readonly Stand[]): Wish[] {
  return [...at, ...besides(at)];
}

function besides(at: readonly Stand[]): Stand[] {
  return [1, -1].flatMap((by) =>
    at.map((stand) => ({ ...stand, place: stand.place + by })).filter(({ of, place }) => of.step[place] !== undefined),
  );
}

/** The pictures of the next steps are on their way while this one is looked at. */
function useFetchedAhead(
  values: Values<ImageValue>,
  at: readonly Stand[],
  sample: number | null,
  place_px: number,
  is_on: boolean,
): void {
  const next = is_on ? besides(at.slice(0, AHEAD_MOST)).flatMap((stand) => shotsAt(values, stand, sample)) : [];
  const addresses = next.flatMap(({ item }) =>
    item && isShownType(item.type) ? [addressAt(item, place_px, true)] : [],
  );
  useEffect(() => {
    const mine = new AbortController();
    for (const address of addresses) pictures.load(address, 1, mine.signal).catch(() => {});
    return () => mine.abort();
  }, [addresses.join("\n")]);
}

export function ImageControls(props: MediaProps) {
  const view = imageView(props.tag.key);
  const samples = samplesOf(shotsNow(props).shots);
  const size = TILE_PX.indexOf(view.tile_px.value);
  const resize = (by: number) => {
    view.tile_px.value = TILE_PX[size + by] ?? view.tile_px.value;
  };
  return (
    <>
      {samples > 1 && <SampleChoice samples={samples} card={props.tag.key} />}
      <Segmented
        label={`which images of ${props.tag.tag}`}
        value={view.mode.value}
        choices={MODES}
        onChange={(mode) => {
          view.mode.value = mode;
        }}
        testid="image-mode"
      />
      <Button label="smaller" icon="smaller" disabled={size <= 0} onClick={() => resize(-1)} testid="image-smaller" />
      <Button
        label="larger"
        icon="larger"
        disabled={size >= TILE_PX.length - 1}
        onClick={() => resize(1)}
        testid="image-larger"
      />
    </>
  );
}

function SampleChoice({ samples, card }: { samples: number; card: string }) {
  const { sample } = imageView(card);
  const now = sample.value;
  return (
    <select
      class="choice"
      aria-label="samples"
      value={now === null ? "all" : String(Math.min(now, samples - 1))}
      onChange={(event) => {
        const { value } = event.currentTarget;
        sample.value = value === "all" ? null : Number(value);
      }}
      data-testid="image-sample"
    >
      <option value="all">{`all ${samples} samples`}</option>
      {Array.from({ length: samples }, (_, nth) => (
        <option key={nth} value={String(nth)}>{`sample ${nth + 1} of ${samples}`}</option>
      ))}
    </select>
  );
}

export function ImageItems(props: MediaItemsProps) {
  const { shots } = shotsNow(props);
  const savable = shots.filter(({ item }) => item !== null);
  if (savable.length === 0) return null;
  return (
    <button
      type="button"
      class="menu-item"
      data-testid="save-images"
      onClick={() => {
        props.done();
        saveShots(props.tag.tag, savable).catch(props.onTrouble);
      }}
    >
      {`Save the ${plural(savable.length, "image")} of this step`}
    </button>
  );
}
