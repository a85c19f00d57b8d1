/** Somebody looks again, or the network is back: the hub shall make sure of its sources at once. */
import { retrySource, type Source } from "../api/source";
import { session } from "./session";
import { sources } from "./sources";

/** Windows may come and go quickly. */
const PAUSE_MS = 5000;

let last_ms = Number.NEGATIVE_INFINITY;

/** A server that wants to be left alone for a while, or a login, is never hurried by itself. */
export function mayNudge({ state, cause }: Source): boolean {
  const away = state === "quiet" || state === "lost" || state === "retrying";
  return away && (cause === "" || cause === "network" || cause === "garbled");
}

function nudge(may: (source: Source) => boolean): void {
  if (document.hidden || session.value !== "in" || performance.now() - last_ms < PAUSE_MS) return;
  const doubtful = sources.value.filter(may);
  if (doubtful.length === 0) return;
  last_ms = performance.now();
  // What comes of it is told by the source's state.
  for (const { source } of doubtful) retrySource(source).catch(() => {});
}

export function startNudges(): void {
  const look = () => nudge(mayNudge);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  // Another network: what seems to be live may not be.
  window.addEventListener("online", () => nudge((s) => mayNudge(s) || (s.state === "live" && s.kind !== "local")));
}
