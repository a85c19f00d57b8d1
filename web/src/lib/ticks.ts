/** Where the ticks of an axis stand: the 1-2-5 rule for numbers and decades, the clock's own steps for time. */

export interface Ticks {
  at: number[];
  /** Distance of two ticks, in units of the axis. */
  step: number;
}

const MAX_TICKS = 50;
const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const DAY_S = 86400;

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `rough`. */
export function niceStep(rough: number): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((f) => rough <= f * power * (1 + 1e-9)) ?? 10;
  return factor * power;
}

/** Multiples of `step` from `min` to `max`, free of the dust of repeated addition. */
function multiples(min: number, max: number, step: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const more = Math.min(Math.floor(max / step + 1e-9) - first, MAX_TICKS);
  const digits = Math.min(100, Math.max(0, Math.ceil(-Math.log10(step)) + 2));
  const at: number[] = [];
  // Counted from zero: beyond 2⁵³ one more is no other number, and `first` may be there.
  for (let i = 0; i <= more; i++) at.push(Number(((first + i) * step).toFixed(digits)) + 0);
  return at;
}

/** About `count` ticks between `min` and `max`. `whole`: at whole numbers only, as for steps. */
export function linearTicks(min: number, max: number, count: number, whole = false): Ticks {
  const rough = (max - min) / Math.max(1, count);
  const step = whole ? Math.max(1, niceStep(rough)) : niceStep(rough);
  return { at: multiples(min, max, step), step };
}

/** Ticks of a logarithmic axis; `min` and `max` and the ticks are decimal logarithms. */
export function logTicks(min: number, max: number, count: number): Ticks {
  const decades = max - min;
  if (decades <= 0) return { at: [min], step: 1 };
  if (decades >= 0.8 * count || decades >= 3) {
    const step = Math.max(1, Math.round(niceStep(decades / Math.max(1, count))));
    return { at: multiples(min, max, step), step };
  }
  if (decades < 0.7) {
    // Less than a factor of five: the axis is nearly straight, and so are its ticks.
    const plain = linearTicks(10 ** min, 10 ** max, count);
    return { at: plain.at.filter((v) => v > 0).map(Math.log10), step: plain.step };
  }
  const at: number[] = [];
  for (let decade = Math.floor(min); decade <= Math.ceil(max); decade++) {
    for (const factor of decades > 1.6 ? [1, 3] : [1, 2, 5]) {
      const tick = decade + Math.log10(factor);
      if (tick >= min - 1e-9 && tick <= max + 1e-9) at.push(tick);
    }
  }
  return { at, step: 1 };
}

function timeStep(rough_s: number): number {
  if (rough_s < 1) return niceStep(rough_s);
  return TIME_STEPS_S.find((s) => s >= rough_s * (1 - 1e-9)) ?? DAY_S * niceStep(rough_s / DAY_S);
}

/** Ticks of an axis of spans in seconds from zero. */
export function spanTicks(min_s: number, max_s: number, count: number): Ticks {
  const step = timeStep((max_s - min_s) / Math.max(1, count));
  return { at: multiples(min_s, max_s, step), step };
}

/** Ticks of an axis of moments, at full hours and days of the local clock. */
export function clockTicks(min_s: number, max_s: number, count: number): Ticks {
  const step = timeStep((max_s - min_s) / Math.max(1, count));
  const offset_s = -new Date(min_s * 1000).getTimezoneOffset() * 60;
  const at = multiples(min_s + offset_s, max_s + offset_s, step).map((t) => t - offset_s);
  return { at, step };
}
