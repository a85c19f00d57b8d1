/** The checked runs side by side: what differs in their hyperparameters and configuration, and where their metrics ended. */
import { useState } from "preact/hooks";
import type { Cell } from "../lib/column";
import { compareAll, type Difference } from "../lib/compare";
import { formatColumn, formatDifference, formatValue, plural } from "../lib/number";
import { Dialog } from "../parts/dialog";
import { Middle } from "../parts/middle";
import { board, pulse, type Run } from "../state/board";
import { colours } from "../state/colours";
import { hparam_errors, hparamsOf } from "../state/hparams";
import { baseline, runs_dialog } from "../state/runs_table";
import { visible_runs } from "../state/selection";
import { fullName } from "../state/sources";

/** More columns than these nobody compares by eye. */
const RUNS_MOST = 30;

export function RunCompare() {
  return (
    <Dialog
      label="Compare runs"
      class="run-compare"
      onClose={() => {
        runs_dialog.value = null;
      }}
      testid="run-compare"
    >
      <Comparison />
    </Dialog>
  );
}

/** The baseline first, if it is among them. */
function comparedRuns(): readonly Run[] {
  const shown = visible_runs.value;
  return [...shown.filter((run) => run.key === baseline.value), ...shown.filter((run) => run.key !== baseline.value)];
}

function Comparison() {
  pulse.value;
  const [only_different, setOnlyDifferent] = useState(true);
  const all = comparedRuns();
  if (all.length < 2) return <p>Check two runs or more in the list; they are compared here side by side.</p>;
  const runs = all.slice(0, RUNS_MOST);
  const hparams = compareAll(runs.map((run) => asCells(hparamsOf(run.key))));
  const shown = hparams.filter((line) => line.differs || !only_different);
  const metrics = metricLines(runs);
  const errors = runs.flatMap((run) => {
    const error = hparam_errors.value.get(run.key);
    return error ? [`${fullName(run)}: ${error}`] : [];
  });
  return (
    <>
      {all.length > runs.length && (
        <p class="quiet">{`The first ${RUNS_MOST} of ${plural(all.length, "checked run")}.`}</p>
      )}
      <label class="compare-only">
        <input
          type="checkbox"
          class="checkbox"
          checked={only_different}
          onChange={(event) => setOnlyDifferent(event.currentTarget.checked)}
          data-testid="only-different"
        />
        <span>{`only what differs (${hparams.filter((line) => line.differs).length} of ${hparams.length})`}</span>
      </label>
      {errors.map((error) => (
        <p key={error} class="compare-error">
          {error}
        </p>
      ))}
      <div class="compare-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span class="sr-only">name</span>
              </th>
              {runs.map((run) => (
                <th key={run.key} scope="col" data-run={run.name}>
                  <span class="compare-run">
                    <span class="swatch" style={{ "--run": colours.value.get(run.key) ?? "gray" }} />
                    <Middle name={fullName(run)} />
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <Lines
            title="Hyperparameters and configuration"
            lines={shown}
            runs={runs}
            write={plain}
            none={noneSaid(hparams)}
          />
          <Lines title="Last values" lines={metrics} runs={runs} write={value} none="No scalars." with_difference />
        </table>
      </div>
    </>
  );
}

const noneSaid = (hparams: readonly Difference[]): string =>
  hparams.length === 0
    ? "None are known: neither logged as hparams nor in a config.yaml or hparams.yaml beside the logs."
    : "All are alike.";

function asCells(hparams: ReadonlyMap<string, Cell | boolean>): Map<string, Cell> {
  return new Map([...hparams].map(([name, it]) => [name, typeof it === "boolean" ? String(it) : it]));
}

function metricLines(runs: readonly Run[]): Difference[] {
  return board.value.tags
    .filter((tag) => runs.some((run) => tag.series.has(run.key)))
    .map((tag) => ({
      name: tag.tag,
      cells: runs.map((run) => tag.series.get(run.key)?.last_value ?? null),
      differs: false,
    }));
}

const plain = (cell: Cell): string => (typeof cell === "number" ? formatValue(cell, 6) : (cell ?? "–"));
const value = (cell: Cell): string => (typeof cell === "number" ? formatColumn(cell) : "–");

interface LinesProps {
  title: string;
  lines: readonly Difference[];
  runs: readonly Run[];
  write: (cell: Cell) => string;
  none: string;
  /** In percent of the first run's. */
  with_difference?: boolean;
}

function Lines({ title, lines, runs, write, none, with_difference }: LinesProps) {
  return (
    <tbody>
      <tr class="compare-title">
        <th scope="rowgroup" colSpan={runs.length + 1}>
          {title}
        </th>
      </tr>
      {lines.length === 0 && (
        <tr>
          <td colSpan={runs.length + 1} class="quiet">
            {none}
          </td>
        </tr>
      )}
      {lines.map(({ name, cells, differs }) => (
        <tr key={name} class={differs ? "compare-differs" : ""} data-name={name}>
          <th scope="row" title={name}>
            <Middle name={name} />
          </th>
          {runs.map((run, i) => (
            <td key={run.key} title={String(cells[i] ?? "")}>
              {write(cells[i] ?? null)}
              {with_difference && i > 0 && <Percent cell={cells[i] ?? null} first={cells[0] ?? null} />}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Percent({ cell, first }: { cell: Cell; first: Cell }) {
  if (typeof cell !== "number" || typeof first !== "number") return null;
  return <span class="cell-difference">{formatDifference(cell, first)}</span>;
}
