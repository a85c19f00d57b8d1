/** Whose a value is: the run's colour and name, the step, and when it was written. */
import { formatCount } from "../lib/number";
import { formatAge, formatMoment } from "../lib/time";
import { Middle } from "../parts/middle";
import { now_s } from "../state/clock";
import { colours } from "../state/colours";
import { aheadOf, fullName } from "../state/sources";
import type { RunSteps } from "../state/steps";

interface Props {
  of: RunSteps;
  place: number;
  /** The step that the card stands at; an earlier one is marked. */
  wanted?: number | null;
  /** What else is to be said, as `2 of 8`. */
  more?: string;
}

export function RunLabel({ of, place, wanted = null, more }: Props) {
  const step = of.step[place] ?? Number.NaN;
  const is_earlier = wanted !== null && step < wanted;
  return (
    <span class="run-label">
      <RunName of={of} />
      <span
        class={is_earlier ? "run-label-step run-label-earlier" : "run-label-step"}
        title={is_earlier ? `the newest at or before step ${formatCount(wanted)}` : undefined}
        data-step={step}
      >
        {formatCount(step)}
      </span>
      <Age of={of} place={place} />
      {of.superseded[place] === 1 && <span class="run-label-earlier">superseded</span>}
      {more && <span class="run-label-more">{more}</span>}
    </span>
  );
}

export function RunName({ of }: { of: RunSteps }) {
  const name = fullName(of.run);
  return (
    <>
      <span class="run-dot" style={{ "--run": colours.value.get(of.run.key) ?? "gray" }} />
      <Middle name={name} />
    </>
  );
}

/** How old it is by the clock of its machine; the moment itself on hover. */
export function Age({ of, place }: { of: RunSteps; place: number }) {
  const moment_s = of.wall_time_s[place] ?? Number.NaN;
  const here_s = moment_s - aheadOf(of.run.source);
  if (!Number.isFinite(here_s)) return null;
  return (
    <time class="run-label-age" title={formatMoment(here_s)}>
      {formatAge(now_s.value - here_s)}
    </time>
  );
}
