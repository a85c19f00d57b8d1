/** Messages of the WebSocket /api/changes. */
import { hub, load, lossesTotal, source } from "./source";
import {
  array,
  boolean,
  InvalidAnswer,
  nullable,
  number,
  object,
  optional,
  type Read,
  type Reader,
  string,
} from "./validate";

const grown = object({
  run: string,
  tag: string,
  kind: optional(string, "scalar"),
  points: number,
  superseded: optional(number, 0),
  last_step: nullable(number),
  last_wall_time_s: nullable(number),
  last_value: nullable(number),
  nan: optional(number, 0),
  inf: optional(number, 0),
  last_non_finite_step: nullable(number),
});

const hello = object({ hub, sources: array(source) });
const sourceChanged = object({ source });
const sourceRemoved = object({ source: string });
const change = object({
  source: string,
  epoch: optional(string, ""),
  version: optional(number, 0),
  reindex: optional(boolean, false),
  load: nullable(load),
  losses_total: nullable(lossesTotal),
  series: optional(array(grown), []),
});

export type Grown = Read<typeof grown>;
export type Change = Read<typeof change>;
export type Message =
  | ({ type: "hello" } & Read<typeof hello>)
  | ({ type: "source" } & Read<typeof sourceChanged>)
  | ({ type: "source_removed" } & Read<typeof sourceRemoved>)
  | ({ type: "change" } & Change);

const typed = object({ type: string });

/** Reads a message; null for a type this page does not know. */
export const message: Reader<Message | null> = (value, path) => {
  const { type } = typed(value, path);
  if (type === "hello") return { type, ...hello(value, path) };
  if (type === "source") return { type, ...sourceChanged(value, path) };
  if (type === "source_removed") return { type, ...sourceRemoved(value, path) };
  if (type === "change") return { type, ...change(value, path) };
  return null;
};

export function parseMessage(data: unknown): Message | null {
  if (typeof data !== "string") throw new InvalidAnswer("message", "a text");
  return message(JSON.parse(data), "message");
}
