/**
 * Work of many charts, one after the other and no more of it a frame than fits: the first curve is on the screen, and
 * the page answers the hand, before the last chart is drawn.
 */

/** Leaves time for layout and painting. */
const BUDGET_MS = 8;

type Job = () => void;

const waiting = new Set<Job>();
let frame = 0;

/** Runs `job` in one of the next frames; once, however often it is asked for before. */
export function takeTurn(job: Job): void {
  waiting.add(job);
  if (frame === 0) frame = requestAnimationFrame(run);
}

export function giveUpTurn(job: Job): void {
  waiting.delete(job);
}

function run(): void {
  const until_ms = performance.now() + BUDGET_MS;
  try {
    for (const job of waiting) {
      waiting.delete(job);
      job();
      if (performance.now() >= until_ms) break;
    }
  } finally {
    frame = waiting.size > 0 ? requestAnimationFrame(run) : 0;
  }
}
