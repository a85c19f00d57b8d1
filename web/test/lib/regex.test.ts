import { describe, expect, test } from "vitest";
import { Regex } from "../../src/lib/regex";

const NAMES = [
  "",
  "a",
  "aa",
  "ab",
  "abab",
  "AB-12",
  "lr=0.1/seed-3",
  "x/y/z",
  "aaaaab",
  "foo_bar baz",
  "{2}",
  "a]b",
  "é",
];

/** Names as long as these never get to the browser's engine. */
const LONG = "~".repeat(300);
const ALL_NAMES = NAMES.flatMap((name) => [name, LONG + name, name + LONG]);

/** The same as the browser's own engine. */
function expectAlike(source: string): void {
  const own = new RegExp(source, "i");
  const regex = new Regex(source);
  for (const name of ALL_NAMES) {
    const match = own.exec(name);
    expect([source, name, regex.exec(name)]).toEqual([source, name, match ? [...match] : null]);
  }
}

describe("a regular expression", () => {
  test.each([
    "a",
    "^a$",
    "a|b",
    "^(a|ab)(b?)",
    "a*",
    "a+?b",
    "(a+)(b+)",
    "^(?:ab)+$",
    "[a-c]{2,3}",
    "a{2}",
    "a{2,}",
    "a{0}b",
    "\\d+",
    "seed-(\\d+)",
    "lr=(?<lr>[\\d.]+)/",
    "\\bbar\\b",
    "o\\B",
    "[^/]+$",
    "(x|y)/",
    ".*",
    "a.b",
    "{",
    "a]b",
    "]",
    "\\x61",
    "\\u0061b",
    "(a|b)*?b",
    "((a)|b)+",
    "\\.",
    "[\\]]",
    "É",
    "a??b",
    "(a*)b",
    "$",
    "x|",
    "\\{2\\}",
    "(?:)",
  ])("%s matches what the browser's does", (source) => expectAlike(source));

  test("made at random matches what the browser's does", () => {
    let state = 7;
    const next = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const atoms = ["a", "b", ".", "[ab]", "[^a]", "\\w", "\\d", "/"];
    const make = (depth: number): string => {
      const parts = Array.from({ length: 1 + next(3) }, () => {
        const atom = depth > 0 && next(3) === 0 ? `(${make(depth - 1)})` : (atoms[next(atoms.length)] ?? "a");
        // A group that may be empty, repeated, keeps another last turn in the two engines.
        return atom.startsWith("(") ? atom : atom + (["", "", "*", "+", "?", "{1,2}", "*?"][next(7)] ?? "");
      });
      return next(4) === 0 ? `${parts.join("")}|${atoms[next(atoms.length)]}` : parts.join("");
    };
    for (let i = 0; i < 60; i++) expectAlike(make(2));
  });

  test.each(["(a+)+$", "(a|aa)+$", "(a|a)*b", "(.*)*x", "a?".repeat(30) + "a".repeat(30), ".*.*.*.*=x"])(
    "%s ends soon where others never do",
    (source) => {
      const regex = new Regex(source);
      for (let i = 0; i < 20; i++) regex.test(`${"a".repeat(300)}!`);
      expect(regex.gaveUp).toBe(false);
    },
  );

  test("that is too much work is given up", () => {
    const regex = new Regex(`(${"(a|b)*".repeat(30)})*c`);
    const name = "ab".repeat(2000);
    for (let i = 0; i < 50 && !regex.gaveUp; i++) regex.test(name);
    expect(regex.gaveUp).toBe(true);
    expect(regex.test("c")).toBe(false);
  });

  test("says what is wrong with it", () => {
    expect(() => new Regex("a(")).toThrow(/nterminated group/);
    expect(() => new Regex("(?=a)b")).toThrow("look-around");
    expect(() => new Regex("(a)\\1")).toThrow("back references");
    expect(() => new Regex("((a{99}){99}){99}")).toThrow("too long");
  });
});
