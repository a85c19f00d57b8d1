/** What is wrong with a source, since when, what happens about it, and what can be done: in words. */
import type { Source } from "../api/source";
import { formatClock } from "../lib/time";

export interface Trouble {
  tone: "warn" | "bad";
  message: string;
  can_retry: boolean;
  /** Nothing was heard for longer than blips last, as after sleep: not to be held back. */
  is_old: boolean;
}

/** Longer than a link that is well may be silent. */
const OLD_AFTER_S = 10;
/** For how long it is said that a source shows other files than before. */
const MOVED_SHOWN_S = 60;

/** What is wrong with a source; null when nothing is. */
export function troubleOf(source: Source, now_s: number): Trouble | null {
  const is_old = now_s - (source.last_heard_at_s ?? now_s) > OLD_AFTER_S;
  switch (source.state) {
    case "needs_you":
      return { ...needsYou(source), can_retry: true, is_old };
    case "failed":
      return {
        tone: "bad",
        message: said(source) || `${source.source} could not be reached.`,
        can_retry: true,
        is_old,
      };
    case "lost":
    case "retrying":
      return { tone: "warn", message: lostMessage(source, now_s), can_retry: source.next_try_at_s !== null, is_old };
    case "live":
      return liveTrouble(source);
    default:
      return null;
  }
}

/** What is to be known of a source that is well: other files than before; or null. */
export function newsOf({ moved }: Source, now_s: number): string | null {
  if (!moved || now_s - moved.at_s > MOVED_SHOWN_S) return null;
  return `${moved.to} shows different files than ${moved.from} did; reloaded from there.`;
}

function liveTrouble(source: Source): Trouble | null {
  const { logdir } = source;
  if (!logdir) return null;
  // "": it has not been looked at yet.
  const is_wrong = logdir.state !== "ok" && logdir.state !== "";
  if (is_wrong) return { tone: "bad", message: logdirMessage(source), can_retry: false, is_old: false };
  if (logdir.silent_s === null) return null;
  const message = `${source.source}: ${logdir.path} is not responding (${Math.round(logdir.silent_s)} s). Waiting.`;
  return { tone: "warn", message, can_retry: false, is_old: true };
}

function needsYou(source: Source): Pick<Trouble, "tone" | "message"> {
  const { source: name, cause } = source;
  if (cause === "identity") {
    return {
      tone: "bad",
      message: `${name}: its identity changed. farboard stopped talking to it. See the terminal.`,
    };
  }
  if (cause === "setup") return { tone: "bad", message: said(source) };
  const why = source.message ? ` (${source.message})` : "";
  const what = "Go to the terminal where farboard runs and press Enter";
  return { tone: "warn", message: `${name} wants you to log in again. ${what}${why}.` };
}

function lostMessage(source: Source, now_s: number): string {
  const { source: name, message } = source;
  const since = source.last_heard_at_s ?? source.since_s;
  const clock = since === null ? "" : formatClock(since);
  const wait_s = source.next_try_at_s === null ? 0 : Math.ceil(source.next_try_at_s - now_s);
  const next = wait_s > 0 ? `Retrying in ${inWords(wait_s)}` : "Reconnecting …";
  switch (source.cause) {
    case "engine":
      return `${sentence(message)} ${wait_s > 0 ? next : "Starting it again …"}`;
    case "closed":
      return `${sentence(message)} Data until ${clock}. ${next}`;
    case "refused":
      return wait_s > 0 ? `${message}; next try in ${inWords(wait_s)}` : `${sentence(message)} ${next}`;
    case "garbled":
    case "remote":
      return `${said(source)} ${next}`;
  }
  if (wait_s <= 0 && source.attempt <= 1) return `Reconnecting to ${name} … Showing data until ${clock}.`;
  const kept = source.load ? "Showing data until then. " : "";
  return `${name}: connection lost ${clock}. ${kept}${next}`;
}

function inWords(wait_s: number): string {
  return wait_s > 120 ? `${Math.ceil(wait_s / 60)} min` : `${wait_s} s`;
}

function logdirMessage({ source, logdir, engine }: Source): string {
  if (!logdir) return "";
  if (logdir.message !== "" && logdir.state !== "missing") return sentence(`${source}: ${logdir.message}`);
  const where = engine?.host ? `${engine.host} has no ${logdir.asked || logdir.path}` : `${source} does not exist`;
  const who = engine?.user ? ` (logged in as ${engine.user}, home ${engine.home})` : "";
  const closest = logdir.closest.length > 0 ? ` Closest: ${logdir.closest.join(", ")}.` : "";
  return `${where}${who}.${closest} Watching: it is shown as soon as it appears.`;
}

function said({ message, hint }: Source): string {
  return [message, hint].filter(Boolean).map(sentence).join(" ");
}

function sentence(text: string): string {
  return /[.?…]$/.test(text) ? text : `${text}.`;
}
