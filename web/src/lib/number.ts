/** Numbers as engineers write them: few digits, SI prefixes, real minus signs. */

const THIN = "\u202f"; // narrow no-break space
const MINUS = "\u2212";
const PREFIXES: readonly (readonly [scale: number, prefix: string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** From here up a number is shortened with a prefix, from `LARGEST` up written with an exponent. */
const LARGE = 1e4;
const LARGEST = 1e15;
const SMALL = 1e-3;

/** `0.41`, `12.35 k`, `3.1e−4`, `NaN`, `+∞`: at most `digits` significant digits. */
export function formatValue(value: number, digits = 4): string {
  return write(value, digits, trimmed);
}

/** As `formatValue`, but `0.4100`: always `digits` digits, so that a column of values lines up. Whole numbers stay whole. */
export function formatColumn(value: number, digits = 4): string {
  return write(value, digits, Number.isInteger(value) && Math.abs(value) < LARGE ? trimmed : unexponential);
}

function write(value: number, digits: number, tidy: (text: string) => string): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= LARGEST || size < SMALL) {
    const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
    return `${signed(tidy(mantissa))}e${signed(exponent.replace("+", ""))}`;
  }
  const [scale, prefix] = prefixOf(size);
  return signed(tidy((value / scale).toPrecision(digits))) + prefix;
}

function prefixOf(size: number): readonly [scale: number, text: string] {
  const found = size < LARGE ? undefined : PREFIXES.find(([scale]) => size >= scale);
  return found ? [found[0], THIN + found[1]] : [1, ""];
}

/** toPrecision may give `1e+4` for what rounds up: `10000`. */
function unexponential(text: string): string {
  return text.includes("e") ? String(Number(text)) : text;
}

/** Drops zeros that say nothing: `0.4100` → `0.41`. */
function trimmed(text: string): string {
  const plain = unexponential(text);
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}

function signed(text: string): string {
  return text.startsWith("-") ? MINUS + text.slice(1) : text;
}

/** A whole number with every digit, in groups of three: `1 234 567`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return formatValue(count);
  const digits = String(Math.abs(Math.round(count)));
  if (digits.includes("e")) return formatValue(count);
  const grouped = digits.length > 4 ? digits.replace(/\B(?=(\d{3})+$)/g, THIN) : digits;
  return count < 0 ? MINUS + grouped : grouped;
}

/** `231 MB`; powers of ten, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)}${THIN}B`;
  for (const [scale, prefix] of PREFIXES) {
    if (bytes >= scale) return `${trimmed((bytes / scale).toPrecision(3))}${THIN}${prefix}B`;
  }
  return `${bytes}${THIN}B`;
}

export function formatPercent(part: number, whole: number): string {
  const share = whole > 0 ? Math.min(1, part / whole) : 0;
  return `${Math.floor(share * 100)}${THIN}%`;
}

/** How far a value is from another, in percent of that: `+3.2 %`; "" where that says nothing. */
export function formatDifference(value: number, reference: number): string {
  const percent = (100 * (value - reference)) / Math.abs(reference);
  if (!Number.isFinite(percent)) return "";
  const size = Math.abs(percent);
  const text = size >= 1000 ? formatValue(size, 2) : size.toFixed(size < 10 ? 1 : 0);
  if (Number(text) === 0) return `0${THIN}%`;
  return `${percent < 0 ? MINUS : "+"}${text}${THIN}%`;
}

/** `1 run`, `2 runs`. */
export function plural(count: number, noun: string, several = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : several}`;
}

/**
 * Labels for the ticks of one axis, alike in digits and prefix, so that they can be compared down the column.
 * `step` is the distance of two ticks.
 */
export function formatTicks(ticks: readonly number[], step: number): string[] {
  const largest = Math.max(...ticks.map(Math.abs), 0);
  if (largest === 0) return ticks.map(() => "0");
  if (largest >= LARGEST || largest < SMALL) {
    const digits = Math.max(1, Math.ceil(Math.log10(largest / step)) + 1);
    return ticks.map((tick) => (tick === 0 ? "0" : formatValue(tick, Math.min(digits, 6))));
  }
  const [scale, prefix] = prefixOf(largest);
  const decimals = Math.min(12, Math.max(0, Math.ceil(-Math.log10(step / scale) - 1e-9)));
  return ticks.map((tick) => {
    if (tick === 0) return "0";
    return `${signed((tick / scale).toFixed(decimals))}${prefix}`;
  });
}
