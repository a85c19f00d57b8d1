/** The pictures of a step, beside each other, each with its run. */
import { useState } from "preact/hooks";
import { type ImageValue, isShownType } from "../api/image";
import { formatCount, plural } from "../lib/number";
import { Button } from "../parts/button";
import type { Tag } from "../state/board";
import { fullName } from "../state/sources";
import { moveStep } from "../state/step";
import type { RunSteps, Steps } from "../state/steps";
import { standsAt } from "../views/step_bar";
import { Picture } from "./picture";
import { RunLabel, RunName } from "./run_label";
import { imageView, type Shot } from "./shots";
import type { Values } from "./values";

const TILES_AT_ONCE = 60;
const LEAST_ASPECT = 0.5;
const MOST_ASPECT = 2;
const GRID_STRETCH = 1.25;

interface Props {
  tag: Tag;
  steps: Steps;
  shots: readonly Shot[];
  not_yet: readonly RunSteps[];
  values: Values<ImageValue>;
}

export function ImageGrid({ tag, steps, shots, not_yet, values }: Props) {
  const [limit, setLimit] = useState(TILES_AT_ONCE);
  const { tile_px, opened } = imageView(tag.key);
  const aspect = aspectOf(shots);
  const step = standsAt(tag.key, steps.all.value);
  const more = shots.length - limit;
  return (
    <>
      <div class="image-grid" style={{ "--tile": `${tile_px.value}px`, "--aspect": String(aspect) }}>
        {shots.slice(0, limit).map((shot) => (
          <figure class="image-tile" key={shot.key} data-testid="image-tile" data-run={shot.of.run.name}>
            <ShotButton
              tag={tag}
              shot={shot}
              place_px={placePx(tile_px.value, aspect)}
              onStale={() => values.forget(shot)}
              onOpen={() => {
                opened.value = shot.key;
              }}
            />
            <figcaption>
              <RunLabel
                of={shot.of}
                place={shot.place}
                wanted={step}
                more={shot.samples > 1 ? `${shot.sample + 1} of ${shot.samples}` : ""}
              />
            </figcaption>
          </figure>
        ))}
      </div>
      {more > 0 && (
        <button type="button" class="button button-plain section-more" onClick={() => setLimit(limit + TILES_AT_ONCE)}>
          {`Show ${Math.min(more, TILES_AT_ONCE)} more of ${shots.length}`}
        </button>
      )}
      {not_yet.length > 0 && <NotYet tag={tag} runs={not_yet} />}
    </>
  );
}

interface ShotProps {
  tag: Tag;
  shot: Shot;
  place_px: number;
  moves?: boolean;
  onStale: () => void;
  onOpen: () => void;
}

/** Opens the viewer, where there is something to look at. */
export function ShotButton({ tag, shot, place_px, moves = true, onStale, onOpen }: ShotProps) {
  const step = shot.of.step[shot.place] ?? Number.NaN;
  const nth = shot.samples > 1 ? `, sample ${shot.sample + 1}` : "";
  const name = `${tag.tag} of ${fullName(shot.of.run)} at step ${formatCount(step)}${nth}`;
  const seen = shot.item ?? shot.meanwhile;
  const picture = (
    <Picture
      item={seen}
      is_late={shot.item === null}
      error={shot.error}
      place_px={place_px}
      alt={name}
      moves={moves}
      onStale={onStale}
    />
  );
  // What is not shown is a link, which may not stand in a button.
  if (seen === null || !isShownType(seen.type)) return <div class="image-place">{picture}</div>;
  return (
    <button
      type="button"
      class="image-place image-opens"
      aria-label={`look at ${name}`}
      onClick={onOpen}
      data-testid="image-open"
    >
      {picture}
    </button>
  );
}

/** Of the first picture whose size is known: all places have one shape, so that nothing jumps. */
export function aspectOf(shots: readonly Shot[]): number {
  for (const shot of shots) {
    const item = shot.item ?? shot.meanwhile;
    if (item?.width && item.height) return Math.min(MOST_ASPECT, Math.max(LEAST_ASPECT, item.width / item.height));
  }
  return 1;
}

/** The longer side of a place in the grid, whose columns may be somewhat wider than they were asked to be. */
export function placePx(tile_px: number, aspect: number): number {
  return GRID_STRETCH * tile_px * Math.max(1, 1 / aspect);
}

function NotYet({ tag, runs }: { tag: Tag; runs: readonly RunSteps[] }) {
  return (
    <ul class="not-yet" aria-label="runs that have nothing at this step yet">
      {runs.slice(0, 6).map((of) => {
        const first = of.step[0] ?? 0;
        return (
          <li key={of.run.key}>
            <RunName of={of} />
            <span class="quiet">{"nothing yet · "}</span>
            <Button
              label={`go to step ${formatCount(first)}, the first of ${fullName(of.run)}`}
              class="button-link"
              onClick={() => moveStep(tag.key, first)}
            >
              {`first at ${formatCount(first)}`}
            </Button>
          </li>
        );
      })}
      {runs.length > 6 && <li class="quiet">{`and ${plural(runs.length - 6, "run")} more`}</li>}
    </ul>
  );
}
