/** The charts that layouts of custom scalars ask for, each with a card of its own in a section of its category. */
import { computed, effect, signal } from "@preact/signals";
import { type LayoutCategory, layoutValue } from "../api/custom_scalars";
import { postValues } from "../api/values";
import type { Margin } from "../charts/margins";
import { mergeLayouts, type TagPattern, tagPattern, tagsOfChart } from "../lib/custom_layout";
import { remembered } from "../lib/filter";
import { naturalCompare } from "../lib/text";
import { board, type Tag } from "./board";
import { session } from "./session";

export const CUSTOM = "custom_scalars";
const SECTION = "custom: ";
const RETRY_MS = 3000;

export interface CustomChart {
  /** As a card has it; its series are those of other tags. */
  card: Tag;
  /** On the board, that it shows. */
  tags: readonly string[];
  /** Null: a line for each tag. */
  margins: readonly Margin[] | null;
  /** What it asks for, in words. */
  wanted: string;
  /** Patterns that are none, and why. */
  errors: readonly string[];
}

/** By run; null before the first answer. */
const layouts = signal<ReadonlyMap<string, readonly LayoutCategory[]> | null>(null);
/** Layouts that cannot be read, a sentence each. */
export const layout_troubles = signal<readonly string[]>([]);

/** True while there may be layouts that have not come yet. */
export const layouts_waiting = computed(() => layouts.value === null);

/** The files have layouts, and none has come yet, nor why it does not. */
export const layouts_coming = computed(
  () =>
    layouts.value === null &&
    layout_troubles.value.length === 0 &&
    board.value.media.some(({ kind }) => kind === CUSTOM),
);

const categories = computed(() => mergeLayouts([...(layouts.value ?? new Map()).values()]));

/** Sections that the layout wants closed. */
export const closed_sections = computed(
  () => new Set(categories.value.filter(({ closed }) => closed).map(({ title }) => SECTION + title)),
);

/** A pattern is compiled, and asked of a tag, once. */
const patternOf = remembered((pattern: string): TagPattern => {
  const compiled = tagPattern(pattern);
  return { ...compiled, matches: remembered(compiled.matches) };
});

const cards = new Map<string, Tag>();

/** In the order of the layouts. */
export const custom_charts = computed((): readonly CustomChart[] => {
  const tags = board.value.tags.map(({ tag }) => tag);
  const taken = new Set<string>();
  return categories.value.flatMap(({ title: category, charts }) =>
    charts.map((chart): CustomChart => {
      const group = SECTION + category;
      const key = freeName(`${group}/${chart.title}`, taken);
      const patterns = chart.multiline?.tags ?? [];
      const wanted = chart.margin
        ? chart.margin.series.map(({ value, lower, upper }) => `${value} (${lower} … ${upper})`).join(", ")
        : patterns.join(", ");
      const errors = patterns.map(patternOf).filter(({ error }) => error !== "");
      return {
        card: cardOf(key, group, chart.title || wanted, wanted),
        tags: tagsOfChart(chart, tags, patternOf),
        margins: chart.margin?.series ?? null,
        wanted,
        errors: errors.map(({ pattern, error }) => `“${pattern}” is no pattern: ${error}`),
      };
    }),
  );
});

/** By the name of the card. */
export const custom_chart_of = computed(() => new Map(custom_charts.value.map((chart) => [chart.card.key, chart])));

/** Unlike any tag on the board and any other chart. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name) || board.value.tag_of.has(name); i++) name = `${wanted} (${i})`;
  taken.add(name);
  return name;
}

/** The same as before while nothing about it has changed, so that its card stays. */
function cardOf(key: string, group: string, title: string, description: string): Tag {
  const known = cards.get(key);
  if (known?.title === title && known.description === description) return known;
  const made = { key, tag: key, group, title, kind: CUSTOM, description, series: new Map(), growth: signal(0) };
  cards.set(key, made);
  return made;
}

/** Reads the newest layout of each run whenever there may be another one. */
export function startCustomScalars(): void {
  let asked = "";
  let timer = 0;
  effect(() => {
    const series = board.value.media
      .filter(({ kind }) => kind === CUSTOM)
      .flatMap((tag) => {
        tag.growth.value;
        return [...tag.series].flatMap(([key, { points }]) => {
          const run = board.value.run_of.get(key);
          return run ? [{ source: run.source, run: run.name, tag: tag.tag, kind: CUSTOM, key, points }] : [];
        });
      })
      .sort((a, b) => naturalCompare(a.run, b.run))
      .map((entry, id) => ({ ...entry, id }));
    const question = JSON.stringify(series);
    if (question === asked || session.value === "out") return;
    asked = question;
    clearTimeout(timer);
    if (series.length === 0) {
      layouts.value = null;
      layout_troubles.value = [];
      return;
    }
    const read = async () => {
      const mine = question;
      try {
        // The last of them is the newest; which one a limit of 1 means is not said.
        const answer = await postValues(
          { series: series.map(({ key: _, points: __, ...name }) => name), limit: 2 },
          layoutValue,
        );
        if (mine === asked) take(answer, series);
      } catch (problem) {
        if (mine !== asked) return;
        layout_troubles.value = [problem instanceof Error ? problem.message : String(problem)];
        timer = window.setTimeout(() => void read(), RETRY_MS);
      }
    };
    void read();
  });
}

type Answer = Awaited<ReturnType<typeof postValues<ReturnType<typeof layoutValue>>>>;

function take(answer: Answer, series: readonly { key: string; run: string }[]): void {
  const found = new Map<string, readonly LayoutCategory[]>();
  const troubles: string[] = [];
  for (const { id, value } of answer) {
    const name = series[id];
    const newest = value.at(-1);
    if (!name || !newest) continue;
    if (newest.error) troubles.push(`the layout of ${name.run} cannot be read: ${newest.error.message}`);
    else if (newest.ok.layout === null) troubles.push(`the layout of ${name.run} cannot be decoded`);
    else found.set(name.key, newest.ok.layout.categories);
  }
  layouts.value = found;
  layout_troubles.value = troubles;
}
