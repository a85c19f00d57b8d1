/** The points of a chart's view as a table: those that its lines go through, in the range of x that is seen. */
import type { Span } from "../lib/extent";
import type { Curve } from "./curve";

export interface Names {
  source: string;
  run: string;
  tag: string;
}

const COLUMNS = ["source", "run", "tag", "step", "wall_time", "value", "smoothed", "superseded"];

/** As `POST /api/scalars` writes them. `x`: in axis units; `tells_x`: what x is does not follow from the rest. */
export function seenCsv(curves: readonly Curve[], x: Span, tells_x: boolean, namesOf: (curve: Curve) => Names): string {
  const lines = [(tells_x ? [...COLUMNS, "x"] : COLUMNS).join(",")];
  for (const curve of curves) {
    const { source, run, tag } = namesOf(curve);
    const head = [source, run, tag].map(cell).join(",");
    for (const row of rowsOf(curve, x)) {
      const cells = tells_x ? row : row.slice(0, -1);
      lines.push(`${head},${cells.map(numeral).join(",")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

export function seenJson(
  curves: readonly Curve[],
  x: Span,
  tells_x: boolean,
  view: Record<string, unknown>,
  namesOf: (curve: Curve) => Names,
): string {
  const series = curves.map((curve) => {
    const rows = rowsOf(curve, x);
    const column = (i: number) => rows.map((row) => plain(row[i] ?? null));
    const smoothed = curve.line === curve.value ? [] : column(3);
    return {
      ...namesOf(curve),
      points: curve.points,
      exact: curve.exact,
      step: column(0),
      wall_time: column(1),
      value: column(2),
      smoothed,
      superseded: curve.superseded ? column(4) : [],
      ...(tells_x ? { x: column(5) } : {}),
    };
  });
  return `${JSON.stringify({ ...view, series })}\n`;
}

type Row = readonly [
  step: number,
  wall_time: number,
  value: number,
  smoothed: number | null,
  superseded: number,
  x: number,
];

function rowsOf(curve: Curve, [from, to]: Span): Row[] {
  const rows: Row[] = [];
  const smoothed = curve.line !== curve.value;
  for (let i = 0; i < curve.x.length; i++) {
    const at = curve.x[i] as number;
    if (at < from || at > to) continue;
    const line = smoothed ? (curve.line[i] as number) : null;
    const [step, wall_time, value] = [curve.step[i] as number, curve.wall_time[i] as number, curve.value[i] as number];
    rows.push([step, wall_time, value, line, curve.superseded?.[i] ?? 0, curve.x_value[i] as number]);
  }
  return rows;
}

function numeral(value: number | null): string {
  return value === null ? "" : String(value);
}

/** JSON has no NaN: the words of `POST /api/scalars`. */
function plain(value: number | null): number | string | null {
  return value === null || Number.isFinite(value) ? value : String(value);
}

function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
