/** What can be done with one run: pin, hide, name, note, colour, compare. */
import { PALETTE } from "../lib/palette";
import { Dialog } from "../parts/dialog";
import { board, type Run } from "../state/board";
import { noteOf, setNote } from "../state/notes";
import { baseline, run_menu } from "../state/runs_table";
import { isolate } from "../state/selection";
import { fullName } from "../state/sources";
import { dark } from "../state/theme";

const close = (): void => {
  run_menu.value = null;
};

export function RunMenu() {
  const at = run_menu.value;
  const run = at && board.value.run_of.get(at.run_key);
  if (!at || !run) return null;
  return (
    <Dialog label={fullName(run)} at={at} class="run-menu" onClose={close} testid="run-menu">
      <p class="run-menu-name" title={run.name}>
        {run.name}
      </p>
      <Actions run={run} />
      <Words run={run} />
      <Colours run={run} />
    </Dialog>
  );
}

function Actions({ run }: { run: Run }) {
  const note = noteOf(run.key);
  const is_baseline = baseline.value === run.key;
  const item = (label: string, act: () => void) => (
    <button
      type="button"
      class="menu-item"
      onClick={() => {
        act();
        close();
      }}
    >
      {label}
    </button>
  );
  return (
    <div class="run-menu-actions">
      {item("Only this run", () => isolate(run.key))}
      {item(note.pinned ? "Unpin" : "Pin to the top", () => setNote(run.key, { pinned: !note.pinned }))}
      {item(is_baseline ? "No baseline" : "Make it the baseline", () => {
        baseline.value = is_baseline ? "" : run.key;
      })}
      {item("Hide", () => setNote(run.key, { hidden: true }))}
    </div>
  );
}

/** Kept with every letter, so that nothing is lost by closing. */
function Words({ run }: { run: Run }) {
  const note = noteOf(run.key);
  return (
    <div class="run-menu-words">
      <label>
        <span>Shown as</span>
        <input
          type="text"
          value={note.name}
          placeholder={run.name}
          spellcheck={false}
          autocomplete="off"
          data-testid="run-rename"
          onInput={(event) => setNote(run.key, { name: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>Note</span>
        <textarea
          rows={3}
          value={note.remark}
          data-testid="run-note"
          onInput={(event) => setNote(run.key, { remark: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function Colours({ run }: { run: Run }) {
  const { colour } = noteOf(run.key);
  const variant = dark.value ? 1 : 0;
  return (
    <fieldset class="run-menu-colours">
      <legend>Colour</legend>
      <label class="run-menu-automatic">
        <input
          type="radio"
          name="run-colour"
          checked={colour === null}
          onChange={() => setNote(run.key, { colour: null })}
        />
        <span>by its name</span>
      </label>
      <div class="run-menu-palette">
        {PALETTE.map((pair, place) => (
          <input
            key={pair[0]}
            type="radio"
            name="run-colour"
            class="palette-colour"
            style={{ "--run": pair[variant] }}
            aria-label={`colour ${place + 1}`}
            checked={colour === place}
            onChange={() => setNote(run.key, { colour: place })}
          />
        ))}
      </div>
    </fieldset>
  );
}
