/** Keeps sources and board up to date: the subscription for changes, and the index whenever it says so. */
import { batch, signal } from "@preact/signals";
import type { Change, Grown, Message } from "../api/change";
import { type Answered, getRuns } from "../api/run";
import { subscribe } from "../api/socket";
import { getStatus, type Source } from "../api/source";
import { getTags } from "../api/tag";
import { isKind } from "../lib/kind";
import { applyGrowth, board, buildBoard, pulse, runKey, type Tag, tagOf } from "./board";
import { setHubClock } from "./clock";
import { noteChange, removeSource, setSource, sources } from "./sources";

const INDEX_PAUSE_MS = 1000;
const PULSE_PAUSE_MS = 500;

/** Since when the hub itself has not answered, by this computer's clock; null while it does. */
export const hub_gone_since_s = signal<number | null>(null);
/** Whether the hub said goodbye. */
export const hub_ended = signal(false);
/** Of the hub that answers; empty until it does. */
export const hub_version = signal("");
/** False until the hub has said which sources there are. */
export const hub_known = signal(false);
/** Why the index could not be read, or "". */
export const index_error = signal("");

/** Sources of whose series the index on the screen has all that was there when they had been read to the end. */
export const whole_sources = signal<ReadonlySet<string>>(new Set());
/** Told of everything that has just been written. */
export const growth_listeners = new Set<(change: Change) => void>();

/** What grew while an index was on its way: the answer may be older than these. */
let grown_meanwhile: { source: string; series: Grown[] }[] = [];
/** What the index on the screen is an answer to, by source; of runs and tags the older one. */
let indexed: Answered = new Map();
/** When each source had been read to the end, as it counts what it publishes. */
const live_from = new Map<string, { epoch: string; version: number }>();
/** What a new subscription began with: an index before that is behind. */
let heard: readonly Source[] = [];
let index_running = false;
let index_wanted = false;
let index_timer = 0;
let last_index_ms = Number.NEGATIVE_INFINITY;
const ripe = new Set<Tag>();
let pulse_timer = 0;

/** Starts listening; returns the function that ends it. `refused`: the hub does not accept the secret. */
export function startLive(secret: string, refused: () => void): () => void {
  getStatus().then(
    (status) => {
      if (hub_known.peek()) return;
      setHubClock(status.hub.now_s);
      sources.value = status.sources;
    },
    () => {},
  );
  wantIndex();
  return subscribe(secret, {
    message: receive,
    lost: (in_order) => {
      if (in_order) hub_ended.value = true;
      hub_gone_since_s.value ??= Date.now() / 1000;
    },
    refused,
  });
}

export function receive(message: Message): void {
  switch (message.type) {
    case "hello":
      hub_gone_since_s.value = null;
      hub_ended.value = false;
      hub_version.value = message.hub.version;
      hub_known.value = true;
      setHubClock(message.hub.now_s);
      sources.value = message.sources;
      heard = message.sources;
      for (const source of message.sources) noteLive(source);
      if (!index_running) catchUp();
      return;
    case "source": {
      const before = sources.peek().find((s) => s.source === message.source.source);
      setSource(message.source);
      noteLive(message.source);
      if (message.source.state === "live" && before?.state !== "live") wantIndex();
      // Its runs are shown from now on, or another source's in their place.
      if (before && message.source.same_as !== before.same_as) wantIndex();
      return;
    }
    case "source_removed":
      removeSource(message.source);
      wantIndex();
      return;
    case "change":
      takeChange(message);
  }
}

function takeChange(change: Change): void {
  noteChange(change);
  noteLive(change);
  if (change.series.length > 0) {
    if (index_running) grown_meanwhile.push({ source: change.source, series: change.series });
    for (const tag of applyGrowth(board.peek(), change)) ripe.add(tag);
    wantPulse();
    for (const listen of growth_listeners) listen(change);
  }
  if (change.reindex || hasStrangers(change)) wantIndex();
}

function noteLive({ source, epoch, version, load }: Pick<Source, "source" | "epoch" | "version" | "load">): void {
  if (load?.state !== "live" || !epoch || version === null || live_from.get(source)?.epoch === epoch) return;
  live_from.set(source, { epoch, version });
  noteWhole();
}

function noteWhole(): void {
  const whole = [...live_from].filter(([source, from]) => {
    const has = indexed.get(source);
    return has?.epoch === from.epoch && has.version >= from.version;
  });
  whole_sources.value = new Set(whole.map(([source]) => source));
}

/** A series the board does not know: the index is behind. */
function hasStrangers(change: Change): boolean {
  const now = board.peek();
  return change.series.some(
    (s) => isKind(s.kind) && !tagOf(now, s.kind, s.tag)?.series.has(runKey(change.source, s.run)),
  );
}

/** Asks for the index once when it is behind: a source that does not answer is announced when it does. */
function catchUp(): void {
  if (isBehind()) wantIndex();
  heard = [];
}

/** Whether the index lacks something of what happened before the subscription began. */
function isBehind(): boolean {
  const shown = heard.filter((source) => source.same_as === null);
  if (heard.length > 0 && [...indexed.keys()].some((name) => !shown.some((s) => s.source === name))) return true;
  return shown.some(({ source, epoch, version }) => {
    const has = indexed.get(source);
    return epoch !== null && (has?.epoch !== epoch || has.version < (version ?? Number.POSITIVE_INFINITY));
  });
}

function olderOf(runs: Answered, tags: Answered): Answered {
  const both = [...tags].filter(([source, { epoch }]) => runs.get(source)?.epoch === epoch);
  return new Map(
    both.map(([source, { epoch, version }]) => [
      source,
      { epoch, version: Math.min(version, runs.get(source)?.version ?? version) },
    ]),
  );
}

function wantPulse(): void {
  if (pulse_timer !== 0) return;
  pulse_timer = window.setTimeout(() => {
    pulse_timer = 0;
    pulse.value++;
    for (const tag of ripe) tag.growth.value++;
    ripe.clear();
  }, PULSE_PAUSE_MS);
}

/** Asks for the index, at once or a second after the last time. */
export function wantIndex(): void {
  index_wanted = true;
  if (index_running || index_timer !== 0) return;
  const wait_ms = Math.max(0, last_index_ms + INDEX_PAUSE_MS - performance.now());
  index_timer = window.setTimeout(() => {
    index_timer = 0;
    void readIndex();
  }, wait_ms);
}

async function readIndex(): Promise<void> {
  index_running = true;
  index_wanted = false;
  grown_meanwhile = [];
  last_index_ms = performance.now();
  try {
    const [runs, tags] = await Promise.all([getRuns(), getTags()]);
    const epochs = new Map([...tags.sources].map(([source, { epoch }]) => [source, epoch]));
    const next = buildBoard(runs.runs, tags, epochs, board.peek());
    for (const grown of grown_meanwhile) applyGrowth(next, grown);
    indexed = olderOf(runs.sources, tags.sources);
    batch(() => {
      board.value = next;
      noteWhole();
    });
    index_error.value = "";
  } catch (problem) {
    index_error.value = problem instanceof Error ? problem.message : String(problem);
  } finally {
    index_running = false;
    grown_meanwhile = [];
    if (index_wanted) wantIndex();
    else catchUp();
  }
}
