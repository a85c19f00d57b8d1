/** Pictures over many steps: a row for each run, a column for each step; only what is in view is there. */
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ImageValue } from "../api/image";
import { formatCount } from "../lib/number";
import { lastAtOrBefore } from "../lib/sorted";
import type { Tag } from "../state/board";
import { moveStep, stepOf } from "../state/step";
import { placeAt, type RunSteps, type Steps } from "../state/steps";
import { aspectOf, ShotButton } from "./image_grid";
import { Age, RunName } from "./run_label";
import { imageView, type Shot, shotsAt } from "./shots";
import { scrollTo, stripView } from "./strip";
import type { Values, Wish } from "./values";

interface Props {
  tag: Tag;
  steps: Steps;
  values: Values<ImageValue>;
  on_screen: ReadonlySignal<boolean>;
}

const MARGIN = 2;
const GAP_PX = 4;
const NAME_PX = 20;
const CAPTION_PX = 18;
const HEIGHT_MOST_PX = 640;

export function ImageStrip({ tag, steps, values, on_screen }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ left: 0, top: 0, width: 0, height: 0 });
  const { tile_px, sample, opened } = imageView(tag.key);
  const all = steps.all.value;
  const runs = steps.of_runs.value ?? [];
  const nth = sample.value ?? 0;
  const step = stepOf(tag.key);
  const column = step === null ? all.length - 1 : Math.max(0, lastAtOrBefore(all, step));
  const column_px = tile_px.value + GAP_PX;
  const view = stripView(all.length, column_px, scroll.left, scroll.width, MARGIN);
  const columns = all.slice(view.from, view.to);
  const aspect = useAspect(runs.flatMap((of) => shotsIn(values, of, columns, nth)));
  const row_px = Math.round(tile_px.value / aspect) + NAME_PX + CAPTION_PX;
  const rows = rowsIn(runs, row_px, scroll.top, scroll.height);
  const seen = rows.map(({ of }) => of.run.key).join("\n");
  const is_on = on_screen.value;

  const measure = () => {
    const element = host.current;
    if (!element) return;
    const { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = element;
    setScroll({ left, top, width, height });
  };
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const sized = new ResizeObserver(measure);
    sized.observe(element);
    return () => sized.disconnect();
  }, []);
  // The step that the board stands at is brought into view, from wherever it was moved.
  useLayoutEffect(() => {
    const element = host.current;
    if (!element || all.length === 0) return;
    element.scrollLeft = scrollTo(all.length, column_px, column, element.clientWidth);
    measure();
  }, [column, all.length, column_px]);
  useEffect(() => {
    const wishes: Wish[] = [];
    for (const { of } of rows) {
      for (const each of columns) {
        const place = exactly(of, each);
        if (place >= 0) wishes.push({ of, place });
      }
    }
    values.want(is_on ? wishes : [], "strip");
  }, [seen, view.from, view.to, is_on, all.length]);
  useEffect(() => () => values.want([], "strip"), [values]);

  return (
    <div
      class="image-strip"
      ref={host}
      onScroll={measure}
      style={{ "--strip-height": `${Math.min(HEIGHT_MOST_PX, runs.length * row_px + 16)}px` }}
      data-testid="image-strip"
    >
      <div class="image-strip-whole" style={{ width: `${view.whole_px}px`, height: `${runs.length * row_px}px` }}>
        {rows.map(({ of, top_px }) => (
          <div class="image-strip-row" key={of.run.key} style={{ top: `${top_px}px`, height: `${row_px}px` }}>
            <div class="image-strip-name">
              <RunName of={of} />
            </div>
            {columns.map((each, i) => (
              <Cell
                key={each}
                tag={tag}
                shot={shotIn(values, of, each, nth)}
                step={each}
                is_current={view.from + i === column}
                left_px={view.left_px + i * column_px}
                tile_px={tile_px.value}
                aspect={aspect}
                onStale={(shot) => values.forget(shot)}
                onOpen={(shot) => {
                  moveStep(tag.key, view.from + i === all.length - 1 ? null : each);
                  opened.value = shot.key;
                }}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface CellProps {
  tag: Tag;
  shot: Shot | null;
  step: number;
  is_current: boolean;
  left_px: number;
  tile_px: number;
  aspect: number;
  onStale: (shot: Shot) => void;
  onOpen: (shot: Shot) => void;
}

function Cell({ tag, shot, step, is_current, left_px, tile_px, aspect, onStale, onOpen }: CellProps) {
  return (
    <div
      class={is_current ? "image-cell image-cell-current" : "image-cell"}
      style={{ left: `${left_px}px`, "--tile": `${tile_px}px`, "--aspect": String(aspect) }}
      data-testid="image-cell"
      data-step={step}
    >
      {shot ? (
        <ShotButton
          tag={tag}
          shot={shot}
          moves={false}
          place_px={tile_px * Math.max(1, 1 / aspect)}
          onStale={() => onStale(shot)}
          onOpen={() => onOpen(shot)}
        />
      ) : (
        <div class="image-place image-none" title="this run has none at this step" />
      )}
      <span class="image-cell-step">
        {formatCount(step)}
        {shot && <Age of={shot.of} place={shot.place} />}
      </span>
    </div>
  );
}

/** The place of a run's last value at exactly this step; -1 where it has none. */
function exactly(of: RunSteps, step: number): number {
  const place = placeAt(of.step, step);
  return of.step[place] === step ? place : -1;
}

function shotIn(values: Values<ImageValue>, of: RunSteps, step: number, sample: number): Shot | null {
  const place = exactly(of, step);
  return place < 0 ? null : (shotsAt(values, { of, place, nth: 0 }, sample)[0] ?? null);
}

function shotsIn(values: Values<ImageValue>, of: RunSteps, steps: readonly number[], sample: number): Shot[] {
  return steps.flatMap((step) => shotIn(values, of, step, sample) ?? []);
}

/** Once it is known it stays: the rows do not change their height while they are scrolled. */
function useAspect(shots: readonly Shot[]): number {
  const known = useRef<number | null>(null);
  if (known.current === null && shots.some(({ item }) => item?.width && item.height)) known.current = aspectOf(shots);
  return known.current ?? 1;
}

function rowsIn(
  runs: readonly RunSteps[],
  row_px: number,
  top_px: number,
  height_px: number,
): { of: RunSteps; top_px: number }[] {
  const from = Math.max(0, Math.floor(top_px / row_px) - 1);
  const to = Math.ceil((top_px + height_px) / row_px) + 1;
  return runs.slice(from, to).map((of, i) => ({ of, top_px: (from + i) * row_px }));
}
