/** Under a chart: the statistics of a range, a row per run, or per group where groups are shown as their mean. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Statistics } from "../api/statistics";
import { type XAxis, xTag } from "../api/x_axis";
import { type Measured, Measurement } from "../charts/measurement";
import type { Span } from "../lib/extent";
import { type GroupStatistics, groupStatistics } from "../lib/group_statistics";
import { formatColumn, formatCount, formatValue } from "../lib/number";
import { formatMoment, formatSpan } from "../lib/time";
import { Button } from "../parts/button";
import { Middle } from "../parts/middle";
import { board } from "../state/board";
import { colours } from "../state/colours";
import { drawn_groups, lineName, lineOf } from "../state/groups";
import { hover, NO_HOVER } from "../state/hover";
import { joinOf } from "../state/joins";
import { measuredOf } from "../state/measured";
import { xOf } from "../state/x_axis";

interface Column<S> {
  name: string;
  explained: string;
  of: (s: S) => number | null;
  text: (value: number, s: S) => string;
}

/** A row: of one run, or of a group with the members that have a point in the range. */
type AnyStatistics = Statistics & Partial<Pick<GroupStatistics, "runs" | "std_between">>;
type AnyRow = Omit<Measured, "statistics"> & { statistics: AnyStatistics };

const value = (n: number) => formatColumn(n);

const COLUMNS: readonly Column<AnyStatistics>[] = [
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

const STD_BETWEEN: Column<AnyStatistics> = {
  name: "std",
  explained: "the standard deviation of the runs’ means",
  of: (s) => s.std_between ?? null,
  text: value,
};

/** What columns are about where a row is a group. */
const OF_GROUPS: Record<string, string> = {
  start: "the mean of the runs’ first values in the range",
  end: "the mean of the runs’ last values in the range",
  change: "the mean of the runs’ changes, and in % of start",
  min: "the lowest value of all runs",
  max: "the highest value of all runs",
  mean: "the mean of the runs’ means: each run counts once",
  slope: "the mean of the runs’ slopes, per step or second",
  points: "every point of all runs in the range",
};

/** What a group is looked at for first: where its runs are on average, and how far apart. */
const FIRST_OF_GROUPS = ["mean", "min", "max"];

const GROUP_COLUMNS: readonly Column<AnyStatistics>[] = [
  {
    name: "runs",
    explained: "runs with a point in the range",
    of: (s) => s.runs ?? null,
    text: (n) => formatCount(n),
  },
  ...COLUMNS.filter(({ name }) => FIRST_OF_GROUPS.includes(name)).map(ofGroup),
  STD_BETWEEN,
  ...COLUMNS.filter(({ name }) => !FIRST_OF_GROUPS.includes(name)).map(ofGroup),
];

function ofGroup(column: Column<AnyStatistics>): Column<AnyStatistics> {
  return { ...column, explained: OF_GROUPS[column.name] ?? column.explained };
}

export function RangeStatistics({ tag }: { tag: string }) {
  const range = measuredOf(tag).value;
  return range ? <Table tag={tag} range={range} /> : null;
}

function Table({ tag, range }: { tag: string; range: Span }) {
  const measurement = useMemo(() => new Measurement(tag), [tag]);
  useEffect(() => () => measurement.dispose(), [measurement]);
  const [order, setOrder] = useState<{ name: string; down: boolean }>({ name: "", down: true });
  const of_groups = drawn_groups.value !== null;
  const columns = of_groups ? GROUP_COLUMNS : COLUMNS;
  const column = columns.find(({ name }) => name === order.name);
  const measured = measurement.rows.value ?? [];
  const rows: AnyRow[] = of_groups ? groupRows(measured) : [...measured];
  if (column) {
    const key = (s: AnyStatistics) => column.of(s) ?? Number.NaN;
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
              <th scope="col">{of_groups ? "group" : "run"}</th>
              {several_tags && <th scope="col">tag</th>}
              {columns.map(({ name, explained }) => (
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
              <Row key={`${row.run_key}\n${row.tag}`} row={row} columns={columns} several_tags={several_tags} />
            ))}
          </tbody>
        </table>
        {measurement.rows.value === null && <p class="card-waiting quiet">reading …</p>}
      </div>
    </section>
  );
}

/** A row per group and tag, in the order of the first member of each. */
function groupRows(measured: readonly Measured[]): AnyRow[] {
  const members = new Map<string, { run_key: string; tag: string; statistics: Statistics[] }>();
  for (const { run_key, tag, statistics } of measured) {
    const line = lineOf(run_key);
    if (line === null || !drawn_groups.value?.has(line)) continue;
    const id = `${tag}\n${line}`;
    const group = members.get(id) ?? { run_key: line, tag, statistics: [] };
    members.set(id, group);
    group.statistics.push(statistics);
  }
  return [...members.values()].map((group) => ({ ...group, statistics: groupStatistics(group.statistics) }));
}

interface RowProps {
  row: AnyRow;
  columns: readonly Column<AnyStatistics>[];
  several_tags: boolean;
}

function Row({ row, columns, several_tags }: RowProps) {
  const { run_key, tag, statistics } = row;
  const run = board.value.run_of.get(run_key);
  return (
    <tr
      data-testid="statistics-row"
      data-run={run?.name}
      data-group={drawn_groups.value?.get(run_key)?.label}
      onMouseEnter={() => {
        hover.value = { ...NO_HOVER, run_key };
      }}
      onMouseLeave={() => {
        hover.value = NO_HOVER;
      }}
    >
      <th scope="row" class="tip-run">
        <span class="swatch" style={{ "--run": colours.value.get(run_key) ?? "gray" }} />
        <Middle name={lineName(run_key)} />
      </th>
      {several_tags && <td class="statistics-tag">{tag}</td>}
      {columns.map(({ name, of, text }) => {
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
