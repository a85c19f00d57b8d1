/** Which tags are on one chart: put there by hand, or by a pattern. A tag has one place on the board. */
import { batch, computed, signal } from "@preact/signals";
import type { Margin } from "../charts/margins";
import { joinTags } from "../lib/join";
import { board } from "./board";
import { custom_chart_of } from "./custom_scalars";

export interface Join {
  /** The first has the card; the others have none of their own. */
  tags: readonly string[];
  /** Those of them that have the axis on the right. */
  right: ReadonlySet<string>;
  /** Of a layout: which tags are lines, and which the edges around them. */
  margins?: readonly Margin[];
}

const NOWHERE: ReadonlySet<string> = new Set();

/** By hand, by the tag that has the card. */
export const joins = signal<ReadonlyMap<string, Join>>(new Map());
export const join_pattern = signal("");

const by_pattern = computed((): { charts: string[][]; error: string } => {
  try {
    const tags = board.value.tags.map(({ tag }) => tag);
    return { charts: joinTags(join_pattern.value, tags), error: "" };
  } catch (problem) {
    return { charts: [], error: problem instanceof Error ? problem.message : String(problem) };
  }
});

/** What is wrong with the pattern; "" when nothing is. */
export const join_error = computed(() => by_pattern.value.error);

/** All that are in force: of tags that are on the board, and by hand before by pattern. */
const in_force = computed(() => {
  const all = new Map<string, Join>();
  const placed = new Set<string>();
  const put = (tags: readonly string[], right: ReadonlySet<string>) => {
    const there = tags.filter((tag) => board.value.tag_of.has(tag) && !placed.has(tag));
    const [host] = there;
    if (host === undefined || there.length < 2) return;
    for (const tag of there) placed.add(tag);
    all.set(host, { tags: there, right });
  };
  for (const { tags, right } of joins.value.values()) put(tags, right);
  for (const tags of by_pattern.value.charts) put(tags, NOWHERE);
  return all;
});

/** Tags that are on the chart of another. */
export const guests = computed(() => new Set([...in_force.value.values()].flatMap(({ tags }) => tags.slice(1))));

/** Of a chart that a layout has asked for, its own tags, wherever else they are. */
export function joinOf(tag: string): Join {
  const laid_out = custom_chart_of.value.get(tag);
  if (laid_out) return { tags: laid_out.tags, right: NOWHERE, ...(laid_out.margins && { margins: laid_out.margins }) };
  return in_force.value.get(tag) ?? { tags: [tag], right: NOWHERE };
}

/** Puts a chart, with all that is on it, onto another. */
export function joinTo(host: string, guest: string): void {
  if (host === guest) return;
  const [there, coming] = [joinOf(host), joinOf(guest)];
  const tags = [...new Set([...there.tags, ...coming.tags])];
  const next = without(joins.peek(), tags);
  next.set(host, { tags, right: new Set([...there.right, ...coming.right]) });
  joins.value = next;
}

/** Takes a tag off the chart it is on: it has a card of its own again. */
export function takeOff(host: string, tag: string): void {
  const { tags, right } = joinOf(host);
  const rest = tags.filter((other) => other !== tag);
  const next = without(joins.peek(), tags);
  const [first] = rest;
  if (first !== undefined && rest.length > 1) next.set(first, { tags: rest, right });
  const of_pattern = by_pattern.peek().charts;
  batch(() => {
    // The pattern would put it there again: the other charts it has made are kept as made by hand.
    if (of_pattern.some((chart) => chart.includes(tag))) {
      for (const chart of of_pattern) {
        const [name] = chart;
        if (name !== undefined && !chart.includes(tag)) next.set(name, { tags: chart, right: joinOf(name).right });
      }
      join_pattern.value = "";
    }
    joins.value = next;
  });
}

export function toggleRight(host: string, tag: string): void {
  const { tags, right } = joinOf(host);
  const next = new Set(right);
  if (!next.delete(tag)) next.add(tag);
  joins.value = without(joins.peek(), tags).set(host, { tags, right: next });
}

function without(all: ReadonlyMap<string, Join>, tags: readonly string[]): Map<string, Join> {
  return new Map([...all].filter(([, join]) => !join.tags.some((tag) => tags.includes(tag))));
}
