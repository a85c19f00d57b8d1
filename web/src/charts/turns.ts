/**
 * Work of many charts, one after the other and no more of it a frame than fits: the first curve is on the screen, and
 * the page answers the hand, before the last chart is drawn.
 */

/** Leaves time for layout and painting. */
const BUDGET_MS = 8;

type Job = () => void;

/** What shows something comes before what only prepares to. */
const drawing = new Set<Job>();
const opening = new Set<Job>();
let frame = 0;

/** Runs `job` in one of the next frames; once, however often it is asked for before. */
export function takeTurn(job: Job, kind: "draw" | "open"): void {
  (kind === "draw" ? drawing : opening).add(job);
  if (frame === 0) frame = requestAnimationFrame(run);
}

export function giveUpTurn(job: Job): void {
  drawing.delete(job);
  opening.delete(job);
}

function run(): void {
  const until_ms = performance.now() + BUDGET_MS;
  try {
    let job = next();
    while (job && performance.now() < until_ms) {
      giveUpTurn(job);
      job();
      job = next();
    }
  } finally {
    frame = next() ? requestAnimationFrame(run) : 0;
  }
}

function next(): Job | undefined {
  for (const job of drawing) return job;
  for (const job of opening) return job;
  return undefined;
}
