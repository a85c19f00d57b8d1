/** Wheel, Shift drag, middle button and fingers on a chart, told as shares of its plotting area; dragging is uPlot's. */

export interface GestureEvents {
  /** Told once before the steps that belong together. */
  begin: () => void;
  /** The content was pushed by these shares, to the right and upwards. */
  push: (x: number, y: number) => void;
  /** `factor` times as much is to be seen along an axis; what is at the share `about` stays. False: it is as it was. */
  scale: (axis: "x" | "y", about: number, factor: number) => boolean;
  /** A finger that can push nothing looks at what is under it. */
  look: (client_left: number, client_top: number) => void;
  fit: () => void;
  /** Whether there is anything to push. */
  mayPush: () => boolean;
}

const WHEEL_FACTOR = 0.002;
/** A trackpad tells a pinch as a wheel with Ctrl, in small steps. */
const PINCH_FACTOR = 0.01;
const PINCH_MOST = 50;
const LINE_PX = 16;
const WHEEL_PAUSE_MS = 400;
/** Fingers closer than this along x do not tell how far to zoom. */
const FINGERS_LEAST_PX = 24;
const TAP_PX = 12;
const DOUBLE_TAP_MS = 300;

interface Point {
  x: number;
  y: number;
}

export class Gestures {
  private readonly host: HTMLElement;
  private readonly plot: HTMLElement;
  private readonly events: GestureEvents;
  private readonly held = new Map<number, Point>();
  private readonly listening = new AbortController();
  private last_wheel_ms = Number.NEGATIVE_INFINITY;
  private last_tap_ms = Number.NEGATIVE_INFINITY;
  /** What is held has moved: it is no tap. */
  private began = false;
  /** Something is held that pushes. */
  is_pushing = false;

  /** `host` has the focus and the axes; `plot` is the plotting area in it. */
  constructor(host: HTMLElement, plot: HTMLElement, events: GestureEvents) {
    this.host = host;
    this.plot = plot;
    this.events = events;
    const { signal } = this.listening;
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
    plot.addEventListener("pointerdown", (event) => this.down(event), { signal });
    plot.addEventListener("pointermove", (event) => this.move(event), { signal });
    plot.addEventListener("pointerup", (event) => this.up(event), { signal });
    plot.addEventListener("pointercancel", (event) => this.release(event), { signal });
    // The middle button would scroll the page.
    plot.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault(), { signal });
  }

  stop(): void {
    this.listening.abort();
  }

  /** Only where it was asked for: otherwise the page scrolls. */
  private wheel(event: WheelEvent): void {
    const with_key = event.ctrlKey || event.metaKey || event.altKey;
    if (!with_key && document.activeElement !== this.host) return;
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? this.plot.clientHeight : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.timeStamp - this.last_wheel_ms > WHEEL_PAUSE_MS) this.events.begin();
    this.last_wheel_ms = event.timeStamp;
    const changed = this.turn(event, dx, dy);
    // With Ctrl the browser would zoom the whole page.
    if (changed || with_key) event.preventDefault();
  }

  private turn(event: WheelEvent, dx: number, dy: number): boolean {
    if (Math.abs(dx) > Math.abs(dy) || (event.shiftKey && dy !== 0)) {
      if (!this.events.mayPush()) return false;
      this.events.push(-(dx || dy) / this.plot.clientWidth, 0);
      return true;
    }
    const slow = event.ctrlKey && Math.abs(dy) < PINCH_MOST;
    const factor = Math.exp(dy * (slow ? PINCH_FACTOR : WHEEL_FACTOR));
    const { left, top, width, height } = this.plot.getBoundingClientRect();
    if (event.clientX < left) return this.events.scale("y", share(top + height - event.clientY, height), factor);
    return this.events.scale("x", share(event.clientX - left, width), factor);
  }

  private down(event: PointerEvent): void {
    const is_touch = event.pointerType === "touch";
    const pushes = event.button === 1 || (event.button === 0 && event.shiftKey);
    if (!is_touch && !pushes) return;
    if (this.held.size === 0) this.began = false;
    this.held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.plot.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const before = this.held.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const others = [...this.held].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    // The first few pixels may be a tap.
    if (!this.began && others.length === 0 && Math.hypot(now.x - before.x, now.y - before.y) < TAP_PX / 4) return;
    this.held.set(event.pointerId, now);
    const [other] = others;
    if (!other && event.pointerType === "touch" && !this.events.mayPush()) {
      this.began = true;
      this.events.look(now.x, now.y);
      return;
    }
    if (!this.began) this.events.begin();
    this.began = true;
    this.is_pushing = true;
    if (other) this.pinch(other, before, now);
    else this.push(before, now, 1);
  }

  /** One of two fingers has moved: the middle between them by half as much. */
  private pinch(other: Point, before: Point, now: Point): void {
    const [was, is] = [Math.abs(before.x - other.x), Math.abs(now.x - other.x)];
    if (was >= FINGERS_LEAST_PX && is >= FINGERS_LEAST_PX) {
      const { left, width } = this.plot.getBoundingClientRect();
      this.events.scale("x", share((other.x + now.x) / 2 - left, width), was / is);
    }
    this.push(before, now, 0.5);
  }

  private push(before: Point, now: Point, weight: number): void {
    const { clientWidth, clientHeight } = this.plot;
    this.events.push(((now.x - before.x) * weight) / clientWidth, ((before.y - now.y) * weight) / clientHeight);
  }

  private up(event: PointerEvent): void {
    const was_tap = event.pointerType === "touch" && this.held.size === 1 && !this.began;
    this.release(event);
    if (!was_tap) return;
    const is_second = event.timeStamp - this.last_tap_ms < DOUBLE_TAP_MS;
    this.last_tap_ms = is_second ? Number.NEGATIVE_INFINITY : event.timeStamp;
    if (is_second) this.events.fit();
  }

  private release(event: PointerEvent): void {
    this.held.delete(event.pointerId);
    if (this.held.size === 0) this.is_pushing = false;
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0.5;
}
