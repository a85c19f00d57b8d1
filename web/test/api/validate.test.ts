import { describe, expect, test } from "vitest";
import { parseMessage } from "../../src/api/change";
import { codeFrom } from "../../src/api/code";
import { source } from "../../src/api/source";
import { tags } from "../../src/api/tag";
import {
  array,
  InvalidAnswer,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  string,
} from "../../src/api/validate";

describe("readers", () => {
  const reader = object({
    name: string,
    age: nullable(number),
    kind: oneOf("a", "b"),
    list: optional(array(number), []),
  });

  test("take what is promised and drop the rest", () => {
    expect(reader({ name: "x", age: 3, kind: "a", extra: 1 }, "it")).toEqual({
      name: "x",
      age: 3,
      kind: "a",
      list: [],
    });
  });

  test("read the words for what JSON cannot write", () => {
    expect(array(number)(["NaN", "Infinity", "-Infinity", 1], "it")).toEqual([Number.NaN, Infinity, -Infinity, 1]);
    expect(() => number("nan", "it")).toThrow(InvalidAnswer);
  });

  test.each([
    [{ age: 3, kind: "a" }, "it.name"],
    [{ name: 5, kind: "a" }, "it.name"],
    [{ name: "x", age: "old", kind: "a" }, "it.age"],
    [{ name: "x", kind: "c" }, "it.kind"],
    [{ name: "x", kind: "a", list: [1, "two"] }, "it.list[1]"],
    [[], "it"],
    [null, "it"],
  ])("%j breaks the promise at %s", (answer, path) => {
    expect(() => reader(answer, "it")).toThrow(`${path} is not`);
  });

  test("do not take inherited fields for answers", () => {
    expect(() => object({ constructor: object({}) })({}, "it")).toThrow(InvalidAnswer);
  });

  test("records become maps", () => {
    expect(record(number)({ a: 1, b: 2 }, "it")).toEqual(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    );
  });
});

describe("GET /api/tags", () => {
  const entry = {
    tag: "train/loss",
    kind: "scalar",
    plugin: "scalars",
    run: [0, 1],
    points: [1, 2],
    superseded: [0, 0],
    first_step: [0, 0],
    last_step: [1, 2],
    min_step: [0, 0],
    max_step: [1, 2],
    first_wall_time_s: [0, 0],
    last_wall_time_s: [1, 2],
    last_value: ["NaN", null],
  };
  const answer = (change: object) => ({ runs: ["a", "b"], run_source: ["s", "s"], tags: [{ ...entry, ...change }] });

  test("is read as it is written", () => {
    const [tag] = tags(answer({}), "tags").tags;
    expect(tag?.last_value).toEqual([Number.NaN, null]);
  });

  test.each([
    [{ points: [1] }],
    [{ last_value: [1, 2, 3] }],
    [{ run: [0, 2] }],
    [{ run: [0, -1] }],
    [{ run: [0, 0.5] }],
  ])("columns that do not fit are refused: %j", (change) => {
    expect(() => tags(answer(change), "tags")).toThrow(InvalidAnswer);
  });

  test("each run needs its source", () => {
    expect(() => tags({ ...answer({}), run_source: ["s"] }, "tags")).toThrow("run_source");
  });
});

test("a source that was never reached has no engine, logdir, load or losses", () => {
  const read = source(
    {
      source: "gpu1:runs",
      kind: "ssh",
      state: "connecting",
      since_s: 1,
      message: "",
      hint: "",
      attempt: 0,
      next_try_at_s: null,
      rtt_ms: null,
      clock_skew_s: null,
      received_bytes: 0,
      last_heard_at_s: null,
      engine: null,
      logdir: null,
      load: null,
      losses: null,
      losses_total: null,
      losses_by_file: null,
    },
    "source",
  );
  expect(read).toMatchObject({ engine: null, logdir: null, load: null, losses_by_file: [], losses_total: null });
});

describe("messages", () => {
  test("changes carry what grew", () => {
    const series = [
      {
        run: "a",
        tag: "t",
        kind: "scalar",
        points: 3,
        superseded: 0,
        last_step: 2,
        last_wall_time_s: 5,
        last_value: "Infinity",
      },
    ];
    const read = parseMessage(
      JSON.stringify({ type: "change", source: "s", epoch: "e", version: 1, reindex: true, series }),
    );
    expect(read).toMatchObject({ type: "change", reindex: true, load: null });
    if (read?.type === "change") expect(read.series[0]?.last_value).toBe(Number.POSITIVE_INFINITY);
  });

  test("of a kind unknown to this page are passed over", () => {
    expect(parseMessage('{"type": "confetti"}')).toBeNull();
  });

  test.each([["not JSON"], ['{"type": "change"}'], ["[]"], ['{"type": "source", "source": {}}']])(
    "%s is refused",
    (text) => {
      expect(() => parseMessage(text)).toThrow();
    },
  );

  test("are texts", () => {
    expect(() => parseMessage(new ArrayBuffer(2))).toThrow(InvalidAnswer);
  });
});

test.each([
  ["http://127.0.0.1:6006/#code=ab-C_1", "ab-C_1"],
  ["  http://127.0.0.1:6006/#smoothing=0.9&code=abc&x=wall_time ", "abc"],
  ["#code=abc", "abc"],
  ["code=abc", "abc"],
  ["code=a%2Fb", "a/b"],
  ["code=%E0%A4%A", "%E0%A4%A"],
  ["abc", "abc"],
  ["http://127.0.0.1:6006/", ""],
  ["two words", ""],
  ["", ""],
])("the code in %j is %j", (pasted, code) => expect(codeFrom(pasted)).toBe(code));
