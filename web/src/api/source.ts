/** A source: one target of the command line, and how it is (docs/http-api.md, GET /api/status). */
import { askJson } from "./request";
import { array, nullable, number, object, oneOf, optional, type Read, record, string } from "./validate";

const engine = object({
  version: optional(string, ""),
  epoch: optional(string, ""),
  host: optional(string, ""),
  platform: optional(string, ""),
  user: optional(string, ""),
  home: optional(string, ""),
  now_s: nullable(number),
});

const logdir = object({
  asked: optional(string, ""),
  path: optional(string, ""),
  state: optional(string, "ok"),
  message: optional(string, ""),
  closest: optional(array(string), []),
  /** For how long its file system has not answered. */
  silent_s: nullable(number),
});

/** A new engine that sees other files than the one before, on another machine. */
const moved = object({ from: string, to: string, at_s: number });

export const load = object({
  state: optional(string, "loading"),
  files: optional(number, 0),
  files_read: optional(number, 0),
  bytes: optional(number, 0),
  bytes_read: optional(number, 0),
  runs: optional(number, 0),
  series: optional(number, 0),
  points: optional(number, 0),
});

const place = object({
  offset_bytes: optional(number, 0),
  length_bytes: optional(number, 0),
  kind: optional(string, ""),
});

const fileLosses = object({
  run: optional(string, ""),
  file: optional(string, ""),
  count: optional(number, 0),
  bytes: optional(number, 0),
  kinds: optional(record(number), new Map<string, number>()),
  /** The first ones. */
  first: optional(array(place), []),
});

export const lossesTotal = object({ count: optional(number, 0), bytes: optional(number, 0) });

/** What is kept on the machine of the logs for the next start. */
const index = object({
  state: optional(string, ""),
  message: optional(string, ""),
});

export const source = object({
  source: string,
  /** What it is called beside its runs when the board has several. */
  short: optional(string, ""),
  /** The source that shows the same directory; this one is then not asked. */
  same_as: nullable(string),
  kind: oneOf("local", "ssh", "via"),
  state: oneOf("connecting", "live", "quiet", "lost", "retrying", "needs_you", "failed"),
  since_s: nullable(number),
  message: optional(string, ""),
  hint: optional(string, ""),
  /** Why it is not live: network, closed, engine, garbled, refused, login, identity, setup, remote. */
  cause: optional(string, ""),
  attempt: optional(number, 0),
  next_try_at_s: nullable(number),
  rtt_ms: nullable(number),
  clock_skew_s: nullable(number),
  /** What its wall times are ahead of ours for certain; 0 when that is in doubt. */
  clock_correction_s: optional(number, 0),
  received_bytes: optional(number, 0),
  last_heard_at_s: nullable(number),
  /** Of the last change that was heard. */
  epoch: nullable(string),
  version: nullable(number),
  moved: nullable(moved),
  engine: nullable(engine),
  logdir: nullable(logdir),
  load: nullable(load),
  index: nullable(index),
  losses_total: nullable(lossesTotal),
  /** Most affected first. */
  losses_by_file: optional(array(fileLosses), []),
});

export const hub = object({ version: optional(string, ""), now_s: number });

export type Source = Read<typeof source>;
export type Load = Read<typeof load>;
export type FileLosses = Read<typeof fileLosses>;
export type Hub = Read<typeof hub>;

const status = object({ hub, sources: array(source) });

export function getStatus(): Promise<Read<typeof status>> {
  return askJson("/api/status", status);
}

/** Asks the hub to try a lost source again now. */
export async function retrySource(name: string): Promise<void> {
  await askJson("/api/retry", object({}), { method: "POST", body: { source: name } });
}

const added = object({ source: string, added: (value) => value === true });

/** Adds a target as one would type it; gives its name. What becomes of it is told by its state. */
export async function addSource(target: string): Promise<string> {
  return (await askJson("/api/sources", added, { method: "POST", body: { target } })).source;
}

/** Removes a source; what runs for it is ended. */
export async function removeFromBoard(name: string): Promise<void> {
  await askJson("/api/sources/remove", object({}), { method: "POST", body: { source: name } });
}
