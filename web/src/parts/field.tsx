/** A text box for a search: with its icon, a way to empty it, and what is wrong with it in place. */
import type { Ref } from "preact";
import { Button } from "./button";
import { Icon } from "./icon";

interface Props {
  label: string;
  placeholder: string;
  value: string;
  error?: string;
  onInput: (value: string) => void;
  inputRef?: Ref<HTMLInputElement>;
  hint?: string;
  testid?: string;
}

export function Field({ label, placeholder, value, error, onInput, inputRef, hint, testid }: Props) {
  return (
    <div class={`field ${error ? "field-bad" : ""}`}>
      <Icon name="search" />
      <input
        ref={inputRef ?? null}
        type="text"
        value={value}
        placeholder={placeholder}
        aria-label={label}
        aria-invalid={error ? "true" : undefined}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        data-testid={testid}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (value === "") event.currentTarget.blur();
          onInput("");
          event.stopPropagation();
        }}
      />
      {value === "" && hint && <kbd>{hint}</kbd>}
      {value !== "" && <Button label={`clear ${label}`} icon="close" onClick={() => onInput("")} />}
      {error && (
        <div class="field-error" role="status">
          {error}
        </div>
      )}
    </div>
  );
}
