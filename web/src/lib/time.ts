/** Moments and spans of time as people say them. All times are Unix seconds; clocks show local time. */

const THIN = "\u202f";
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** How long ago, in one unit: `2 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(age_s: number): string {
  const seconds = Math.max(0, age_s);
  if (seconds < MINUTE_S) return `${Math.floor(seconds)}${THIN}s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)}${THIN}min`;
  if (seconds < 2 * DAY_S) return `${Math.floor(seconds / HOUR_S)}${THIN}h`;
  return `${Math.floor(seconds / DAY_S)}${THIN}d`;
}

/** A span in two units: `12.3 s`, `4 min 05 s`, `1 h 02 min`, `2 d 03 h`. */
export function formatSpan(span_s: number): string {
  if (!Number.isFinite(span_s)) return "–";
  const sign = span_s < 0 ? "\u2212" : "";
  const seconds = Math.abs(span_s);
  if (seconds < 10) return `${sign}${seconds.toFixed(2)}${THIN}s`;
  if (seconds < MINUTE_S) return `${sign}${seconds.toFixed(1)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < HOUR_S) return sign + twoUnits(whole, MINUTE_S, "min", 1, "s");
  if (whole < DAY_S) return sign + twoUnits(whole, HOUR_S, "h", MINUTE_S, "min");
  return sign + twoUnits(whole, DAY_S, "d", HOUR_S, "h");
}

function twoUnits(seconds: number, large_s: number, large: string, small_s: number, small: string): string {
  const rest = Math.floor((seconds % large_s) / small_s);
  return `${Math.floor(seconds / large_s)}${THIN}${large} ${two(rest)}${THIN}${small}`;
}

const two = (n: number): string => String(n).padStart(2, "0");

/** The time of day: `14:02:11`. */
export function formatClock(moment_s: number): string {
  const date = new Date(moment_s * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `Nov 22`. */
export function formatDay(moment_s: number): string {
  const date = new Date(moment_s * 1000);
  return Number.isNaN(date.getTime()) ? "–" : `${MONTHS[date.getMonth()]} ${date.getDate()}`;
}

/** Clock, with the day when it is not today's and the year when it is not this year's. */
export function formatMoment(moment_s: number, now_s: number = Date.now() / 1000): string {
  const date = new Date(moment_s * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  const now = new Date(now_s * 1000);
  const clock = formatClock(moment_s);
  if (date.toDateString() === now.toDateString()) return clock;
  const day = formatDay(moment_s);
  return date.getFullYear() === now.getFullYear() ? `${day} ${clock}` : `${day} ${date.getFullYear()} ${clock}`;
}

/** The label of a tick that stands for a span from 0: `30 s`, `5 min`, `1.5 h`. `step_s` is the distance of two ticks. */
export function formatSpanTick(span_s: number, step_s: number): string {
  if (span_s === 0) return "0";
  const [unit_s, unit] =
    step_s >= DAY_S
      ? [DAY_S, "d"]
      : step_s >= HOUR_S
        ? [HOUR_S, "h"]
        : step_s >= MINUTE_S
          ? [MINUTE_S, "min"]
          : [1, "s"];
  const decimals = Math.max(0, Math.ceil(-Math.log10(step_s / unit_s) - 1e-9));
  return `${(span_s / unit_s).toFixed(Math.min(decimals, 9))}${THIN}${unit}`;
}

/** The label of a tick on a clock axis: `14:02`, `14:02:10`, or the day where one begins. */
export function formatClockTick(moment_s: number, step_s: number): string {
  const date = new Date(moment_s * 1000);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (step_s >= DAY_S || midnight) return formatDay(moment_s);
  if (step_s >= MINUTE_S) return `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step_s >= 1) return formatClock(moment_s);
  const decimals = Math.min(6, Math.ceil(-Math.log10(step_s) - 1e-9));
  return formatClock(moment_s) + (moment_s % 1).toFixed(decimals).slice(1);
}
