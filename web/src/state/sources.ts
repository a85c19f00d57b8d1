/** The sources and how they are; what is wrong with one, in words. */
import { computed, signal } from "@preact/signals";
import type { Change } from "../api/change";
import type { Load, Source } from "../api/source";
import { formatClock } from "../lib/time";

export const sources = signal<readonly Source[]>([]);

export function setSource(changed: Source): void {
  const known = sources.value.some((s) => s.source === changed.source);
  sources.value = known
    ? sources.value.map((s) => (s.source === changed.source ? changed : s))
    : [...sources.value, changed];
}

export function removeSource(name: string): void {
  sources.value = sources.value.filter((s) => s.source !== name);
}

/** Takes over what a change says about loading and losses. */
export function noteChange(change: Change): void {
  const source = sources.value.find((s) => s.source === change.source);
  if (!source || (!change.load && !change.losses_total)) return;
  const load = change.load ?? source.load;
  const losses_total = change.losses_total ?? source.losses_total;
  if (sameLoad(load, source.load) && losses_total?.count === source.losses_total?.count) return;
  setSource({ ...source, load, losses_total });
}

function sameLoad(a: Load | null, b: Load | null): boolean {
  return a?.state === b?.state && a?.bytes_read === b?.bytes_read && a?.files_read === b?.files_read;
}

export const is_loading = computed(() => sources.value.some(isLoading));
export const many_sources = computed(() => sources.value.length > 1);

export function isLoading(source: Source): boolean {
  return source.load?.state === "loading" && (source.state === "live" || source.state === "quiet");
}

/** How a source's dot looks: `ok` is said only of a source that is live. */
export type Tone = "ok" | "busy" | "warn" | "bad";

export function toneOf(source: Source): Tone {
  if (source.state === "failed" || source.state === "needs_you") return "bad";
  if (source.state === "connecting") return "busy";
  if (source.state !== "live") return "warn";
  if (source.logdir && source.logdir.state !== "ok") return "bad";
  return isLoading(source) ? "busy" : "ok";
}

export interface Trouble {
  tone: "warn" | "bad";
  message: string;
  can_retry: boolean;
}

/** What is wrong with a source, since when, and what happens about it; null when nothing is. */
export function troubleOf(source: Source, now_s: number): Trouble | null {
  const said = [source.message, source.hint].filter(Boolean).map(sentence).join(" ");
  if (source.state === "needs_you") {
    const ask = `${source.source} wants you to log in again. Go to the terminal where farboard runs and press Enter.`;
    return { tone: "bad", message: said || ask, can_retry: true };
  }
  if (source.state === "failed") {
    return { tone: "bad", message: said || `${source.source} could not be reached.`, can_retry: true };
  }
  if (source.state === "lost" || source.state === "retrying") {
    return { tone: "warn", message: lostMessage(source, now_s), can_retry: source.next_try_at_s !== null };
  }
  if (source.logdir && source.logdir.state !== "ok") {
    return { tone: "bad", message: logdirMessage(source), can_retry: false };
  }
  return null;
}

function lostMessage(source: Source, now_s: number): string {
  const since = source.last_heard_at_s ?? source.since_s;
  const what = since === null ? "connection lost" : `connection lost ${formatClock(since)}`;
  const kept = source.load ? "Showing data until then. " : "";
  const wait_s = source.next_try_at_s === null ? 0 : Math.ceil(source.next_try_at_s - now_s);
  const next = wait_s > 0 ? `Retrying in ${wait_s} s` : "Reconnecting …";
  return `${source.source}: ${what}. ${kept}${next}`;
}

function logdirMessage({ source, logdir, engine }: Source): string {
  if (!logdir) return "";
  if (logdir.message !== "" && logdir.state !== "missing") return sentence(`${source}: ${logdir.message}`);
  const where = engine?.host ? `${engine.host} has no ${logdir.asked || logdir.path}` : `${source} does not exist`;
  const who = engine?.user ? ` (logged in as ${engine.user}, home ${engine.home})` : "";
  const closest = logdir.closest.length > 0 ? ` Closest: ${logdir.closest.join(", ")}.` : "";
  return `${where}${who}.${closest} Watching: it is shown as soon as it appears.`;
}

function sentence(text: string): string {
  return /[.?…]$/.test(text) ? text : `${text}.`;
}
