/** The colour of every run, on the page as it is now. */
import { computed } from "@preact/signals";
import { placeRuns } from "../lib/colour";
import { PALETTE } from "../lib/palette";
import { naturalCompare } from "../lib/text";
import { board, type Run } from "./board";
import { visible_runs } from "./selection";
import { loading } from "./sources";
import { dark } from "./theme";

let remembered = new Map<string, number>();
let was_loading = true;

function olderFirst(a: Run, b: Run): number {
  const age = (a.first_wall_time_s ?? Number.POSITIVE_INFINITY) - (b.first_wall_time_s ?? Number.POSITIVE_INFINITY);
  return age || naturalCompare(a.name, b.name) || naturalCompare(a.source, b.source);
}

const places = computed(() => {
  const is_loading = loading.value.length > 0;
  // Which run is oldest is known only when all have been read: until then nothing is remembered.
  if (is_loading || was_loading) remembered = new Map();
  was_loading = is_loading;
  placeRuns([...board.value.runs].sort(olderFirst), [...visible_runs.value].sort(olderFirst), remembered);
  return new Map(remembered);
});

/** The colour of each run by key, for the theme in use. */
export const colours = computed(() => {
  const variant = dark.value ? 1 : 0;
  const out = new Map<string, string>();
  for (const [key, place] of places.value) out.set(key, PALETTE[place]?.[variant] ?? "gray");
  return out;
});
