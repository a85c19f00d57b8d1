/** A slider over a list of steps, however unevenly they lie: each stop is one that is there. */
import { formatCount } from "../lib/number";
import { lastAtOrBefore } from "../lib/sorted";

export { lastAtOrBefore };

interface Props {
  label: string;
  /** Rising. */
  steps: readonly number[];
  /** Null: at the newest, and stays there as new ones come. */
  step: number | null;
  onChange: (step: number | null) => void;
}

export function StepSlider({ label, steps, step, onChange }: Props) {
  const last = steps.length - 1;
  const place = step === null ? last : Math.max(0, lastAtOrBefore(steps, step));
  const shown = steps[place];
  return (
    <label class="step-slider">
      <input
        type="range"
        class="slider"
        aria-label={label}
        aria-valuetext={shown === undefined ? "" : `step ${formatCount(shown)}`}
        min={0}
        max={Math.max(0, last)}
        step={1}
        value={Math.max(0, place)}
        style={{ "--share": last < 1 ? 1 : Math.max(0, place) / last }}
        disabled={last < 1}
        onInput={(event) => {
          const next = Number(event.currentTarget.value);
          onChange(next >= last ? null : (steps[next] ?? null));
        }}
      />
      <output class="step-shown">{shown === undefined ? "–" : formatCount(shown)}</output>
    </label>
  );
}
