/** The "+" beside the chips: another target, typed as on the command line. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../parts/button";
import { Menu } from "../parts/menu";
import { sources } from "../state/sources";
import { addTarget, recent_targets } from "../state/targets";

export function AddTarget() {
  return (
    <Menu
      label="add a target"
      class="add-menu"
      button={(is_open, toggle) => (
        <Button label="add a target" icon="plus" expanded={is_open} onClick={toggle} testid="add-target" />
      )}
    >
      {(close) => <AddForm close={close} />}
    </Menu>
  );
}

function AddForm({ close }: { close: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  // At once: a key that came a frame too early would be a shortcut of the board.
  useLayoutEffect(() => input.current?.focus(), []);

  const add = async (target: string) => {
    if (busy || target.trim() === "") return;
    setBusy(true);
    const why_not = await addTarget(target);
    setBusy(false);
    setTrouble(why_not);
    if (why_not === "") close();
    else input.current?.focus();
  };
  const shown = new Set(sources.value.map((source) => source.source));
  const recent = recent_targets.value.filter((target) => !shown.has(target));
  return (
    <form
      class="add"
      data-testid="add-form"
      onSubmit={(event) => {
        event.preventDefault();
        void add(typed);
      }}
    >
      <label for="add-target-text">Show another directory</label>
      <div class="add-line">
        <input
          id="add-target-text"
          ref={input}
          type="text"
          value={typed}
          placeholder="gpu2:runs"
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          aria-invalid={trouble ? "true" : undefined}
          aria-describedby="add-target-help"
          data-testid="add-text"
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setTrouble("");
          }}
        />
        <button
          type="submit"
          class="button button-plain"
          disabled={busy || typed.trim() === ""}
          data-testid="add-submit"
        >
          Add
        </button>
      </div>
      {trouble && (
        <p class="add-trouble" role="alert" data-testid="add-trouble">
          {trouble}
        </p>
      )}
      <dl class="add-help" id="add-target-help">
        <dt>gpu2:runs</dt>
        <dd>runs in your home on gpu2, as after ssh</dd>
        <dt>you@gpu2:/data/exp*</dt>
        <dd>as another user; expanded over there</dd>
        <dt>./logs</dt>
        <dd>a directory of the computer that runs farboard</dd>
      </dl>
      {recent.length > 0 && (
        <div class="add-recent">
          <h3>Of late</h3>
          {recent.map((target) => (
            <button
              key={target}
              type="button"
              class="menu-item"
              onClick={() => void add(target)}
              data-testid="add-recent"
            >
              {target}
            </button>
          ))}
        </div>
      )}
      <p class="quiet">If ssh asks for something, answer it in the terminal where farboard runs.</p>
    </form>
  );
}
