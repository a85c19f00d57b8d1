import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/lib/column";
import { isQuery, makeQuery, QueryError } from "../../src/lib/query";

type Item = Record<string, Cell>;
const item: Item = {
  lr: 1e-3,
  "val/loss": 0.4,
  "train/loss": 0.3,
  state: "running",
  name: "sweep/seed-3",
  optimizer: "adam",
  depth: "18",
  bad: Number.NaN,
  none_here: null,
  "my tag": 2,
  "min(val/loss)": 0.35,
  age: 90,
  step: 12_000,
};
const columns = (name: string) => (Object.hasOwn(item, name) ? (it: Item) => it[name] ?? null : undefined);
const matches = (text: string) => makeQuery(text, columns).matches(item);

function errorOf(text: string): string {
  try {
    makeQuery(text, columns);
    return "";
  } catch (problem) {
    if (problem instanceof QueryError) return `${problem.at}: ${problem.message}`;
    throw problem;
  }
}

describe("a query", () => {
  test.each([
    ['lr <= 1e-3 and val/loss < 0.41 and state == "running"', true],
    ["lr < 1e-3 or val/loss < 0.41", true],
    ["lr < 1e-3 or val/loss < 0.4", false],
    ["not lr < 1e-3", true],
    ["not (lr < 1e-3 or state == running)", false],
    ["lr > 0 and lr < 1 or state == nothing and lr > 5", true],
    ["state == running", true],
    ["state != finished", true],
    ["name =~ 'seed-[0-9]$'", true],
    ['name =~ "^sweep/"', true],
    ['name !~ "^sweep"', false],
    ["train/loss < val/loss", true],
    ["min(val/loss) < 0.36", true],
    ["`my tag` == 2", true],
    ['"my tag" > 1', true],
    ["depth == 18", true],
    ["depth > 9", true],
    ["age < 2min and age > 1.4min", true],
    ["step >= 12k", true],
    ["bad == nan", true],
    ["bad < 1", false],
    ["bad > 1", false],
    ["none_here < 1", false],
    ["none_here != 1", true],
    ["none_here == none", true],
    ["none_here or lr == 0.001", true],
    ["optimizer and not none_here", true],
    ["optimizer < 3", false],
    ["lr == -1 OR lr == .001", true],
    ["name == 'sweep/seed-3'", true],
  ])("%s is %s", (text, answer) => {
    expect(matches(text)).toBe(answer);
  });

  test.each([
    ["lr <", "4: a value is missing here: a number, a text or a column"],
    ["lr < 1 and", "10: a column is missing here, such as lr, val/loss or state"],
    ["lr < 1 state == x", '7: "and" or "or" is missing before "state"'],
    ["lr = 1", '3: one "=" means nothing here; "==" compares'],
    ["nope > 1", '0: there is no column "nope"'],
    ["lr > 1 and (state == x", '11: this "(" is never closed'],
    ['name == "x', '8: the quotation that begins here has no " at its end'],
    ["lr < 1 && lr > 0", '7: "&" means nothing here; write and'],
    ["lr > 1)", '6: "and" or "or" is missing before ")"'],
    ["< 3", '0: a column is expected here, not "<"'],
    ['name =~ "("', "8: no regular expression: Unterminated group"],
    ["lr > min(nope)", '5: there is no column "min(nope)"'],
  ])("%s says what is wrong, and where", (text, said) => {
    expect(errorOf(text)).toBe(said);
  });

  test.each([
    ["lr < 1e-3", true],
    ["not (lr < 1)", true],
    ['"odd tag" > 2', true],
    ["state ==", true],
    ["min(val/loss) < 1", true],
    ["lr=0.1", false],
    ["seed-(1|2)", false],
    ["(?<=a)b", false],
    ["^(train|val)", false],
    ["", false],
    ["baseline", false],
  ])("%s is told from a regular expression", (text, answer) => {
    expect(isQuery(text)).toBe(answer);
  });
});
