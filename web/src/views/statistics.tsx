/** Under a chart: the statistics of a range, a row per run. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Statistics } from "../api/statistics";
import { type XAxis, xTag } from "../api/x_axis";
import { type Measured, Measurement } from "../charts/measurement";
import type { Span } from "../lib/extent";
import { formatColumn, formatCount, formatValue } from "../lib/number";
import { formatMoment, formatSpan } from "../lib/time";
import { Button } from "../parts/button";
import { Middle } from "../parts/middle";
import { board } from "../state/board";
import { colours } from "../state/colours";
import { hover, NO_HOVER } from "../state/hover";
import { joinOf } from "../state/joins";
import { measuredOf } from "../state/measured";
import { fullName } from "../state/sources";
import { xOf } from "../state/x_axis";

interface Column {
  name: string;
  explained: string;
  of: (s: Statistics) => number | null;
  text: (value: number, s: Statistics) => string;
}

const value = (n: number) => formatColumn(n);

const COLUMNS: readonly Column[] = [
  { name: "start", explained: "the first value in the range", of: (s) => s.first?.value ?? null, text: value },
  { name: "end", explained: "the last value in the range", of: (s) => s.last?.value ?? null, text: value },
  { name: "change", explained: "end − start, and in % of start", of: (s) => s.change, text: changeText },
  { name: "min", explained: "the lowest value", of: (s) => s.min?.value ?? null, text: value },
  { name: "max", explained: "the highest value", of: (s) => s.max?.value ?? null, text: value },
  { name: "mean", explained: "of all finite values", of: (s) => s.mean, text: value },
  {
    name: "slope",
    explained: "of the least squares line, per step, second or unit of x",
    of: (s) => s.slope,
    text: (n) => formatValue(n),
  },
  { name: "points", explained: "every point in the range", of: (s) => s.points, text: pointsText },
];

export function RangeStatistics({ tag }: { tag: string }) {
  const range = measuredOf(tag).value;
  return range ? <Table tag={tag} range={range} /> : null;
}

function Table({ tag, range }: { tag: string; range: Span }) {
  const measurement = useMemo(() => new Measurement(tag), [tag]);
  useEffect(() => () => measurement.dispose(), [measurement]);
  const [order, setOrder] = useState<{ name: string; down: boolean }>({ name: "", down: true });
  const column = COLUMNS.find(({ name }) => name === order.name);
  const rows = [...(measurement.rows.value ?? [])];
  if (column) {
    const key = (s: Statistics) => column.of(s) ?? Number.NaN;
    rows.sort((a, b) => compare(key(a.statistics), key(b.statistics), order.down));
  }
  const trouble = measurement.trouble.value;
  const several_tags = joinOf(tag).tags.length > 1;
  return (
    <section class="statistics" aria-label={`${tag}: statistics of a range`} data-testid="statistics">
      <header>
        <span>{rangeText(xOf(tag), range)}</span>
        {trouble !== "" && <span class="card-trouble" role="status">{`not up to date: ${trouble}`}</span>}
        <Button
          label="close the statistics"
          icon="close"
          onClick={() => {
            measuredOf(tag).value = null;
          }}
        />
      </header>
      <div class="statistics-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">run</th>
              {several_tags && <th scope="col">tag</th>}
              {COLUMNS.map(({ name, explained }) => (
                <th key={name} scope="col" title={explained} aria-sort={sortOf(order, name)}>
                  <button type="button" onClick={() => setOrder({ name, down: order.name !== name || !order.down })}>
                    {name}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.run_key}\n${row.tag}`} row={row} several_tags={several_tags} />
            ))}
          </tbody>
        </table>
        {measurement.rows.value === null && <p class="card-waiting quiet">reading …</p>}
      </div>
    </section>
  );
}

function Row({ row, several_tags }: { row: Measured; several_tags: boolean }) {
  const { run_key, tag, statistics } = row;
  const run = board.value.run_of.get(run_key);
  return (
    <tr
      data-testid="statistics-row"
      data-run={run?.name}
      onMouseEnter={() => {
        hover.value = { ...NO_HOVER, run_key };
      }}
      onMouseLeave={() => {
        hover.value = NO_HOVER;
      }}
    >
      <th scope="row" class="tip-run">
        <span class="swatch" style={{ "--run": colours.value.get(run_key) ?? "gray" }} />
        <Middle name={run ? fullName(run) : ""} />
      </th>
      {several_tags && <td class="statistics-tag">{tag}</td>}
      {COLUMNS.map(({ name, of, text }) => {
        const found = of(statistics);
        return (
          <td key={name} data-column={name}>
            {found === null ? "–" : text(found, statistics)}
          </td>
        );
      })}
    </tr>
  );
}

function changeText(change: number, { change_percent }: Statistics): string {
  const sign = change > 0 ? "+" : "";
  const share = change_percent === null ? "" : ` (${sign}${formatValue(change_percent, 3)} %)`;
  return `${sign}${formatValue(change)}${share}`;
}

function pointsText(points: number, { nan, pos_inf, neg_inf }: Statistics): string {
  const odd = [nan > 0 && `${formatCount(nan)} NaN`, pos_inf + neg_inf > 0 && `${formatCount(pos_inf + neg_inf)} ±∞`];
  const said = odd.filter(Boolean).join(", ");
  return formatCount(points) + (said && ` (${said})`);
}

function sortOf(order: { name: string; down: boolean }, name: string): "ascending" | "descending" | undefined {
  if (order.name !== name) return undefined;
  return order.down ? "descending" : "ascending";
}

/** What is no number comes last whichever way. */
function compare(a: number, b: number, down: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return down ? b - a : a - b;
}

export function rangeText(x: XAxis, [from, to]: Span): string {
  if (x === "wall_time") return `${formatMoment(from)} to ${formatMoment(to)}`;
  if (x === "relative") return `${formatSpan(from)} to ${formatSpan(to)}`;
  const tag = xTag(x);
  if (tag !== null) return `${tag} ${formatValue(from)} to ${formatValue(to)}`;
  return `steps ${formatCount(Math.ceil(from))} to ${formatCount(Math.floor(to))}`;
}
