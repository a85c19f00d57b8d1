/** The one tooltip of the page: the runs nearest to the cursor, nearest first. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { xTag } from "../api/x_axis";
import { formatColumn, formatCount, plural } from "../lib/number";
import { formatMoment, formatSpan } from "../lib/time";
import { Middle } from "../parts/middle";
import { board } from "../state/board";
import { colours } from "../state/colours";
import { lineName, lineOf } from "../state/groups";
import { hover, type Tip, type TipRow, tip } from "../state/hover";
import { xOf } from "../state/x_axis";
import { is_narrow } from "./narrow";

/** There the window has no room for more, nor for the times of each. */
const DOCKED_ROWS = 6;
const GAP_PX = 18;
const EDGE_PX = 8;

export function Tooltip() {
  const element = useRef<HTMLDivElement>(null);
  const now = tip.value;
  const docked = is_narrow.value;
  useLayoutEffect(() => {
    if (element.current && now) place(element.current, now, docked);
  });
  if (!now) return null;
  const rows = docked ? now.rows.slice(0, DOCKED_ROWS) : now.rows;
  const more = now.more + now.rows.length - rows.length;
  const [nearest] = rows;
  const several_tags = now.rows.some((row) => row.tag !== nearest?.tag);
  const smoothed = now.rows.some((row) => row.smoothed !== null);
  const of_groups = now.rows.some((row) => row.group_size !== null);
  const banded = of_groups || now.rows.some((row) => row.band !== null);
  const x_tag = xTag(xOf(now.card));
  return (
    <div class={docked ? "tip tip-docked" : "tip"} ref={element} role="tooltip" data-testid="tooltip">
      <table>
        <thead>
          <tr>
            <th>{of_groups ? "group" : "run"}</th>
            {several_tags && <th class="tip-tag">tag</th>}
            {smoothed && <th>smoothed</th>}
            <th>{of_groups ? "mean" : "value"}</th>
            {banded && <th>band</th>}
            {of_groups && <th>runs</th>}
            {x_tag !== null && (
              <th class="tip-tag">
                <Middle name={x_tag} />
              </th>
            )}
            <th>step</th>
            <th>relative</th>
            <th>time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const run = board.value.run_of.get(row.run_key);
            return (
              <tr
                key={`${row.run_key}\n${row.tag}`}
                class={row.run_key === lineOf(hover.value.run_key) ? "tip-near" : ""}
                data-testid="tooltip-row"
                data-run={run?.name}
              >
                <td class="tip-run">
                  <span class="swatch" style={{ "--run": colours.value.get(row.run_key) ?? "gray" }} />
                  <Middle name={lineName(row.run_key)} />
                </td>
                {several_tags && (
                  <td class="tip-tag">
                    <Middle name={row.tag} />
                  </td>
                )}
                {smoothed && <td class="tip-main">{row.smoothed === null ? "" : formatColumn(row.smoothed)}</td>}
                <td class={smoothed ? "" : "tip-main"}>{formatColumn(row.value)}</td>
                {banded && <td>{bandInWords(row.band)}</td>}
                {of_groups && <td>{row.group_size === null ? "" : formatCount(row.group_size)}</td>}
                {x_tag !== null && <td>{formatColumn(row.x)}</td>}
                <td>
                  {Number.isNaN(row.step) ? "–" : formatCount(Math.round(row.step))}
                  {row.superseded && <span class="quiet"> superseded</span>}
                </td>
                <td>{formatSpan(row.relative_s)}</td>
                <td>{formatMoment(row.wall_time_s)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {more > 0 && <p class="quiet">{`and ${more} more`}</p>}
      <Resumes tip={now} several_tags={several_tags} />
      {docked && nearest && (
        <p class="quiet">{`after ${formatSpan(nearest.relative_s)} · ${formatMoment(nearest.wall_time_s)}`}</p>
      )}
    </div>
  );
}

function Resumes({ tip: { resumes, more_resumes }, several_tags }: { tip: Tip; several_tags: boolean }) {
  return (
    <>
      {resumes.map(({ run_key, tag, step, superseded }) => (
        <p key={`${run_key}\n${tag}\n${step}`} class="tip-resume" data-testid="tooltip-resume">
          <span class="swatch" style={{ "--run": colours.value.get(run_key) ?? "gray" }} />
          {`${lineName(run_key)} resumed at step ${formatCount(step)}`}
          {several_tags && ` of ${tag}`}
          {superseded > 0 && `, ${plural(superseded, "point")} superseded`}
        </p>
      ))}
      {more_resumes > 0 && <p class="quiet">{`and ${more_resumes} more such places`}</p>}
    </>
  );
}

function bandInWords(band: TipRow["band"]): string {
  if (!band || Number.isNaN(band.low)) return "";
  return `${formatColumn(band.low)} … ${formatColumn(band.high)}`;
}

/** Beside the cursor, on the side where there is room, never over it. */
export function place(element: HTMLElement, at: Pick<Tip, "left" | "top">, docked: boolean): void {
  if (docked) {
    element.style.transform = "";
    return;
  }
  const { offsetWidth: width, offsetHeight: height } = element;
  const right = at.left + GAP_PX;
  const fits = right + width <= innerWidth - EDGE_PX;
  const left = fits ? right : Math.max(EDGE_PX, at.left - GAP_PX - width);
  const below = at.top + GAP_PX;
  const top = below + height <= innerHeight - EDGE_PX ? below : Math.max(EDGE_PX, at.top - GAP_PX - height);
  element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
