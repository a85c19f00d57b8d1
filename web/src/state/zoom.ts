/** How far the charts are zoomed in, and the way back: a trail per card, or, while they are linked, one for all with the same x. */
import { batch, signal } from "@preact/signals";
import type { XAxis } from "../api/x_axis";
import type { Span } from "../lib/extent";
import { cardKey } from "../lib/kind";
import { measuredNow, measuredOf, useMeasured } from "./measured";
import { x_axis } from "./settings";
import { ownX, setOwnX, xOf } from "./x_axis";

export interface Zoom {
  /** In units of the x axis; null: all there is, as it grows. */
  x: Span | null;
  /** In values, on any scale of the axis; null: as the data want it. */
  y: Span | null;
}

/** A zoom, and the card it was made on: linked cards take x from it, and only its own card takes y. */
export interface Place extends Zoom {
  tag: string;
}

const MAX_PAST = 100;

/** Where one has been and where one has come back from; null is the whole range. */
class Trail {
  readonly now = signal<Place | null>(null);
  readonly past = signal<readonly (Place | null)[]>([]);
  readonly future = signal<readonly (Place | null)[]>([]);

  /** `goes_on`: part of the gesture before, whose beginning is where the way back leads. */
  go(to: Place | null, goes_on: boolean): void {
    const from = this.now.peek();
    if (isSame(from, to)) return;
    batch(() => {
      if (!goes_on) this.past.value = [...this.past.peek(), from].slice(-MAX_PAST);
      this.future.value = [];
      this.now.value = to;
    });
  }

  back(): void {
    const to = this.past.peek().at(-1);
    if (to === undefined) return;
    batch(() => {
      this.past.value = this.past.peek().slice(0, -1);
      this.future.value = [this.now.peek(), ...this.future.peek()];
      this.now.value = to;
    });
  }

  forward(): void {
    const [to, ...rest] = this.future.peek();
    if (to === undefined) return;
    batch(() => {
      this.past.value = [...this.past.peek(), this.now.peek()];
      this.future.value = rest;
      this.now.value = to;
    });
  }

  startAt(place: Place | null): void {
    batch(() => {
      this.past.value = [];
      this.future.value = [];
      this.now.value = place;
    });
  }
}

const own = new Map<string, Trail>();
/** Counts the trails, so that who lists them learns of a new one. */
const trails = signal(0);
/** Of linked cards, by what their x is: steps mean nothing on a clock. */
const common = new Map<XAxis, Trail>();
let last_tag = "";

export const zoom_linked = signal(false);

/** Recall and precision are no x axis of the board's: such a card is linked with no other. */
export function isAlone(card: string): boolean {
  return card.startsWith(cardKey("pr_curve", ""));
}

function made<K>(of: Map<K, Trail>, key: K): Trail {
  let trail = of.get(key);
  if (!trail) {
    trail = new Trail();
    of.set(key, trail);
    trails.value = own.size + common.size;
  }
  return trail;
}

const ownTrail = (tag: string): Trail => made(own, tag);
const commonTrail = (tag: string): Trail => made(common, xOf(tag));

const madeTrailOf = (tag: string, linked: boolean): Trail =>
  linked && !isAlone(tag) ? commonTrail(tag) : ownTrail(tag);

/** The trail a card is on. Reads signals only. */
function trailOf(tag: string): Trail | undefined {
  trails.value;
  return zoom_linked.value && !isAlone(tag) ? common.get(xOf(tag)) : own.get(tag);
}

export function zoomOf(tag: string): Zoom | null {
  const place = trailOf(tag)?.now.value ?? null;
  if (!place || place.tag === tag) return place;
  return place.x && { x: place.x, y: null };
}

export function zoomTo(tag: string, zoom: Zoom | null, goes_on = false): void {
  if (!isAlone(tag)) last_tag = tag;
  const trail = madeTrailOf(tag, zoom_linked.peek());
  trail.go(zoom && (zoom.x || zoom.y) ? { ...zoom, tag } : null, goes_on);
}

/** How many steps lead back and forward from here. */
export function zoomSteps(tag: string): { back: number; forward: number } {
  const trail = trailOf(tag);
  return { back: trail?.past.value.length ?? 0, forward: trail?.future.value.length ?? 0 };
}

export function zoomBack(tag: string): void {
  trailOf(tag)?.back();
}

export function zoomForward(tag: string): void {
  trailOf(tag)?.forward();
}

/** The card that was touched last keeps its zoom: when they are linked all others come to it, apart it stays alone. */
export function linkZooms(on: boolean): void {
  if (on === zoom_linked.peek()) return;
  batch(() => {
    if (on) {
      for (const trail of common.values()) trail.startAt(null);
      commonTrail(last_tag).startAt(own.get(last_tag)?.now.peek() ?? null);
    } else {
      for (const [x, { now }] of common) {
        const place = now.peek();
        const tag = x === xOf(last_tag) ? last_tag : (place?.tag ?? "");
        if (tag !== "") ownTrail(tag).go(place, false);
      }
    }
    zoom_linked.value = on;
  });
}

/** A zoom, or a range that was chosen, means nothing on another x axis. */
export function changeX(axis: XAxis): void {
  if (axis === x_axis.peek()) return;
  const stays = ({ tag }: Place) => isAlone(tag) || ownX(tag).axis !== null;
  batch(() => {
    useZooms({ linked: zoom_linked.peek(), places: zoomsNow().places.filter(stays) });
    useMeasured(measuredNow().filter(stays));
    x_axis.value = axis;
  });
}

/** The same for one card; null: as the board. */
export function changeOwnX(tag: string, axis: XAxis | null): void {
  if (axis === ownX(tag).axis) return;
  batch(() => {
    if ((axis ?? x_axis.peek()) !== xOf(tag)) {
      own.get(tag)?.startAt(null);
      const shared = common.get(xOf(tag));
      if (shared?.now.peek()?.tag === tag) shared.startAt(null);
      measuredOf(tag).value = null;
    }
    setOwnX(tag, { axis });
  });
}

/** All zooms as they can be kept and given on. */
export interface Zooms {
  linked: boolean;
  /** Linked: one at most for each x axis, which is for all who have it, and those of cards that are alone. */
  places: readonly Place[];
}

export function zoomsNow(): Zooms {
  trails.value;
  const linked = zoom_linked.value;
  const alone = [...own].filter(([tag]) => isAlone(tag)).map(([, trail]) => trail);
  const all = linked ? [...common.values(), ...alone] : [...own.values()];
  return { linked, places: all.map((trail) => trail.now.value).filter((place) => place !== null) };
}

/** Starts anew from these; there is no way back. */
export function useZooms({ linked, places }: Zooms): void {
  batch(() => {
    for (const trail of [...own.values(), ...common.values()]) trail.startAt(null);
    zoom_linked.value = linked;
    for (const place of places) {
      const trail = madeTrailOf(place.tag, linked);
      if (trail.now.peek() === null) trail.startAt(place);
    }
    last_tag = places.find(({ tag }) => !isAlone(tag))?.tag ?? "";
  });
}

function isSame(a: Place | null, b: Place | null): boolean {
  if (a === null || b === null) return a === b;
  return a.tag === b.tag && isSameSpan(a.x, b.x) && isSameSpan(a.y, b.y);
}

function isSameSpan(a: Span | null, b: Span | null): boolean {
  if (a === null || b === null) return a === b;
  return a[0] === b[0] && a[1] === b[1];
}
