/** One pane of the viewer: a canvas that is zoomed with the wheel, moved by dragging, and looked at pixel by pixel. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Adjustment, isAsItIs } from "./adjust";
import { MOVING_TYPES, type Original } from "./originals";
import { type PanZoom, panned, pixelUnder, placeIn, type Size, zoomedAbout } from "./pan_zoom";
import { drawScene, type Layer } from "./viewer_draw";

interface Props {
  label: string;
  layers: readonly Layer[];
  view: PanZoom;
  leader: Size;
  adjustment: Adjustment;
  onView: (view: PanZoom) => void;
  /** The pixel under the pointer; null when it has left. */
  onPoint: (pixel: { x: number; y: number } | null) => void;
  children?: preact.ComponentChildren;
}

const WHEEL_FACTOR = 0.002;
const LINE_PX = 16;

export function ViewerPane({ label, layers, view, leader, adjustment, onView, onPoint, children }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const held = useRef(new Map<number, { x: number; y: number }>());
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const now = useRef({ view, leader });
  now.current = { view, leader };

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const sized = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    sized.observe(element);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const by_px = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY;
      const { view: before, leader: of } = now.current;
      onView(zoomedAbout(before, Math.exp(-by_px * WHEEL_FACTOR), inCanvas(element, event), of, element));
    };
    // Not through the component: its listeners may not keep the page from scrolling.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      sized.disconnect();
      element.removeEventListener("wheel", onWheel);
    };
  }, []);
  useLayoutEffect(() => {
    if (canvas.current) drawScene(canvas.current, { layers, view, leader, adjustment });
  }, [layers, view, leader, adjustment, size]);

  const move = (event: PointerEvent) => {
    const element = canvas.current;
    if (!element) return;
    const at = inCanvas(element, event);
    const before = held.current.get(event.pointerId);
    if (before) {
      const others = [...held.current].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      held.current.set(event.pointerId, at);
      onView(moved(view, before, at, others[0], leader, element));
      return;
    }
    const [top_layer] = layers;
    if (!top_layer) return;
    const placed = placeIn(view, top_layer.original, element, leader);
    onPoint(pixelUnder(placed, top_layer.original, at));
  };
  return (
    <div class="viewer-pane" data-testid="viewer-pane">
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current.set(event.pointerId, inCanvas(event.currentTarget, event));
        }}
        onPointerMove={move}
        onPointerUp={(event) => held.current.delete(event.pointerId)}
        onPointerCancel={(event) => held.current.delete(event.pointerId)}
        onPointerLeave={() => onPoint(null)}
      />
      <Moving layers={layers} view={view} leader={leader} adjustment={adjustment} pane={size} />
      {children}
    </div>
  );
}

/** With one finger or the mouse it is pushed; with two it is zoomed about the other one. */
function moved(
  view: PanZoom,
  before: { x: number; y: number },
  at: { x: number; y: number },
  other: { x: number; y: number } | undefined,
  leader: Size,
  pane: Size,
): PanZoom {
  if (!other) return panned(view, at.x - before.x, at.y - before.y, leader, pane);
  const was = Math.hypot(before.x - other.x, before.y - other.y);
  const is = Math.hypot(at.x - other.x, at.y - other.y);
  return zoomedAbout(view, is / Math.max(1, was), other, leader, pane);
}

function inCanvas(canvas: HTMLCanvasElement, event: MouseEvent): { x: number; y: number } {
  const { left, top } = canvas.getBoundingClientRect();
  return { x: (event.clientX - left) * devicePixelRatio, y: (event.clientY - top) * devicePixelRatio };
}

interface MovingProps {
  layers: readonly Layer[];
  view: PanZoom;
  leader: Size;
  adjustment: Adjustment;
  pane: Size;
}

/** A canvas shows the first picture of an animation: where nothing is done to its pixels, the original lies on it and moves. */
function Moving({ layers, view, leader, adjustment, pane }: MovingProps) {
  const [layer] = layers;
  const blob = layers.length === 1 && isAsItIs(adjustment) ? (layer?.original.blob ?? null) : null;
  const url = useObjectUrl(blob && MOVING_TYPES.has(blob.type) ? blob : null);
  if (!layer || url === "" || pane.width === 0) return null;
  const ratio = devicePixelRatio;
  const { left, top, scale } = placeIn(
    view,
    layer.original,
    { width: Math.round(pane.width * ratio), height: Math.round(pane.height * ratio) },
    leader,
  );
  const px = (device: number) => `${device / ratio}px`;
  const { width, height } = layer.original;
  const where = { left: px(left), top: px(top), width: px(width * scale), height: px(height * scale) };
  return (
    <img class={scale >= 1 ? "viewer-moving picture-pixelated" : "viewer-moving"} src={url} alt="" style={where} />
  );
}

function useObjectUrl(blob: Blob | null): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = blob ? URL.createObjectURL(blob) : "";
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return blob ? url : "";
}

/** One picture over the whole pane. */
export function alone(original: Original): Layer[] {
  return [{ original, from: 0, to: 1 }];
}
