/** How the lines are smoothed: which kind, and how much of it. */
import type { Signal } from "@preact/signals";
import {
  clampSmoothing,
  half_life_s,
  MAX_SMOOTHING,
  type SmoothingKind,
  sigma_points,
  smoothing,
  smoothing_kind,
} from "../state/settings";
import { focusOn } from "./shortcuts";

/**
 * The slider's own scale: most of what people look for lies near 1, so the slider moves evenly in the length of the
 * average, 1 / (1 − w), seen logarithmically.
 */
const SLIDER_END = -Math.log10(1 - MAX_SMOOTHING);
export const weightOf = (place: number): number => {
  const weight = 1 - 10 ** (-place * SLIDER_END);
  return clampSmoothing(Math.round(weight * 1000) / 1000);
};
export const placeOf = (weight: number): number => -Math.log10(1 - weight) / SLIDER_END;

const KINDS: readonly (readonly [kind: SmoothingKind, label: string, explained: string])[] = [
  ["ema", "average", "moving average over the points, as TensorBoard has it"],
  ["time_ema", "time", "moving average that fades with time, whatever the distance of the points"],
  ["gaussian", "Gauss", "bell curve over the points before and after: shifts nothing"],
];

export function SmoothingTool() {
  const kind = smoothing_kind.value;
  return (
    <div class="tool">
      <label class="tool-name" for="smoothing">
        smoothing
      </label>
      {kind === "ema" && <Slider />}
      {kind === "ema" && <Amount label="smoothing weight" of={smoothing} clamp={clampSmoothing} />}
      {kind === "time_ema" && <Amount label="half-life in seconds" of={half_life_s} clamp={clampLength} unit="s" />}
      {kind === "gaussian" && <Amount label="sigma in points" of={sigma_points} clamp={clampLength} unit="points" />}
      <select
        class="choice"
        aria-label="kind of smoothing"
        title={KINDS.find(([name]) => name === kind)?.[2]}
        value={kind}
        data-testid="smoothing-kind"
        onChange={(event) => {
          const [chosen] = KINDS.find(([name]) => name === event.currentTarget.value) ?? ["ema"];
          smoothing_kind.value = chosen;
        }}
      >
        {KINDS.map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function Slider() {
  const weight = smoothing.value;
  const place = placeOf(weight);
  return (
    <input
      id="smoothing"
      class="slider"
      type="range"
      min="0"
      max="1"
      step="0.005"
      value={place}
      style={{ "--share": place }}
      aria-valuetext={String(weight)}
      data-testid="smoothing-slider"
      onInput={(event) => {
        smoothing.value = weightOf(event.currentTarget.valueAsNumber);
      }}
    />
  );
}

interface AmountProps {
  label: string;
  of: Signal<number>;
  clamp: (typed: number) => number;
  unit?: string;
}

function Amount({ label, of, clamp, unit }: AmountProps) {
  return (
    <>
      <input
        class="number"
        type="text"
        inputMode="decimal"
        aria-label={label}
        value={String(of.value)}
        ref={focusOn("smoothing")}
        data-testid="smoothing-value"
        onChange={(event) => {
          of.value = clamp(Number.parseFloat(event.currentTarget.value.replace(",", ".")));
          event.currentTarget.value = String(of.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {unit && <span class="tool-name">{unit}</span>}
    </>
  );
}

/** 0 is no smoothing. */
function clampLength(typed: number): number {
  return Number.isFinite(typed) ? Math.min(1e9, Math.max(0, typed)) : 0;
}
