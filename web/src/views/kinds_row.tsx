/** Which kinds of data have cards: a row above the sections, where the files have more than one kind. */
import { useEffect, useRef } from "preact/hooks";
import { KIND_NAMES, type Kind } from "../lib/kind";
import { formatCount } from "../lib/number";
import { board } from "../state/board";
import { chosen_kinds, isShown, kind_counts, setShown, showOnly } from "../state/kinds";
import { BoardStep } from "./step_bar";

export function KindsRow() {
  const counts = [...kind_counts.value];
  const is_all = chosen_kinds.value.size === 0;
  if (board.value.media.length === 0 && is_all) return null;
  return (
    <div class="kinds-row">
      {(counts.length > 1 || !is_all) && <Kinds counts={counts} is_all={is_all} />}
      <BoardStep />
    </div>
  );
}

function Kinds({ counts, is_all }: { counts: [Kind, number][]; is_all: boolean }) {
  const row = useRef<HTMLDivElement>(null);
  const chosen = [...chosen_kinds.value].join();
  useEffect(() => {
    const kind = row.current?.querySelector("[aria-pressed=true]");
    if (row.current && kind) bringIntoRow(row.current, kind);
  }, [chosen, counts.length]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row in every browser
    <div class="kinds" role="group" aria-label="kinds of data on the board" data-testid="kinds" ref={row}>
      <button
        type="button"
        class="kind"
        aria-pressed={is_all}
        onClick={() => {
          chosen_kinds.value = new Set();
        }}
      >
        all
      </button>
      {counts.map(([kind, count]) => (
        <button
          type="button"
          class="kind"
          key={kind}
          aria-pressed={!is_all && isShown(kind)}
          title={`only ${KIND_NAMES[kind]}; with Shift, Ctrl or ⌘: these, too, or not`}
          data-kind={kind}
          onClick={(event) => choose(event, kind)}
        >
          {KIND_NAMES[kind]} <span class="quiet">{formatCount(count)}</span>
        </button>
      ))}
    </div>
  );
}

/** In a narrow window the row scrolls: what was chosen elsewhere is to be seen, and the page is not to move for it. */
function bringIntoRow(row: Element, kind: Element): void {
  const [outer, inner] = [row.getBoundingClientRect(), kind.getBoundingClientRect()];
  row.scrollLeft += Math.max(0, inner.right - outer.right) - Math.max(0, outer.left - inner.left);
}

function choose(event: MouseEvent, kind: Kind): void {
  const adds = event.shiftKey || event.ctrlKey || event.metaKey;
  if (!adds || chosen_kinds.peek().size === 0) showOnly(kind);
  else setShown(kind, !isShown(kind));
}
