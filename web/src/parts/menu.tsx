/** Something that opens under a button, and closes with Escape, a click elsewhere, or when its work is done. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** The button that opens it. */
  button: (is_open: boolean, toggle: () => void) => ComponentChildren;
  label: string;
  children: (close: () => void) => ComponentChildren;
  class?: string;
}

const EDGE_PX = 8;

export function Menu({ button, label, children, class: extra }: Props) {
  const [is_open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!is_open) return;
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      root.current?.querySelector("button")?.focus();
      event.stopPropagation();
    };
    document.addEventListener("pointerdown", onPointer, true);
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("pointerdown", onPointer, true);
      document.removeEventListener("keydown", onKey, true);
    };
  }, [is_open]);

  useLayoutEffect(() => {
    const element = panel.current;
    if (!is_open || !element) return;
    // Keeps the panel inside the window, whichever edge its button is near.
    element.style.transform = "";
    const { left, right } = element.getBoundingClientRect();
    const over = Math.max(0, right - (innerWidth - EDGE_PX));
    const shift = left - over < EDGE_PX ? EDGE_PX - left : -over;
    element.style.transform = `translateX(${shift}px)`;
  }, [is_open]);

  return (
    <div class={`menu ${extra ?? ""}`} ref={root}>
      {button(is_open, () => setOpen(!is_open))}
      {is_open && (
        <div class="menu-panel" ref={panel} role="dialog" aria-label={label}>
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  );
}
