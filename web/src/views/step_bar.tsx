/** Where a card stands: a slider over its steps, a player, and whether it goes with the board. */
import { useEffect, useState } from "preact/hooks";
import { formatCount } from "../lib/number";
import { lastAtOrBefore } from "../lib/sorted";
import { Button } from "../parts/button";
import { StepSlider } from "../parts/step_slider";
import type { Tag } from "../state/board";
import { isLinked, moveStep, setLinked, stepOf } from "../state/step";
import { board_steps, type Steps } from "../state/steps";

const PLAY_PAUSE_MS = 200;
const FAR = 10;

interface Props {
  tag: Tag;
  steps: Steps;
  /** A player waits while what it has come to is not there yet. */
  isWaiting?: () => boolean;
}

export function StepBar({ tag, steps, isWaiting = () => false }: Props) {
  const [is_playing, setPlaying] = useState(false);
  const all = steps.all.value;
  const linked = isLinked(tag.key);
  const step = stepOf(tag.key);

  useEffect(() => {
    if (!is_playing) return;
    const timer = setInterval(() => {
      if (isWaiting()) return;
      const stops = steps.all.peek();
      // From the end it begins again.
      if (placeOf(tag.key, stops) >= stops.length - 1) setPlaying(false);
      else stepBy(tag.key, stops, 1);
    }, PLAY_PAUSE_MS);
    return () => clearInterval(timer);
  }, [is_playing, steps, tag.key]);

  if (all.length === 0) return null;
  const play = () => {
    if (!is_playing && placeOf(tag.key, all) >= all.length - 1) moveStep(tag.key, all[0] ?? null);
    setPlaying(!is_playing);
  };
  return (
    <div class="step-bar" data-testid="step-bar">
      <Button
        label={is_playing ? "stop" : "play through the steps"}
        icon={is_playing ? "stop" : "play"}
        pressed={is_playing}
        disabled={all.length < 2}
        onClick={play}
        testid="step-play"
      />
      <StepSlider
        label={`step of ${tag.tag}`}
        steps={all}
        step={step}
        onChange={(next) => {
          setPlaying(false);
          moveStep(tag.key, next);
        }}
      />
      <Button
        label={linked ? "goes with the step of the board; go its own way" : "goes its own way; follow the board again"}
        icon={linked ? "link" : "unlink"}
        pressed={linked}
        onClick={() => setLinked(tag.key, !linked)}
        testid="step-link"
      />
    </div>
  );
}

/** The step of the whole board, over all steps that its cards have. */
export function BoardStep() {
  const all = board_steps.value;
  if (all.length < 2) return null;
  return (
    <div class="board-step" data-testid="board-step">
      <span class="tool-name">step</span>
      <StepSlider label="step of the board" steps={all} step={stepOf("")} onChange={(next) => moveStep("", next)} />
    </div>
  );
}

/** Goes on by so many of a card's own steps; the last is the newest, and stays so. */
export function stepBy(card: string, steps: readonly number[], by: number): void {
  const next = Math.max(0, placeOf(card, steps) + by);
  moveStep(card, next >= steps.length - 1 ? null : (steps[next] ?? null));
}

/** The step of the card's own that it stands at; null: before them all, or there is none. */
export function standsAt(card: string, steps: readonly number[]): number | null {
  return steps[placeOf(card, steps)] ?? null;
}

function placeOf(card: string, steps: readonly number[]): number {
  const step = stepOf(card);
  return step === null ? steps.length - 1 : lastAtOrBefore(steps, step);
}

/** The keys of a card that has the focus; true when one meant something. */
export function onStepKey(event: KeyboardEvent, card: string, steps: readonly number[]): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || steps.length === 0) return false;
  const far = event.shiftKey ? FAR : 1;
  const actions: Record<string, () => void> = {
    ArrowLeft: () => stepBy(card, steps, -far),
    ArrowRight: () => stepBy(card, steps, far),
    Home: () => moveStep(card, steps[0] ?? null),
    End: () => moveStep(card, null),
  };
  const action = actions[event.key];
  action?.();
  return action !== undefined;
}

/** What is to be said where no visible run has come to the step yet, with the way to the first that has. */
export function NothingYet({ tag, steps }: { tag: Tag; steps: Steps }) {
  const step = stepOf(tag.key);
  const first = steps.all.value[0];
  if (first === undefined) return <p class="media-empty">No visible run has a value of this tag.</p>;
  if (step === null || step >= first) return null;
  return (
    <p class="media-empty" data-testid="media-empty">
      {`No visible run has a value at or before step ${formatCount(step)}. `}
      <Button
        label={`go to step ${formatCount(first)}`}
        class="button-link"
        onClick={() => moveStep(tag.key, first)}
        testid="step-first"
      >
        {`Go to the first, step ${formatCount(first)}`}
      </Button>
    </p>
  );
}
