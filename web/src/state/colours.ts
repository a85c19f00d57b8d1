/** The colour of every run, on the page as it is now. */
import { computed } from "@preact/signals";
import { placeRuns } from "../lib/colour";
import { PALETTE } from "../lib/palette";
import { naturalCompare } from "../lib/text";
import { board, type Run } from "./board";
import { group_by, group_of, groupKey, run_groups } from "./groups";
import { noteOf } from "./notes";
import { visible_runs } from "./selection";
import { is_loading, sources } from "./sources";
import { dark } from "./theme";

const remembered = new Map<string, number>();
/** The sources whose runs have their colours for good. */
const settled = new Set<string>();

const read_sources = computed(() =>
  sources.value
    .filter((source) => source.load?.state === "live")
    .map((source) => source.source)
    .join("\n"),
);

function olderFirst(a: Run, b: Run): number {
  const age = (a.first_wall_time_s ?? Number.POSITIVE_INFINITY) - (b.first_wall_time_s ?? Number.POSITIVE_INFINITY);
  return age || naturalCompare(a.name, b.name) || naturalCompare(a.source, b.source);
}

const places = computed(() => {
  // Which run is oldest is known only when all have been read: until then nothing is remembered. A target that is
  // added later finds the colours of the others taken, and changes none.
  for (const key of [...remembered.keys()]) {
    if (!settled.has(key.slice(0, key.indexOf("\n")))) remembered.delete(key);
  }
  const read = read_sources.value;
  if (!is_loading.value || settled.size > 0) for (const name of read.split("\n")) settled.add(name);
  placeRuns([...board.value.runs].sort(olderFirst), [...visible_runs.value].sort(olderFirst), remembered);
  return new Map(remembered);
});

/** The places of groups, for as long as the runs are grouped by the same. */
let grouped_by = "";
let group_places = new Map<string, number>();

/** The place of each group that is shown, by its key; empty without groups. */
const places_of_groups = computed((): ReadonlyMap<string, number> => {
  if (grouped_by !== group_by.value) group_places = new Map();
  grouped_by = group_by.value;
  const groups = (run_groups.value ?? []).map(({ key, label }) => ({ key, name: label }));
  const visible = new Set(visible_runs.value.map((run) => group_of.value.get(run.key)?.key));
  placeRuns(
    groups,
    groups.filter(({ key }) => visible.has(key)),
    group_places,
  );
  return new Map(group_places);
});

/** The colour of a group, for the theme in use. */
export function groupColour(key: string): string | undefined {
  const place = places_of_groups.value.get(key);
  return place === undefined ? undefined : PALETTE[place]?.[dark.value ? 1 : 0];
}

/** What was chosen by hand, else the group's, else its own. */
function placeOf(key: string, own: number): number {
  const group = group_of.value.get(key);
  return noteOf(key).colour ?? (group && places_of_groups.value.get(group.key)) ?? own;
}

let latest: ReadonlyMap<string, string> = new Map();

/** The colour of each run by key, for the theme in use. The same map as before when no colour has changed. */
export const colours = computed(() => {
  const variant = dark.value ? 1 : 0;
  const now = new Map<string, string>();
  for (const [key, place] of places.value) {
    now.set(key, PALETTE[placeOf(key, place)]?.[variant] ?? "gray");
  }
  for (const group of run_groups.value ?? []) now.set(groupKey(group), groupColour(group.key) ?? "gray");
  const same = now.size === latest.size && [...now].every(([key, colour]) => latest.get(key) === colour);
  if (!same) latest = now;
  return latest;
});
