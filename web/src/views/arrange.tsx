/** The items of a card's menu that say where it stands. */
import { isPinned, moveCard, PINNED, setHidden, setPinned } from "../state/arrangement";
import { groupOf } from "./groups";

/** `done` closes the menu. */
export function ArrangeItems({ tag, done }: { tag: string; done: () => void }) {
  const group = groupOf(tag);
  const tags = group?.tags.map((other) => other.tag) ?? [];
  const place = tags.indexOf(tag);
  const pinned = isPinned(tag);
  const move = (to: number) => moveCard(pinned ? PINNED : (group?.name ?? ""), tags, tag, to);
  return (
    <>
      <Item label={pinned ? "Unpin" : "Pin above all others"} run={() => setPinned(tag, !pinned)} done={done} />
      {place > 0 && <Item label="Move forward" run={() => move(place - 1)} done={done} />}
      {place < tags.length - 1 && <Item label="Move back" run={() => move(place + 1)} done={done} />}
      {!pinned && <Item label="Hide this card" run={() => setHidden(tag, true)} done={done} />}
    </>
  );
}

function Item({ label, run, done }: { label: string; run: () => void; done: () => void }) {
  return (
    <button
      type="button"
      class="menu-item"
      onClick={() => {
        run();
        done();
      }}
    >
      {label}
    </button>
  );
}
