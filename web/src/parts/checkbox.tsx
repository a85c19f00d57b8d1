/** A check box that may also be half checked. */

interface Props {
  label: string;
  checked: boolean;
  mixed?: boolean;
  colour?: string;
  onChange: (on: boolean) => void;
  onAltClick?: () => void;
  /** False: the Tab key passes it by. */
  reachable?: boolean;
  testid?: string;
}

export function Checkbox({ label, checked, mixed, colour, onChange, onAltClick, reachable, testid }: Props) {
  return (
    <input
      type="checkbox"
      class={colour ? "checkbox checkbox-run" : "checkbox"}
      // A colour set through the object model is no inline style to the content security policy.
      style={colour ? { "--run": colour } : undefined}
      aria-label={label}
      checked={checked}
      indeterminate={mixed === true}
      tabIndex={reachable === false ? -1 : undefined}
      data-testid={testid}
      onClick={(event) => {
        if (!event.altKey || !onAltClick) return;
        event.preventDefault();
        onAltClick();
      }}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
