/** The viewer over the board: pictures at any size, side by side or one against the other, and the values of their pixels. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatCount } from "../lib/number";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import type { Tag } from "../state/board";
import { colours } from "../state/colours";
import { fullName } from "../state/sources";
import type { Steps } from "../state/steps";
import { StepBar, stepBy } from "../views/step_bar";
import { type Adjustment, AS_IT_IS, difference } from "./adjust";
import { Loupe } from "./loupe";
import { type Original, pixelsOf } from "./originals";
import { FIT, type PanZoom, panned, zoomedAbout } from "./pan_zoom";
import { saveShots } from "./save_shots";
import { type Shot, valueKey } from "./shots";
import { type Seen, useOriginals } from "./use_originals";
import type { Layer } from "./viewer_draw";
import { alone, ViewerPane } from "./viewer_pane";
import { ViewerTools, type ViewMode } from "./viewer_tools";

interface Props {
  tag: Tag;
  steps: Steps;
  /** All that is to be seen at the card's step. */
  shots: readonly Shot[];
  /** The key of the one that was clicked. */
  first: string;
  onClose: () => void;
}

const FLICKER_MS = 600;
const KEY_FACTOR = 1.5;
const KEY_PAN_SHARE = 0.1;
const FAR = 10;

export function ImageViewer({ tag, steps, shots, first, onClose }: Props) {
  const [chosen, setChosen] = useState<readonly string[]>([first]);
  const [held, setHeld] = useState<readonly Shot[]>([]);
  const [mode, setMode] = useState<ViewMode>("side");
  const [view, setView] = useState<PanZoom>(FIT);
  const [adjustment, setAdjustment] = useState<Adjustment>(AS_IT_IS);
  const [split, setSplit] = useState(0.5);
  const [is_swapped, setSwapped] = useState(false);
  const [point, setPoint] = useState<{ x: number; y: number } | null>(null);
  const [trouble, setTrouble] = useState("");
  const stage = useRef<HTMLDivElement>(null);

  const all = [...held, ...shots];
  const picked = chosen.flatMap((key) => all.find((shot) => shot.key === key) ?? []);
  const wanted = mode === "side" ? picked : pairOf(picked, all);
  const seen = useOriginals(wanted);
  const leader = seen.find(({ original }) => original)?.original ?? null;
  const [a, b] = seen;

  // After the dialog has opened, so that the keys are the viewer's.
  useEffect(() => stage.current?.focus(), []);
  useEffect(() => {
    if (mode !== "flicker" || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const timer = setInterval(() => setSwapped((was) => !was), FLICKER_MS);
    return () => clearInterval(timer);
  }, [mode]);

  const pane = () => {
    const canvas = stage.current?.querySelector("canvas");
    return { width: canvas?.width ?? 1, height: canvas?.height ?? 1 };
  };
  const zoomBy = (factor: number) => {
    const { width, height } = pane();
    if (leader) setView(zoomedAbout(view, factor, { x: width / 2, y: height / 2 }, leader, { width, height }));
  };
  const pan = (x: number, y: number) => {
    const { width, height } = pane();
    if (leader) setView(panned(view, x * width, y * height, leader, { width, height }));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    const all_steps = steps.all.peek();
    const along = (x: number, y: number, by: number) => () =>
      event.shiftKey || by === 0 ? pan(x * KEY_PAN_SHARE, y * KEY_PAN_SHARE) : stepBy(tag.key, all_steps, by);
    const actions: Record<string, () => void> = {
      ArrowLeft: along(1, 0, -1),
      ArrowRight: along(-1, 0, 1),
      ArrowUp: along(0, 1, 0),
      ArrowDown: along(0, -1, 0),
      PageUp: () => stepBy(tag.key, all_steps, -FAR),
      PageDown: () => stepBy(tag.key, all_steps, FAR),
      "+": () => zoomBy(KEY_FACTOR),
      "=": () => zoomBy(KEY_FACTOR),
      "-": () => zoomBy(1 / KEY_FACTOR),
      "0": () => setView(FIT),
      "1": () => setView({ ...view, zoom: 1 }),
      x: () => setSwapped(!is_swapped),
    };
    const action = actions[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  };
  const toggle = (key: string) => {
    const next = chosen.includes(key) ? chosen.filter((each) => each !== key) : [...chosen, key];
    if (next.length > 0) setChosen(next);
  };
  const save = (which: readonly Shot[]) => {
    setTrouble("");
    saveShots(tag.tag, which).catch((problem: unknown) => setTrouble(`not saved: ${String(problem)}`));
  };
  const hold = () => {
    const kept = picked
      .filter(({ item }) => item)
      .map((shot) => ({ ...shot, key: `held\n${valueKey(shot)}\n${shot.sample}` }));
    const fresh = kept.filter(({ key }) => !held.some((shot) => shot.key === key));
    setHeld([...held, ...fresh]);
    setChosen([...chosen, ...fresh.map(({ key }) => key)]);
  };

  return (
    <Dialog label={tag.tag} class="viewer" onClose={onClose} testid="viewer">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys of the viewer, wherever in it the focus is */}
      <div class="viewer-body" onKeyDown={onKey}>
        <ViewerTools
          mode={mode}
          onMode={(next) => {
            setMode(next);
            setSwapped(false);
          }}
          may_compare={all.length > 1}
          zoom={view.zoom}
          onZoom={(zoom) => (typeof zoom === "number" ? setView({ ...view, zoom }) : setView(FIT))}
          onZoomBy={zoomBy}
          adjustment={adjustment}
          onAdjust={setAdjustment}
          onHold={hold}
          onSave={() => save(wanted)}
          onSaveAll={shots.length > 1 ? () => save(shots) : null}
        />
        {/* biome-ignore lint/a11y/useSemanticElements: no set of fields */}
        <div
          class="viewer-stage"
          ref={stage}
          role="group"
          aria-label="pictures; plus and minus zoom, 0 fits, 1 is the actual size, the arrow keys go through the steps, with Shift they move"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the viewer need its focus
          tabIndex={0}
          data-mode={mode}
          data-busy={seen.some(({ is_busy }) => is_busy) ? "true" : undefined}
        >
          {mode === "side" || !a || !b ? (
            seen.map((each) => (
              <Pane
                key={each.shot.key}
                {...{ seen: each, leader, view, adjustment }}
                onView={setView}
                onPoint={setPoint}
              />
            ))
          ) : (
            <Against
              {...{ mode, a, b, split, is_swapped, leader, view, adjustment }}
              onSplit={setSplit}
              onView={setView}
              onPoint={setPoint}
            />
          )}
        </div>
        {trouble !== "" && (
          <p class="media-trouble" role="status">
            {trouble}
          </p>
        )}
        <footer class="viewer-foot">
          <StepBar tag={tag} steps={steps} />
          <ul class="viewer-shots" aria-label="what is shown">
            {all.map((shot) => (
              <li key={shot.key}>
                <ShotChip
                  shot={shot}
                  place={markOf(mode, wanted, shot)}
                  onToggle={() => toggle(shot.key)}
                  is_on={chosen.includes(shot.key)}
                />
              </li>
            ))}
          </ul>
          <div class="viewer-loupes" aria-live="off">
            {point === null ? (
              <p class="quiet">point at a pixel to see its values</p>
            ) : (
              seen.flatMap(({ shot, original }) =>
                original && point.x < original.width && point.y < original.height
                  ? [
                      <Loupe
                        key={shot.key}
                        name={fullName(shot.of.run)}
                        colour={colourOf(shot)}
                        original={original}
                        x={point.x}
                        y={point.y}
                      />,
                    ]
                  : [],
              )
            )}
          </div>
        </footer>
      </div>
    </Dialog>
  );
}

interface PaneProps {
  seen: Seen;
  leader: Original | null;
  view: PanZoom;
  adjustment: Adjustment;
  onView: (view: PanZoom) => void;
  onPoint: (pixel: { x: number; y: number } | null) => void;
}

function Pane({ seen: { shot, original, trouble, is_busy }, leader, view, adjustment, onView, onPoint }: PaneProps) {
  const layers = useMemo(() => (original ? alone(original) : []), [original]);
  return (
    <ViewerPane
      label={nameOf(shot)}
      layers={layers}
      view={view}
      leader={leader ?? { width: 1, height: 1 }}
      adjustment={adjustment}
      onView={onView}
      onPoint={onPoint}
    >
      <PaneName shot={shot} original={original} />
      {trouble !== "" && <p class="viewer-trouble">{trouble}</p>}
      {is_busy && <span class="picture-busy" />}
    </ViewerPane>
  );
}

interface AgainstProps extends Omit<PaneProps, "seen"> {
  mode: ViewMode;
  a: Seen;
  b: Seen;
  split: number;
  is_swapped: boolean;
  onSplit: (share: number) => void;
}

/** Two pictures in one pane. */
function Against({ mode, a, b, split, is_swapped, onSplit, leader, ...rest }: AgainstProps) {
  const [one, two] = [a.original, b.original];
  const apart = useMemo(() => (mode === "difference" && one && two ? apartOf(one, two) : null), [mode, one, two]);
  const layers = useMemo((): Layer[] => {
    if (!one || !two) return [];
    if (mode === "flicker") return alone(is_swapped ? two : one);
    if (mode === "difference") return apart?.original ? alone(apart.original) : [];
    return [
      { original: one, from: 0, to: split },
      { original: two, from: split, to: 1 },
    ];
  }, [mode, one, two, apart, split, is_swapped]);
  const trouble = a.trouble || b.trouble;
  return (
    <ViewerPane
      label={`${nameOf(a.shot)} against ${nameOf(b.shot)}`}
      layers={layers}
      leader={leader ?? { width: 1, height: 1 }}
      {...rest}
    >
      {mode === "flicker" ? (
        <PaneName shot={is_swapped ? b.shot : a.shot} original={is_swapped ? two : one} />
      ) : (
        <>
          <PaneName shot={a.shot} original={one} />
          <PaneName shot={b.shot} original={two} is_right />
        </>
      )}
      {mode === "swipe" && (
        <input
          type="range"
          class="viewer-split"
          aria-label="how much of the left picture is seen"
          min={0}
          max={1}
          step={0.002}
          value={split}
          style={{ "--split": split }}
          onInput={(event) => onSplit(event.currentTarget.valueAsNumber)}
          data-testid="viewer-split"
        />
      )}
      {apart && (
        <p class="viewer-said" data-testid="viewer-difference">
          {apart.said}
        </p>
      )}
      {trouble !== "" && <p class="viewer-trouble">{trouble}</p>}
      {(a.is_busy || b.is_busy) && <span class="picture-busy" />}
    </ViewerPane>
  );
}

function apartOf(one: Original, two: Original): { original: Original | null; said: string } {
  if (one.width !== two.width || one.height !== two.height) {
    const sizes = `${one.width} × ${one.height} and ${two.width} × ${two.height}`;
    return { original: null, said: `they have different sizes: ${sizes}; there is no difference to draw` };
  }
  const { width, height } = one;
  const { pixels, differing, greatest } = difference(
    pixelsOf(one, 0, 0, width, height).data,
    pixelsOf(two, 0, 0, width, height).data,
  );
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
  const said =
    differing === 0
      ? "every pixel is the same"
      : `${formatCount(differing)} of ${formatCount(width * height)} pixels differ, at most by ${greatest} of 255`;
  return { original: { ...one, image: canvas, blob: new Blob() }, said };
}

function PaneName({ shot, original, is_right = false }: { shot: Shot; original: Original | null; is_right?: boolean }) {
  return (
    <p class={is_right ? "viewer-name viewer-name-right" : "viewer-name"}>
      <span class="run-dot" style={{ "--run": colourOf(shot) }} />
      {nameOf(shot)}
      {original && <span class="quiet">{` ${original.width} × ${original.height}`}</span>}
    </p>
  );
}

function ShotChip(props: { shot: Shot; place: string; is_on: boolean; onToggle: () => void }) {
  const { shot, place, is_on, onToggle } = props;
  return (
    <Button
      label={`show ${nameOf(shot)}`}
      class="button-toggle viewer-chip"
      pressed={is_on}
      onClick={onToggle}
      testid="viewer-chip"
    >
      <span class="run-dot" style={{ "--run": colourOf(shot) }} />
      {nameOf(shot)}
      {place !== "" && <b>{place}</b>}
    </Button>
  );
}

function nameOf({ of, place, sample, samples }: Shot): string {
  const nth = samples > 1 ? ` · ${sample + 1} of ${samples}` : "";
  return `${fullName(of.run)} · ${formatCount(of.step[place] ?? Number.NaN)}${nth}`;
}

function colourOf({ of }: Shot): string {
  return colours.value.get(of.run.key) ?? "gray";
}

function markOf(mode: ViewMode, wanted: readonly Shot[], shot: Shot): string {
  const at = mode === "side" ? -1 : wanted.findIndex(({ key }) => key === shot.key);
  return ["A", "B"][at] ?? "";
}

/** The first two of those that were chosen; where only one is, the next of all stands against it. */
function pairOf(picked: readonly Shot[], all: readonly Shot[]): Shot[] {
  const others = all.filter((shot) => !picked.includes(shot));
  return [...picked, ...others].slice(0, 2);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, select") !== null;
}
