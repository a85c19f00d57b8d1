/** The sources and how they are. */
import { computed, signal } from "@preact/signals";
import type { Change } from "../api/change";
import type { Load, Source } from "../api/source";
import { runKey } from "./board";
import { noteOf } from "./notes";

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
/** Those whose runs are shown: of several that see one directory only one. */
export const shown_sources = computed(() => sources.value.filter((s) => s.same_as === null));
export const many_sources = computed(() => shown_sources.value.length > 1);

/** Names what is remembered for these targets, on whatever port they are shown; "" until they are known. */
export const targets_name = computed(() =>
  sources.value
    .map((s) => s.source)
    .sort()
    .join(" "),
);

const shorts = computed(() => new Map(sources.value.map((s) => [s.source, s.short || s.source])));

/** What a source is called beside its runs. */
export function shortName(source: string): string {
  return shorts.value.get(source) ?? source;
}

/** A run as it is called on this board: `gpu1/seed-0` when there are several sources; the name it was given, if any. */
export function fullName(run: { source: string; name: string }): string {
  const name = noteOf(runKey(run.source, run.name)).name || run.name;
  return many_sources.value ? `${shortName(run.source)}/${name}` : name;
}

let ahead_before: ReadonlyMap<string, number> = new Map();

/** How far each source's clock is ahead of ours; the same map as before while nothing has moved. */
export const clocks_ahead_s = computed(() => {
  const now = new Map(sources.value.map((s) => [s.source, s.clock_correction_s]));
  const same = now.size === ahead_before.size && [...now].every(([name, s]) => ahead_before.get(name) === s);
  if (!same) ahead_before = now;
  return ahead_before;
});

export function aheadOf(source: string): number {
  return clocks_ahead_s.value.get(source) ?? 0;
}

export function isLoading(source: Source): boolean {
  return source.load?.state === "loading" && (source.state === "live" || source.state === "quiet");
}

/** How a source's dot looks: `ok` is said only of a source that is live and shown; `idle`: another one is. */
export type Tone = "ok" | "idle" | "busy" | "warn" | "bad";

export function toneOf(source: Source): Tone {
  if (source.state === "failed") return "bad";
  // A login is a matter of a moment; who has another identity, or no valid configuration, is not trusted.
  if (source.state === "needs_you") return source.cause === "identity" || source.cause === "setup" ? "bad" : "warn";
  if (source.state === "connecting") return "busy";
  if (source.state !== "live") return "warn";
  if (source.logdir && source.logdir.state !== "ok") return "bad";
  if (source.logdir && source.logdir.silent_s !== null) return "warn";
  if (source.same_as !== null) return "idle";
  return isLoading(source) ? "busy" : "ok";
}
