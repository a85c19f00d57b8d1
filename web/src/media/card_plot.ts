/** What the plots of cards have in common: what they follow, their cursor, and how the hand and the keys zoom. */
import { batch, effect } from "@preact/signals";
import { look } from "../charts/look";
import type { Span } from "../lib/extent";
import type { Tag } from "../state/board";
import { hover, NO_HOVER } from "../state/hover";
import { dropTip } from "../state/media_tip";
import { zoomBack, zoomForward, zoomOf } from "../state/zoom";
import type { Frame, Inks } from "./frame";
import { Plot, type PlotOwner, type Spot } from "./plot";

export const KEY_FACTOR = 2;
const FAR = 10;

/** A card whose plots can be zoomed. */
export interface ZoomedCard {
  readonly tag: Tag;
  begin: () => void;
  reset: () => void;
}

/** `At`: where its cursor can be. */
export abstract class CardPlot<Card extends ZoomedCard, At> implements PlotOwner {
  protected readonly card: Card;
  protected readonly plot: Plot;
  protected at: At | null = null;
  private stops: (() => void)[] = [];

  constructor(host: HTMLElement, card: Card) {
    this.card = card;
    this.plot = new Plot(host, this);
  }

  abstract frame(width: number, height: number, measure: (text: string) => number): Frame | null;
  abstract paint(context: CanvasRenderingContext2D, frame: Frame, ratio: number): void;
  abstract paintOver(context: CanvasRenderingContext2D, frame: Frame): void;
  abstract select(across: Span | null, down: Span | null): void;
  abstract push(right: number, up: number): void;
  abstract scale(axis: "x" | "y", about: number, factor: number): boolean;
  protected abstract pointWithin(frame: Frame, spot: Spot): void;
  /** What keys mean here; `far`: how many places an arrow goes. */
  protected abstract keys(far: number): Record<string, () => void>;

  /** Draws now, and again whenever what is read there changes: all of it, or what lies above. */
  protected follow(read_by_picture: () => void, read_above: () => void): void {
    this.stops = [
      effect(() => {
        read_by_picture();
        this.plot.drawSoon();
      }),
      effect(() => {
        read_above();
        this.plot.drawOverSoon();
      }),
    ];
    this.plot.drawNow();
  }

  destroy(): void {
    for (const stop of this.stops) stop();
    this.hideCursor();
    this.plot.destroy();
  }

  /** What is drawn now, and how large in CSS pixels; null before there is anything. */
  get seen(): { frame: Frame; width: number; height: number } | null {
    const { frame, canvas } = this.plot;
    return frame && { frame, width: canvas.clientWidth, height: canvas.clientHeight };
  }

  inks(): Inks {
    return look.peek();
  }

  resized(_width: number, _height: number): void {}

  choose(_spot: Spot): void {}

  point(spot: Spot | null): void {
    const { frame } = this.plot;
    if (spot && frame?.has(spot.px, spot.py)) this.pointWithin(frame, spot);
    else this.hideCursor();
  }

  hideCursor(): void {
    this.at = null;
    const { key } = this.card.tag;
    batch(() => {
      if (hover.peek().card === key) hover.value = NO_HOVER;
      dropTip(key);
    });
    this.plot.drawOverSoon();
  }

  begin(): void {
    this.card.begin();
  }

  reset(): void {
    this.card.reset();
  }

  isZoomed(): boolean {
    return zoomOf(this.card.tag.key) !== null;
  }

  /** Along x, or both axes: as the plot does. */
  protected abstract zoomBy(factor: number): void;

  /** True when the key meant something here. */
  onKey({ key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">): boolean {
    const card = this.card.tag.key;
    const zoom = (factor: number) => {
      this.begin();
      this.zoomBy(factor);
    };
    const actions: Record<string, () => void> = {
      "+": () => zoom(KEY_FACTOR),
      "=": () => zoom(KEY_FACTOR),
      "-": () => zoom(1 / KEY_FACTOR),
      "0": () => this.reset(),
      z: () => zoomBack(card),
      Z: () => zoomForward(card),
      Escape: () => this.hideCursor(),
      ...this.keys(shiftKey ? FAR : 1),
    };
    const action = actions[key];
    action?.();
    return action !== undefined;
  }
}
