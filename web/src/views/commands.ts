/** All that can be done or gone to by name, for the palette. */
import { setHidden } from "../state/arrangement";
import { board, type Tag } from "../state/board";
import { CUSTOM, custom_charts } from "../state/custom_scalars";
import { chosen_kinds, isShown } from "../state/kinds";
import { openView, saved_views } from "../state/saved_views";
import { isolate } from "../state/selection";
import { clip_percent, tag_filter_text } from "../state/settings";
import { fullName } from "../state/sources";
import { setFolded } from "../state/view";
import { groupOf } from "./groups";
import { SHORTCUTS } from "./shortcuts";

/** TensorBoard leaves out as many on each side. */
const OUTLIERS_PERCENT = 5;

export interface Command {
  kind: "do" | "tag" | "run" | "view";
  /** Unique. */
  id: string;
  name: string;
  keys: string;
  run: () => void;
}

/** In the order in which equals are listed. */
export function allCommands(openHelp: () => void): Command[] {
  return [
    ...actions(openHelp),
    ...saved_views.value.map((view) => command("view", view.name, () => void openView(view.value))),
    ...board.value.tags.map((tag) => command("tag", tag.tag, () => goToTag(tag))),
    ...custom_charts.value.map(({ card }) => command("tag", card.tag, () => goToTag(card))),
    ...board.value.media
      .filter(({ kind }) => kind !== CUSTOM)
      .map((tag) => ({ ...command("tag", tag.tag, () => goToTag(tag)), id: `tag:${tag.key}` })),
    ...board.value.runs.map((run) => ({ ...command("run", fullName(run), () => isolate(run.key)), id: run.key })),
  ];
}

function command(kind: Command["kind"], name: string, run: () => void, keys = ""): Command {
  return { kind, id: `${kind}:${name}`, name, keys, run };
}

function actions(openHelp: () => void): Command[] {
  const from_keys = SHORTCUTS.flatMap(([, list]) => list).flatMap(({ keys, does, run }) =>
    run ? [command("do", does, () => run({ openHelp, openPalette: () => {} }), keys)] : [],
  );
  const toggleOutliers = () => {
    clip_percent.value = clip_percent.value === 0 ? OUTLIERS_PERCENT : 0;
  };
  return [...from_keys, command("do", "ignore outliers, or not", toggleOutliers)];
}

/** Shows its card, also a hidden one in a folded section; one that is further down than cards are listed is searched for. */
export function goToTag(tag: Tag): void {
  if (tag_filter_text.value !== "") tag_filter_text.value = "";
  setHidden(tag.key, false);
  if (!isShown(tag.kind)) chosen_kinds.value = new Set();
  const section = groupOf(tag.key);
  if (section) setFolded(`tag:${section.key}`, false);
  requestAnimationFrame(() => {
    const card = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(tag.key)}"]`);
    if (!card) {
      tag_filter_text.value = tag.tag;
      return;
    }
    card.scrollIntoView({ block: "center" });
    card.querySelector<HTMLElement>("[role=application]")?.focus({ preventScroll: true });
  });
}
