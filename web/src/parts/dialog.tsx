/** A dialog over the board, or at a place on it: keeps the focus, and closes with Escape or a click beside it. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button";

interface Props {
  label: string;
  /** Where its corner is to be; without it, it stands in the middle and has a title. */
  at?: { left: number; top: number };
  class?: string;
  onClose: () => void;
  children: ComponentChildren;
  testid?: string;
}

const EDGE_PX = 8;

export function Dialog({ label, at, onClose, children, testid, ...props }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    element.showModal();
    if (!at) return;
    // Inside the window, whichever edge it was asked for at.
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(EDGE_PX, Math.min(at.left, innerWidth - EDGE_PX - width))}px`;
    element.style.top = `${Math.max(EDGE_PX, Math.min(at.top, innerHeight - EDGE_PX - height))}px`;
  }, []);
  return (
    <dialog
      class={`dialog ${at ? "dialog-placed" : ""} ${props.class ?? ""}`}
      ref={dialog}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        // A click on the dialog itself is one on its backdrop.
        if (event.target === dialog.current) dialog.current?.close();
      }}
      onKeyDown={(event) => event.stopPropagation()}
      data-testid={testid}
    >
      <div class="dialog-body">
        {!at && (
          <header>
            <h2>{label}</h2>
            <Button label="close" icon="close" onClick={() => dialog.current?.close()} />
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
