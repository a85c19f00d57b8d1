/**
 * A picture on a canvas that a hand can look into: size, sharpness, pointer, drag, wheel and fingers. What is drawn and what
 * a place in it means is told by its owner. What follows the pointer is on a second canvas, so that moving it is cheap.
 */
import { Gestures } from "../charts/gestures";
import type { Frame, Inks } from "./frame";

/** A place in the host, in CSS pixels, and the same in the window. */
export interface Spot {
  px: number;
  py: number;
  client_left: number;
  client_top: number;
}

export interface PlotOwner {
  /** Null: there is nothing to draw yet. */
  frame: (width: number, height: number, measure: (text: string) => number) => Frame | null;
  inks: () => Inks;
  /** `ratio`: device pixels for each of the picture's. */
  paint: (context: CanvasRenderingContext2D, frame: Frame, ratio: number) => void;
  paintOver: (context: CanvasRenderingContext2D, frame: Frame) => void;
  /** Null: the pointer has left. */
  point: (at: Spot | null) => void;
  choose: (at: Spot) => void;
  begin: () => void;
  /** A part of the picture was dragged over; null: all of an axis. */
  select: (across: readonly [number, number] | null, down: readonly [number, number] | null) => void;
  push: (right: number, up: number) => void;
  scale: (axis: "x" | "y", about: number, factor: number) => boolean;
  reset: () => void;
  isZoomed: () => boolean;
  resized: (width: number, height: number) => void;
}

const DRAG_LEAST_PX = 5;
/** A drag wider, or higher, than this chooses along that axis. */
const BOX_LEAST_PX = 24;

interface Drag {
  from: Spot;
  to: Spot;
}

export class Plot {
  readonly canvas = document.createElement("canvas");
  private readonly over = document.createElement("canvas");
  /** As large as what is within the axes. */
  private readonly area = document.createElement("div");
  private readonly host: HTMLElement;
  private readonly owner: PlotOwner;
  private readonly gestures: Gestures;
  private readonly sized: ResizeObserver;
  private readonly listening = new AbortController();
  private frame_now: Frame | null = null;
  private drag: Drag | null = null;
  private timer = 0;
  private is_stale = false;
  private width = 0;
  private height = 0;

  constructor(host: HTMLElement, owner: PlotOwner) {
    this.host = host;
    this.owner = owner;
    this.over.className = "plot-over";
    this.area.className = "plot-area";
    host.append(this.canvas, this.over, this.area);
    this.gestures = new Gestures(host, this.area, {
      begin: () => owner.begin(),
      push: (x, y) => owner.push(x, y),
      scale: (axis, about, factor) => owner.scale(axis, about, factor),
      look: (left, top) => owner.point(this.spot(left, top)),
      fit: () => owner.reset(),
      mayPush: () => owner.isZoomed(),
    });
    const { signal } = this.listening;
    this.area.addEventListener("pointerdown", (event) => this.down(event), { signal });
    this.area.addEventListener("pointermove", (event) => this.move(event), { signal });
    this.area.addEventListener("pointerup", (event) => this.up(event), { signal });
    this.area.addEventListener("pointercancel", () => this.endDrag(), { signal });
    this.area.addEventListener("pointerleave", () => owner.point(null), { signal });
    this.area.addEventListener("dblclick", () => owner.reset(), { signal });
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(host);
    this.resize();
  }

  destroy(): void {
    cancelAnimationFrame(this.timer);
    this.gestures.stop();
    this.listening.abort();
    this.sized.disconnect();
    this.canvas.remove();
    this.over.remove();
    this.area.remove();
  }

  get frame(): Frame | null {
    return this.frame_now;
  }

  /** All of it, before anything is seen of the page again. */
  drawNow(): void {
    this.draw();
    this.drawOver();
  }

  /** All of it, in the next frame. */
  drawSoon(): void {
    this.is_stale = true;
    this.drawOverSoon();
  }

  /** Only what is above. */
  drawOverSoon(): void {
    if (this.timer !== 0) return;
    this.timer = requestAnimationFrame(() => {
      this.timer = 0;
      if (this.is_stale) this.draw();
      this.drawOver();
    });
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width === 0 || height === 0 || (width === this.width && height === this.height)) return;
    this.width = width;
    this.height = height;
    this.owner.resized(width, height);
    this.drawSoon();
  }

  private draw(): void {
    if (this.width === 0) return;
    const context = fitted(this.canvas, this.width, this.height);
    if (!context) return;
    this.is_stale = false;
    context.font = this.owner.inks().font;
    this.frame_now = this.owner.frame(this.width, this.height, (text) => context.measureText(text).width);
    this.area.hidden = this.frame_now === null;
    if (!this.frame_now) return;
    const { left, top, width, height } = this.frame_now.box;
    Object.assign(this.area.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    paintWhole(context, this.frame_now, this.owner);
  }

  private drawOver(): void {
    const context = fitted(this.over, this.width, this.height);
    const frame = this.frame_now;
    if (!context || !frame) return;
    context.save();
    this.owner.paintOver(context, frame);
    context.restore();
    if (this.drag) this.paintDrag(context, frame, this.drag);
  }

  private paintDrag(context: CanvasRenderingContext2D, frame: Frame, drag: Drag): void {
    const { across, down } = chosen(drag);
    const { box } = frame;
    const [left, right] = across ?? [box.left, box.left + box.width];
    const [top, bottom] = down ?? [box.top, box.top + box.height];
    frame.clip(context);
    context.globalAlpha = 0.15;
    context.fillStyle = this.owner.inks().accent;
    context.fillRect(left, top, right - left, bottom - top);
  }

  private spot(client_left: number, client_top: number): Spot {
    const { left, top } = this.host.getBoundingClientRect();
    return { px: client_left - left, py: client_top - top, client_left, client_top };
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || event.shiftKey || event.pointerType === "touch") return;
    this.area.setPointerCapture(event.pointerId);
    const at = this.spot(event.clientX, event.clientY);
    this.drag = { from: at, to: at };
  }

  private move(event: PointerEvent): void {
    const at = this.spot(event.clientX, event.clientY);
    if (this.drag) {
      this.drag.to = at;
      this.owner.point(null);
      this.drawOverSoon();
    } else if (!this.gestures.is_pushing) this.owner.point(at);
  }

  private up(event: PointerEvent): void {
    if (event.pointerType === "touch" || !this.drag) return;
    const { drag } = this;
    this.endDrag();
    const { across, down } = chosen(drag);
    if (isDrag(drag)) {
      if (across || down) this.owner.select(across, down);
    } else this.owner.choose(drag.to);
  }

  private endDrag(): void {
    this.drag = null;
    this.drawOverSoon();
  }
}

function isDrag({ from, to }: Drag): boolean {
  return Math.max(Math.abs(to.px - from.px), Math.abs(to.py - from.py)) >= DRAG_LEAST_PX;
}

/** Along which axes a drag chooses: along both when it is a box, else along the longer way. */
export function chosen({ from, to }: Drag): {
  across: readonly [number, number] | null;
  down: readonly [number, number] | null;
} {
  const [dx, dy] = [Math.abs(to.px - from.px), Math.abs(to.py - from.py)];
  const is_box = dx >= BOX_LEAST_PX && dy >= BOX_LEAST_PX;
  const across = is_box || (dx >= dy && dx >= DRAG_LEAST_PX);
  const down = is_box || (dy > dx && dy >= DRAG_LEAST_PX);
  return {
    across: across ? [Math.min(from.px, to.px), Math.max(from.px, to.px)] : null,
    down: down ? [Math.min(from.py, to.py), Math.max(from.py, to.py)] : null,
  };
}

type Painter = Pick<PlotOwner, "inks" | "paint">;

export function paintWhole(context: CanvasRenderingContext2D, frame: Frame, owner: Painter, ratio = sharpness()): void {
  frame.paint(context, owner.inks());
  context.save();
  frame.clip(context);
  owner.paint(context, frame, ratio);
  context.restore();
}

export function sharpness(): number {
  return Math.max(1, devicePixelRatio);
}

/** The canvas as large as its place, empty, in CSS pixels. */
function fitted(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = sharpness();
  const [device_width, device_height] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== device_width || canvas.height !== device_height) {
    canvas.width = device_width;
    canvas.height = device_height;
  }
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
