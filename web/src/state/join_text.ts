/** Joined tags as a part of the address: `join=train/loss;val/loss;;lr`, after `;;` those on the right axis. */
import { decode, encode } from "./fragment";
import type { Join } from "./joins";

export function writeJoins(joins: readonly Join[]): string {
  return joins.map(writeJoin).join(",");
}

export function readJoins(text: string): Join[] {
  return text
    .split(",")
    .map(readJoin)
    .filter(({ tags }) => tags.length > 1);
}

function writeJoin({ tags, right }: Join): string {
  const list = (of: readonly string[]) => of.map((tag) => encode(tag, true)).join(";");
  const on_right = tags.filter((tag) => right.has(tag));
  const left = list(tags.filter((tag) => !right.has(tag)));
  return on_right.length === 0 ? left : `${left};;${list(on_right)}`;
}

function readJoin(text: string): Join {
  const [left = "", right = ""] = text.split(";;");
  const list = (part: string) => part.split(";").filter(Boolean).map(decode);
  return { tags: [...list(left), ...list(right)], right: new Set(list(right)) };
}
