/** The colour of every run, on the page as it is now. */
import { computed } from "@preact/signals";
import { placeRuns } from "../lib/colour";
import { PALETTE } from "../lib/palette";
import { naturalCompare } from "../lib/text";
import { board, type Run } from "./board";
import { visible_runs } from "./selection";
import { is_loading } from "./sources";
import { dark } from "./theme";

let remembered = new Map<string, number>();
let was_loading = true;

function olderFirst(a: Run, b: Run): number {
  const age = (a.first_wall_time_s ?? Number.POSITIVE_INFINITY) - (b.first_wall_time_s ?? Number.POSITIVE_INFINITY);
  return age || naturalCompare(a.name, b.name) || naturalCompare(a.source, b.source);
}

const places = computed(() => {
  // Which run is oldest is known only when all have been read: until then nothing is remembered.
  if (is_loading.value || was_loading) remembered = new Map();
  was_loading = is_loading.value;
  placeRuns([...board.value.runs].sort(olderFirst), [...visible_runs.value].sort(olderFirst), remembered);
  return new Map(remembered);
});

let latest: ReadonlyMap<string, string> = new Map();

/** The colour of each run by key, for the theme in use. The same map as before when no colour has changed. */
export const colours = computed(() => {
  const variant = dark.value ? 1 : 0;
  const now = new Map<string, string>();
  for (const [key, place] of places.value) now.set(key, PALETTE[place]?.[variant] ?? "gray");
  const same = now.size === latest.size && [...now].every(([key, colour]) => latest.get(key) === colour);
  if (!same) latest = now;
  return latest;
});
