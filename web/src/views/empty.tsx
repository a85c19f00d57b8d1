/** Why there is nothing to see, what is being watched, and what to do. */

import { KIND_NAMES } from "../lib/kind";
import { formatBytes, formatPercent, plural } from "../lib/number";
import { Button } from "../parts/button";
import { board } from "../state/board";
import { now_s } from "../state/clock";
import { chosen_kinds } from "../state/kinds";
import { checkFound, DEFAULT_SELECTION, selection, visible_runs } from "../state/selection";
import { run_filter_text, tag_filter_text } from "../state/settings";
import { isLoading, sources } from "../state/sources";
import { troubleOf } from "../state/trouble";
import { matching_cards } from "./groups";

export interface Nothing {
  lines: string[];
  action?: { label: string; run: () => void };
}

/** What to say instead of cards; null when there are cards. */
export function emptiness(): Nothing | null {
  const { runs, tags: scalars, media, known } = board.value;
  const tags = [...scalars, ...media];
  if (runs.length === 0 || (tags.length === 0 && sources.value.some(isLoading))) return watched(known);
  if (tags.length === 0) {
    return {
      lines: [
        `${plural(runs.length, "run")}, but nothing to draw in them yet.`,
        "Watching: new points appear by themselves.",
      ],
    };
  }
  if (matching_cards.value.length === 0) {
    return {
      lines: [nothingMatches()],
      action: {
        label: `Show all ${plural(tags.length, "tag")}`,
        run: () => {
          tag_filter_text.value = "";
          chosen_kinds.value = new Set();
        },
      },
    };
  }
  if (visible_runs.value.length > 0) return null;
  if (run_filter_text.value !== "") {
    return {
      lines: [`No checked run matches “${run_filter_text.value}”.`],
      action: {
        label: `Show all ${plural(runs.length, "run")}`,
        run: () => {
          run_filter_text.value = "";
          selection.value = DEFAULT_SELECTION;
        },
      },
    };
  }
  return {
    lines: ["No run is checked."],
    action: { label: `Show all ${plural(runs.length, "run")}`, run: () => checkFound(true) },
  };
}

function nothingMatches(): string {
  const kinds = [...chosen_kinds.value].map((kind) => KIND_NAMES[kind]).join(", ");
  const of_kind = kinds === "" ? "No tag" : `No tag among the ${kinds}`;
  return tag_filter_text.value === ""
    ? `There are no ${kinds || "tags"} in these runs.`
    : `${of_kind} matches “${tag_filter_text.value}”.`;
}

/** One line per source: what it is doing while there are no runs. */
function watched(known: boolean): Nothing | null {
  if (sources.value.length === 0) return { lines: known ? ["Nothing is shown. Add a target with + above."] : [] };
  return {
    lines: sources.value.map((source) => {
      const trouble = troubleOf(source, now_s.value);
      if (trouble) return trouble.message;
      if (source.same_as !== null) return `${source.source} is the same directory as ${source.same_as}, shown once.`;
      if (source.state === "connecting") return `Connecting to ${source.source} …`;
      const { load } = source;
      if (isLoading(source) && load && load.bytes > 0) {
        return `Reading ${source.source}: ${formatPercent(load.bytes_read, load.bytes)} of ${formatBytes(load.bytes)}`;
      }
      if (!known || isLoading(source)) return `Reading ${source.source} …`;
      return `No runs in ${source.source} yet. Watching: new runs appear by themselves.`;
    }),
  };
}

export function EmptyBoard({ nothing }: { nothing: Nothing }) {
  return (
    <div class="empty" data-testid="empty">
      {nothing.lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {nothing.action && (
        <Button label={nothing.action.label} class="button-plain" onClick={nothing.action.run}>
          {nothing.action.label}
        </Button>
      )}
    </div>
  );
}
