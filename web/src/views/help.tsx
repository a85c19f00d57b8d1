/** The keyboard shortcuts, over the board. */
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../parts/button";
import { SHORTCUTS } from "./shortcuts";

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    // A click on the dialog itself is one on its backdrop; the keyboard closes it with Escape.
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      class="help"
      ref={dialog}
      aria-label="keyboard shortcuts"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
      data-testid="help"
    >
      <div class="help-body">
        <header>
          <h2>Keyboard and pointer</h2>
          <Button label="close" icon="close" onClick={() => dialog.current?.close()} />
        </header>
        <div class="help-columns">
          {SHORTCUTS.map(([title, list]) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl>
                {list.map(({ keys, does }) => (
                  <div key={keys}>
                    <dt>{keys}</dt>
                    <dd>{does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </dialog>
  );
}
