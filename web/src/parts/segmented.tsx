/** A choice of few words, all in view. */

interface Props<T extends string> {
  label: string;
  value: T;
  choices: readonly (readonly [value: T, label: string])[];
  onChange: (value: T) => void;
  testid?: string;
}

export function Segmented<T extends string>({ label, value, choices, onChange, testid }: Props<T>) {
  return (
    <div class="segmented" role="radiogroup" aria-label={label} data-testid={testid}>
      {choices.map(([choice, text]) => (
        <label key={choice} class={choice === value ? "segment segment-on" : "segment"}>
          <input
            type="radio"
            name={label}
            value={choice}
            checked={choice === value}
            onChange={() => onChange(choice)}
          />
          <span>{text}</span>
        </label>
      ))}
    </div>
  );
}
