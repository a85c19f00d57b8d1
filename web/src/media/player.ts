/** Plays the sounds of a card: one of them, or all together; from one to another it goes on at the same place. */
import { signal } from "@preact/signals";

export const ALL = "all";

/** Closer to the end than this it begins anew. */
const END_S = 0.05;

/** The one that is heard: there is only one on the board. */
let heard: Player | null = null;

export class Player {
  /** The key of the sound that plays, `ALL`, or null. */
  readonly playing = signal<string | null>(null);
  readonly position_s = signal(0);
  readonly volume = signal(1);
  readonly trouble = signal("");
  private readonly elements = new Map<string, HTMLAudioElement>();
  private frame = 0;

  /** Gives a way to take it back. */
  attach(key: string, element: HTMLAudioElement): () => void {
    this.elements.set(key, element);
    element.volume = this.volume.peek();
    const onEnd = () => this.ended();
    // Another step has another sound.
    const onEmptied = () => {
      if (this.playing.peek() === key || this.playing.peek() === ALL) this.pause();
    };
    element.addEventListener("ended", onEnd);
    element.addEventListener("emptied", onEmptied);
    return () => {
      element.removeEventListener("ended", onEnd);
      element.removeEventListener("emptied", onEmptied);
      element.pause();
      this.elements.delete(key);
      if (this.playing.peek() === key || this.elements.size === 0) this.playing.value = null;
    };
  }

  toggle(key: string): void {
    if (this.playing.peek() === key) this.pause();
    else void this.play(key);
  }

  private async play(key: string): Promise<void> {
    if (heard !== this) heard?.pause();
    heard = this;
    this.trouble.value = "";
    const chosen = this.chosen(key);
    for (const element of this.elements.values()) if (!chosen.includes(element)) element.pause();
    const longest_s = Math.max(...chosen.map(durationOf));
    if (this.position_s.peek() >= longest_s - END_S) this.position_s.value = 0;
    this.playing.value = key;
    const position_s = this.position_s.peek();
    try {
      await Promise.all(
        chosen
          .filter((element) => position_s < durationOf(element))
          .map((element) => {
            element.currentTime = position_s;
            return element.play();
          }),
      );
      this.follow();
    } catch (problem) {
      // Paused before it began is no trouble.
      if (problem instanceof DOMException && problem.name === "AbortError") return;
      this.trouble.value = "this browser cannot play it";
      this.pause();
    }
  }

  pause(): void {
    cancelAnimationFrame(this.frame);
    for (const element of this.elements.values()) element.pause();
    this.playing.value = null;
  }

  seek(position_s: number): void {
    this.position_s.value = Math.max(0, position_s);
    const key = this.playing.peek();
    if (key === null) return;
    for (const element of this.chosen(key)) element.currentTime = Math.min(position_s, durationOf(element));
  }

  setVolume(volume: number): void {
    this.volume.value = volume;
    for (const element of this.elements.values()) element.volume = volume;
  }

  private chosen(key: string): HTMLAudioElement[] {
    if (key === ALL) return [...this.elements.values()];
    const element = this.elements.get(key);
    return element ? [element] : [];
  }

  private follow(): void {
    cancelAnimationFrame(this.frame);
    const look = () => {
      const key = this.playing.peek();
      if (key === null) return;
      const moving = this.chosen(key).filter(({ paused }) => !paused);
      if (moving.length > 0) this.position_s.value = Math.max(...moving.map(({ currentTime }) => currentTime));
      this.frame = requestAnimationFrame(look);
    };
    look();
  }

  /** The longest of all is the last. */
  private ended(): void {
    const key = this.playing.peek();
    if (key === null || this.chosen(key).some(({ ended, paused }) => !ended && !paused)) return;
    this.pause();
    this.position_s.value = 0;
  }
}

function durationOf({ duration }: HTMLAudioElement): number {
  return Number.isFinite(duration) ? duration : Number.POSITIVE_INFINITY;
}
