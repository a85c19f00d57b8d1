/** A click on a chart of scalars is a step for the images, texts and sounds of the board. */
import { board } from "../state/board";
import { hover } from "../state/hover";
import { board_step } from "../state/step";
import { board_steps } from "../state/steps";
import { xOf } from "../state/x_axis";

/** What moves further is a drag. */
const CLICK_PX = 4;

/** `element` holds the chart of `card`. Gives a way to stop. */
export function stepByClick(element: HTMLElement, card: string): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let pressed: { x: number; y: number } | null = null;
  element.addEventListener(
    "pointerdown",
    (event) => {
      const is_plain = event.button === 0 && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
      pressed = is_plain && event.pointerType === "mouse" ? { x: event.clientX, y: event.clientY } : null;
    },
    { signal, capture: true },
  );
  element.addEventListener(
    "click",
    (event) => {
      const { x } = hover.peek();
      if (!pressed || Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > CLICK_PX) return;
      // The second of two clicks is for the chart.
      if (x === null || event.detail > 1 || hover.peek().card !== card || !mayStep(card)) return;
      const last = board_steps.peek().at(-1) ?? Number.POSITIVE_INFINITY;
      board_step.value = x >= last ? null : Math.max(0, Math.round(x));
    },
    { signal },
  );
  return () => listening.abort();
}

function mayStep(card: string): boolean {
  return xOf(card) === "step" && board.peek().media.length > 0;
}
