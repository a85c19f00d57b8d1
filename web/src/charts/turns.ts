/**
 * Work of many charts, one after the other and no more of it a frame than fits: the first curve is on the screen, and
 * the page answers the hand, before the last chart is drawn.
 */

/** Leaves time for layout and painting. */
const BUDGET_MS = 8;

type Job = () => void;

/** Work that waited this long is done even where a chart under somebody's hand takes all the time. */
const OVERDUE_MS = 100;

/** What is under somebody's hand comes first, and what shows something before what only prepares to. */
const moving = new Set<Job>();
const drawing = new Set<Job>();
const opening = new Set<Job>();
const queues = { move: moving, draw: drawing, open: opening };
let frame = 0;
let last_other_ms = 0;

/** Runs `job` in one of the next frames; once, however often it is asked for before. */
export function takeTurn(job: Job, kind: keyof typeof queues): void {
  if (kind === "move") giveUpTurn(job);
  else if (moving.has(job)) return;
  queues[kind].add(job);
  if (frame === 0) frame = requestAnimationFrame(run);
}

export function giveUpTurn(job: Job): void {
  moving.delete(job);
  drawing.delete(job);
  opening.delete(job);
}

function run(): void {
  const until_ms = performance.now() + BUDGET_MS;
  try {
    for (const job of [...moving]) start(job);
    let job = next();
    while (job && (performance.now() < until_ms || performance.now() - last_other_ms > OVERDUE_MS)) {
      start(job);
      last_other_ms = performance.now();
      job = next();
    }
  } finally {
    frame = next() ? requestAnimationFrame(run) : 0;
  }
}

function start(job: Job): void {
  giveUpTurn(job);
  job();
}

function next(): Job | undefined {
  for (const job of moving) return job;
  for (const job of drawing) return job;
  for (const job of opening) return job;
  return undefined;
}
