/** A card of precision-recall curves: the curve of each visible run at the step where the card stands, and what of it is seen. */
import { computed, effect, type ReadonlySignal } from "@preact/signals";
import { type PrCurve, prCurve } from "../api/pr_curve";
import { isLongEnough, within } from "../charts/span_moves";
import type { Span } from "../lib/extent";
import { averagePrecision, pointsOf } from "../lib/precision";
import type { Run, Tag } from "../state/board";
import { stepOf } from "../state/step";
import { placeAt, type RunSteps, type Steps } from "../state/steps";
import { zoomOf, zoomTo } from "../state/zoom";
import { Values, type Wish } from "./values";

const KEEP = 600;
const STRETCH = 8;
export const WHOLE: Span = [0, 1];

/** A run's curve, or why there is none. */
export interface RunCurve {
  run: Run;
  step: number;
  wall_time_s: number;
  curve: PrCurve | null;
  /** How many points of it count. */
  points: number;
  average_precision: number;
  trouble: string;
}

export class PrCard {
  readonly tag: Tag;
  /** In the order of the runs pane; null before there is anything. */
  readonly curves: ReadonlySignal<readonly RunCurve[] | null>;
  /** Runs whose first curve is later than the step. */
  readonly later: ReadonlySignal<number>;
  /** Recall and precision that are seen. */
  readonly x: ReadonlySignal<Span>;
  readonly y: ReadonlySignal<Span>;
  readonly trouble: ReadonlySignal<string>;
  private readonly values: Values<PrCurve>;
  private readonly shown: Map<string, RunCurve>;
  private readonly measured = new WeakMap<PrCurve, { points: number; average_precision: number }>();
  private readonly stop: () => void;
  /** What comes next continues the gesture before. */
  private goes_on = false;

  /** `before`: of the same tag, before its index was read anew. */
  constructor(tag: Tag, steps: Steps, on_screen: ReadonlySignal<boolean>, before?: PrCard) {
    this.tag = tag;
    this.shown = new Map(before?.shown);
    this.x = computed(() => zoomOf(tag.key)?.x ?? WHOLE);
    this.y = computed(() => zoomOf(tag.key)?.y ?? WHOLE);
    this.values = new Values(tag, prCurve, { stretch: STRETCH, keep: KEEP });
    this.trouble = this.values.trouble;
    const wishes = computed(() => wishesAt(steps.of_runs.value ?? [], stepOf(tag.key)));
    this.later = computed(() => (steps.of_runs.value?.length ?? 0) - wishes.value.length);
    this.curves = computed(() => {
      if (steps.of_runs.value === null) return null;
      return wishes.value.flatMap((wish) => this.curveOf(wish) ?? []);
    });
    this.stop = effect(() => {
      const wanted = wishes.value;
      if (on_screen.value) this.values.want(wanted);
    });
  }

  dispose(): void {
    this.stop();
    this.values.dispose();
  }

  /** Until the curve of another step has come, that of before stays. */
  private curveOf(wish: Wish): RunCurve | undefined {
    const { run } = wish.of;
    const seen = this.values.at(wish) ? wish : this.values.meanwhile(run.key);
    const value = seen && this.values.at(seen);
    if (value === undefined) return this.shown.get(run.key);
    const { of, place } = seen as Wish;
    const curve = value.ok;
    const now = {
      run,
      step: of.step[place] ?? Number.NaN,
      wall_time_s: of.wall_time_s[place] ?? Number.NaN,
      curve,
      ...(curve ? this.measure(curve) : { points: 0, average_precision: Number.NaN }),
      trouble: value.error?.message ?? "",
    };
    this.shown.set(run.key, now);
    return now;
  }

  private measure(curve: PrCurve): { points: number; average_precision: number } {
    const known = this.measured.get(curve);
    if (known) return known;
    const made = { points: pointsOf(curve), average_precision: averagePrecision(curve) };
    this.measured.set(curve, made);
    return made;
  }

  begin(): void {
    this.goes_on = false;
  }

  /** Goes to a part of both axes (null: as it is), as far as there is one. False when nothing has changed. */
  seek(x: Span | null, y: Span | null): boolean {
    const { key } = this.tag;
    const now = zoomOf(key);
    const part = (span: Span | null, before: Span | null | undefined) =>
      span && isLongEnough(span) ? within(span, WHOLE) : (before ?? null);
    const to = { x: part(x, now?.x), y: part(y, now?.y) };
    if (!now && !to.x && !to.y) return false;
    zoomTo(key, to, this.goes_on);
    this.goes_on = true;
    return true;
  }

  reset(): void {
    this.goes_on = false;
    zoomTo(this.tag.key, null);
  }

  get is_zoomed(): boolean {
    return zoomOf(this.tag.key) !== null;
  }
}

function wishesAt(of_runs: readonly RunSteps[], step: number | null): Wish[] {
  return of_runs.flatMap((of) => {
    const place = placeAt(of.step, step);
    return place < 0 ? [] : [{ of, place }];
  });
}
