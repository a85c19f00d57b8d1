/** Which columns the runs table has: those in it, in their order, and those that could be added. */
import { useState } from "preact/hooks";
import { BUILT_IN, type MetricKind, writeColumn } from "../lib/column";
import { makeFilter } from "../lib/filter";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Middle } from "../parts/middle";
import { board } from "../state/board";
import { type Column, columnOf } from "../state/cells";
import { columns, moveColumn, resetColumns, showColumn, shown_columns } from "../state/columns";
import { hparam_names } from "../state/hparams";
import { runs_dialog } from "../state/runs_table";

/** More than these are found by searching. */
const LISTED_MOST = 60;
const KINDS: readonly (readonly [kind: MetricKind, label: string])[] = [
  ["last", "last"],
  ["min", "min"],
  ["max", "max"],
  ["mean", "mean of last"],
  ["at", "at step"],
  ["curve", "curve"],
];

export function RunColumns() {
  return (
    <Dialog
      label="Columns"
      class="run-columns"
      onClose={() => {
        runs_dialog.value = null;
      }}
      testid="run-columns"
    >
      <div class="run-columns-sides">
        <section>
          <h3>In the table</h3>
          <Chosen />
        </section>
        <section>
          <h3>To add</h3>
          <Others />
        </section>
      </div>
    </Dialog>
  );
}

function Chosen() {
  return (
    <>
      <ul class="column-list" data-testid="chosen-columns">
        {shown_columns.value.map((column, i) => (
          <li key={column.id} data-column={column.id}>
            <Name column={column} />
            <Button
              label={`${column.title}: further left`}
              icon="up"
              disabled={i === 0}
              onClick={() => moveColumn(column.id, i - 1)}
            />
            <Button
              label={`${column.title}: further right`}
              icon="down"
              disabled={i === shown_columns.value.length - 1}
              onClick={() => moveColumn(column.id, i + 1)}
            />
            <Button label={`hide ${column.title}`} icon="close" onClick={() => showColumn(column.id, false)} />
          </li>
        ))}
      </ul>
      <Button label="the usual columns" class="button-link" onClick={resetColumns}>
        The usual columns
      </Button>
    </>
  );
}

function Others() {
  const [search, setSearch] = useState("");
  const [kind, setKind] = useState<MetricKind>("last");
  const [count, setCount] = useState("10");
  const n = Math.max(0, Math.round(Number(count)) || 0);
  const all = [
    ...BUILT_IN.filter((name) => name !== "name"),
    ...hparam_names.value.map((name) => writeColumn({ kind: "hparam", name })),
    ...board.value.tags.map(({ tag }) => writeColumn({ kind, tag, n })),
  ];
  const filter = makeFilter(search);
  const found = all.filter((id) => !columns.value.includes(id) && filter.matches(id));
  return (
    <>
      <Field
        label="search columns"
        placeholder="metric, hyperparameter…"
        value={search}
        error={filter.error}
        onInput={setSearch}
        testid="column-search"
      />
      <div class="column-kind">
        <label for="column-kind">of metrics, the</label>
        <select
          id="column-kind"
          class="value-choice"
          value={kind}
          data-testid="column-kind"
          onChange={(event) => setKind(KINDS.find(([word]) => word === event.currentTarget.value)?.[0] ?? "last")}
        >
          {KINDS.map(([word, label]) => (
            <option key={word} value={word}>
              {label}
            </option>
          ))}
        </select>
        {(kind === "mean" || kind === "at") && (
          <input
            class="number"
            type="text"
            inputMode="numeric"
            aria-label={kind === "mean" ? "how many values" : "step"}
            value={count}
            data-testid="column-n"
            onInput={(event) => setCount(event.currentTarget.value)}
          />
        )}
      </div>
      <ul class="column-list" data-testid="other-columns">
        {found.slice(0, LISTED_MOST).map((id) => (
          <Addable key={id} id={id} />
        ))}
      </ul>
      {found.length === 0 && <p class="quiet">Nothing like it.</p>}
      {found.length > LISTED_MOST && <p class="quiet">{`and ${found.length - LISTED_MOST} more: search for them`}</p>}
    </>
  );
}

function Addable({ id }: { id: string }) {
  const column = columnOf(id);
  if (!column) return null;
  return (
    <li data-column={id}>
      <Name column={column} />
      <Button label={`add ${column.detail}`} icon="plus" onClick={() => showColumn(id, true)} />
    </li>
  );
}

function Name({ column }: { column: Column }) {
  return (
    <span class="column-name-of" title={column.detail}>
      <Middle name={column.title} title={column.detail} />
      {column.id.startsWith("hparam(") && <span class="quiet">hparam</span>}
    </span>
  );
}
