/** The command palette: everything by name, from the keyboard. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fuzzyBest } from "../lib/fuzzy";
import { allCommands, type Command } from "./commands";

const LISTED_MOST = 50;
const KINDS: Record<Command["kind"], string> = { do: "", tag: "tag", run: "only this run", view: "view" };

export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [place, setPlace] = useState(0);
  const commands = useMemo(() => allCommands(onHelp), []);
  const found = useMemo(() => fuzzyBest(query.trim(), commands, (it) => it.name, LISTED_MOST), [query]);
  const chosen = found[Math.min(place, found.length - 1)];

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [place, query]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    dialog.current?.close();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setPlace((Math.min(place, found.length - 1) + step + found.length) % found.length || 0);
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    // A click on the dialog itself is one on its backdrop; the keyboard closes it with Escape.
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      class="palette"
      ref={dialog}
      aria-label="commands"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
      data-testid="palette"
    >
      <input
        type="text"
        class="palette-text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen ? optionId(found.indexOf(chosen)) : undefined}
        aria-label="what to do, or where to go"
        placeholder="a tag, a run, a view, or what to do"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
        data-testid="palette-text"
      />
      <div class="palette-list" id="palette-list" role="listbox" aria-label="found" ref={list}>
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text box has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the text box has the focus
          <div
            key={command.id}
            id={optionId(i)}
            role="option"
            aria-selected={command === chosen}
            class="palette-item"
            onClick={() => run(command)}
            onPointerMove={() => setPlace(i)}
            data-testid="palette-item"
          >
            <span class="palette-name">{command.name}</span>
            <span class="quiet">{command.keys || KINDS[command.kind]}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p class="palette-none quiet" role="status">
          Nothing is called so.
        </p>
      )}
    </dialog>
  );
}

function optionId(place: number): string {
  return `palette-${place}`;
}
