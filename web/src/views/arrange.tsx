/** The items of a card's menu that say where it stands. */
import { isPinned, moveCard, PINNED, setHidden, setPinned } from "../state/arrangement";
import { groupOf } from "./groups";

/** `card`: its key. `done` closes the menu. */
export function ArrangeItems({ card, done }: { card: string; done: () => void }) {
  const group = groupOf(card);
  const cards = group?.tags.map(({ key }) => key) ?? [];
  const place = cards.indexOf(card);
  const pinned = isPinned(card);
  const move = (to: number) => moveCard(pinned ? PINNED : (group?.name ?? ""), cards, card, to);
  return (
    <>
      <Item label={pinned ? "Unpin" : "Pin above all others"} run={() => setPinned(card, !pinned)} done={done} />
      {place > 0 && <Item label="Move forward" run={() => move(place - 1)} done={done} />}
      {place < cards.length - 1 && <Item label="Move back" run={() => move(place + 1)} done={done} />}
      {!pinned && <Item label="Hide this card" run={() => setHidden(card, true)} done={done} />}
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
