import { beforeEach, describe, expect, test, vi } from "vitest";
import { compareCells, readColumn, writeColumn } from "../../src/lib/column";
import { board } from "../../src/state/board";
import { columnOf } from "../../src/state/cells";
import {
  BY_NAME,
  columns,
  DEFAULT_COLUMNS,
  moveColumn,
  resetColumns,
  setWidth,
  showColumn,
  shown_columns,
  sort,
  sortBy,
  widthOf,
} from "../../src/state/columns";
import { hparams } from "../../src/state/hparams";
import { setNote } from "../../src/state/notes";
import { run_order } from "../../src/state/runs_table";
import { sources } from "../../src/state/sources";
import { value_tag } from "../../src/state/view";
import { makeBoard, makeSource, runEntry } from "./helpers";

const ids = () => shown_columns.value.map((column) => column.id);
const key = (name: string) => `gpu1:runs\n${name}`;

// What is asked of the hub is never answered here.
vi.stubGlobal("fetch", () => new Promise(() => {}));

beforeEach(() => {
  sources.value = [makeSource()];
  board.value = makeBoard(
    [
      runEntry("a", { last_step: 5, first_wall_time_s: 100, last_wall_time_s: 110 }),
      runEntry("b", { last_step: null, first_wall_time_s: null, last_wall_time_s: null }),
      runEntry("c", { last_step: 1 }),
    ],
    [{ tag: "loss", has: { 0: { points: 3, last_value: 0.5 }, 2: { points: 4, last_value: Number.NaN } } }],
  );
  hparams.value = new Map([
    [
      key("a"),
      new Map<string, string | number | boolean>([
        ["lr", 0.1],
        ["bn", true],
      ]),
    ],
  ]);
  resetColumns();
  sort.value = BY_NAME;
  value_tag.value = "";
});

describe("the name of a column", () => {
  test.each(["state", "last(val/loss)", "mean10(a(b))", "at1000(x)", "hparam(model/depth)", "curve(loss)"])(
    "%s reads back as it was written",
    (id) => {
      const column = readColumn(id);
      expect(column && writeColumn(column)).toBe(id);
    },
  );

  test.each(["", "nope", "last()", "last3(x)", "at(x)", "hparam2(x)", "__proto__", "toString", "last(x"])(
    "%s names none",
    (id) => {
      expect(readColumn(id)).toBeNull();
      expect(columnOf(id)).toBeUndefined();
    },
  );
});

describe("the columns", () => {
  test("are moved, hidden, added, and set back", () => {
    expect(ids()).toEqual([...DEFAULT_COLUMNS]);
    moveColumn("age", 0);
    expect(ids()[0]).toBe("age");
    moveColumn("age", 2);
    expect(ids().slice(0, 3)).toEqual(["value", "state", "age"]);
    moveColumn("unknown", 0);
    showColumn("points", false);
    showColumn("hparam(lr)", true);
    expect(ids()).toEqual(["value", "state", "age", "step", "speed", "hparam(lr)"]);
    resetColumns();
    expect(ids()).toEqual([...DEFAULT_COLUMNS]);
  });

  test("that mean nothing are passed over, but kept", () => {
    columns.value = ["state", "from a later version", "age"];
    expect(ids()).toEqual(["state", "age"]);
    expect(columns.value).toHaveLength(3);
  });

  test("are as wide as they were made, within reason", () => {
    const age = columnOf("age");
    if (!age) throw new Error("no age");
    expect(widthOf(age)).toBe(age.width_px);
    setWidth("age", 123.4);
    expect(widthOf(age)).toBe(123);
    setWidth("age", -5);
    expect(widthOf(age)).toBe(40);
  });

  test("have what each run has", () => {
    const [a, b, c] = board.value.runs;
    const cell = (id: string, run = a) => (run ? columnOf(id)?.valueOf(run) : undefined);
    expect(cell("step")).toBe(5);
    expect(cell("step", b)).toBeNull();
    expect(cell("duration")).toBe(10);
    expect(cell("value")).toBe(0.5);
    expect(cell("last(loss)", b)).toBeNull();
    expect(cell("last(loss)", c)).toBeNaN();
    expect(cell("hparam(lr)")).toBe(0.1);
    expect(cell("hparam(bn)")).toBe("true");
    expect(cell("hparam(lr)", b)).toBeNull();
    expect(cell("last(gone)")).toBeNull();
    setNote(key("a"), { remark: "best so far" });
    expect(cell("remark")).toBe("best so far");
    setNote(key("a"), { remark: "" });
  });
});

describe("the order", () => {
  const order = () => {
    const compare = run_order.value;
    return (compare ? [...board.value.runs].sort(compare) : board.value.runs).map((run) => run.name);
  };

  test("goes up, down, and back to the names", () => {
    sortBy("step");
    expect(order()).toEqual(["c", "a", "b"]);
    sortBy("step");
    expect(order()).toEqual(["a", "c", "b"]);
    sortBy("step");
    expect(sort.value).toEqual(BY_NAME);
    sortBy("name");
    expect(order()).toEqual(["c", "b", "a"]);
  });

  test("is by name again when the column is hidden", () => {
    sortBy("step");
    showColumn("step", false);
    expect(sort.value).toEqual(BY_NAME);
  });

  test("puts what has no value last, both ways", () => {
    const cells = [3, null, Number.NaN, "x10", "x9", 1, ""];
    const sorted = (descending: boolean) => [...cells].sort((a, b) => compareCells(a, b, descending));
    expect(sorted(false).slice(0, 4)).toEqual([1, 3, "x9", "x10"]);
    expect(sorted(true).slice(0, 4)).toEqual(["x10", "x9", 3, 1]);
  });
});
