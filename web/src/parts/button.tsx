/** A button that shows an icon, a word, or both. */
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

interface Props {
  label: string;
  icon?: IconName;
  /** The text in the button; without it the label is only spoken and shown on hover. */
  children?: ComponentChildren;
  onClick: (event: MouseEvent) => void;
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  class?: string;
  testid?: string;
}

export function Button(props: Props) {
  const { label, icon, children, onClick, pressed, expanded, disabled, testid } = props;
  return (
    <button
      type="button"
      class={`button ${children ? "" : "button-icon"} ${props.class ?? ""}`}
      title={children ? undefined : label}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={onClick}
      data-testid={testid}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
