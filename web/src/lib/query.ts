/**
 * The query language of the runs: `lr < 1e-3 and val/loss < 0.4 and state == "running"`.
 *
 *     query  = both { "or" both }          both = not { "and" not }          not = [ "not" ] ( "(" query ")" | check )
 *     check  = column [ ( "<" "<=" ">" ">=" "==" "!=" "=~" "!~" ) value ]     without a comparison: has a value
 *     column = word | `quoted` | "quoted" | function "(" anything ")"         value = number [unit] | word | "quoted" | column
 *
 * Words may contain `/ . : - @ [ ]`, as tags and runs do. What a column is, the caller says.
 */
import { type Cell, compareCells } from "./column";
import { remembered, TOO_MUCH } from "./filter";
import { Regex } from "./regex";

/** Something is wrong with a query, at this place of the text. */
export class QueryError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

export interface Query<T> {
  matches: (item: T) => boolean;
  /** Why it was given up, once it has been asked; or "". */
  readonly error: string;
}

/** What an item has in a column; undefined: there is no such column. */
export type ColumnReader<T> = (name: string) => ((item: T) => Cell) | undefined;

type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=" | "=~" | "!~";
type Token =
  | { kind: "word" | "quoted" | "name" | "number"; text: string; at: number; end: number }
  | { kind: "comparison"; text: Comparison; at: number; end: number }
  | { kind: "(" | ")" | "end"; text: string; at: number; end: number };

const WORD = "[\\p{L}_][\\p{L}\\p{N}_/.:@\\[\\]-]*";
const NUMBER = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?(?:ms|min|[kMGTsdh])?(?![\\p{L}\\p{N}_])";
const COMPARISON = "<=|>=|==|!=|=~|!~|<|>";
const TOKENS = new RegExp(
  [
    "(?<space>\\s+)",
    `(?<comparison>${COMPARISON})`,
    "(?<paren>[()])",
    `(?<number>${NUMBER})`,
    // min(val/loss), hparam(a b): all up to the bracket that closes is the name of one column.
    "(?<call>(?:last|min|max|mean\\d*|at\\d+|hparam)\\((?:[^()]|\\([^()]*\\))+\\))",
    `(?<word>${WORD})`,
    '"(?<quoted>(?:[^"\\\\]|\\\\.)*)"',
    "'(?<single>(?:[^'\\\\]|\\\\.)*)'",
    "`(?<name>[^`]+)`",
  ].join("|"),
  "uy",
);

const COMPARES = /^(?:not\b|[\s(])*(?:[\p{L}_][^<>=!~"'`]*|"[^"]*"\s*|`[^`]*`\s*)(?:<=|>=|==|!=|=~|!~|<|>)/u;

/** Whether a text is meant as a query rather than as a regular expression: a column is compared with something. */
export function isQuery(text: string): boolean {
  return COMPARES.test(text.trimStart()) && !text.includes("(?");
}

/** Throws QueryError. */
export function makeQuery<T>(text: string, columns: ColumnReader<T>): Query<T> {
  return new Parser<T>(readTokens(text), columns).read();
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < text.length) {
    const at = TOKENS.lastIndex;
    const groups = TOKENS.exec(text)?.groups;
    if (!groups) throw new QueryError(strangeness(text, at), at);
    const end = TOKENS.lastIndex;
    const { space, comparison, paren, number, call, word, quoted, single, name } = groups;
    if (space !== undefined) continue;
    if (comparison !== undefined) tokens.push({ kind: "comparison", text: comparison as Comparison, at, end });
    else if (paren !== undefined) tokens.push({ kind: paren as "(" | ")", text: paren, at, end });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, at, end });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, at, end });
    else if (call !== undefined) tokens.push({ kind: "name", text: call, at, end });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, at, end });
    else tokens.push({ kind: "quoted", text: (quoted ?? single ?? "").replace(/\\(.)/gs, "$1"), at, end });
  }
  tokens.push({ kind: "end", text: "", at: text.length, end: text.length });
  return tokens;
}

function strangeness(text: string, at: number): string {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (char === "=") return 'one "=" means nothing here; "==" compares';
  if (char === '"' || char === "'" || char === "`") return `the quotation that begins here has no ${char} at its end`;
  if (char === "&" || char === "|") return `"${char}" means nothing here; write ${char === "&" ? "and" : "or"}`;
  return `"${char}" means nothing here`;
}

type Check<T> = (item: T) => boolean;

class Parser<T> {
  private at = 0;
  private readonly patterns: Regex[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    private readonly columns: ColumnReader<T>,
  ) {}

  read(): Query<T> {
    const matches = this.either();
    const rest = this.here;
    if (rest.kind !== "end") throw new QueryError(`"and" or "or" is missing before "${rest.text}"`, rest.at);
    const { patterns } = this;
    return {
      matches,
      get error() {
        return patterns.some((pattern) => pattern.gaveUp) ? TOO_MUCH : "";
      },
    };
  }

  private either(): Check<T> {
    let check = this.both();
    while (this.takeWord("or")) {
      const [left, right] = [check, this.both()];
      check = (item) => left(item) || right(item);
    }
    return check;
  }

  private both(): Check<T> {
    let check = this.negated();
    while (this.takeWord("and")) {
      const [left, right] = [check, this.negated()];
      check = (item) => left(item) && right(item);
    }
    return check;
  }

  private negated(): Check<T> {
    if (this.takeWord("not")) {
      const check = this.negated();
      return (item) => !check(item);
    }
    if (this.here.kind !== "(") return this.check();
    const open = this.next();
    const check = this.either();
    if (this.next().kind !== ")") throw new QueryError('this "(" is never closed', open.at);
    return check;
  }

  private check(): Check<T> {
    const read = this.column();
    const operator = this.here;
    if (operator.kind !== "comparison") return (item) => hasValue(read(item));
    this.next();
    if (operator.text === "=~" || operator.text === "!~") return this.pattern(read, operator.text === "=~");
    const value = this.value();
    return (item) => compare(read(item), operator.text, value(item));
  }

  private column(): (item: T) => Cell {
    const token = this.next();
    if (token.kind === "end") throw new QueryError("a column is missing here, such as lr, val/loss or state", token.at);
    if (token.kind !== "word" && token.kind !== "name" && token.kind !== "quoted") {
      throw new QueryError(`a column is expected here, not "${token.text}"`, token.at);
    }
    const read = this.columns(token.text);
    if (!read) throw new QueryError(`there is no column "${token.text}"`, token.at);
    return read;
  }

  private value(): (item: T) => Cell {
    const token = this.next();
    switch (token.kind) {
      case "number": {
        const number = readNumber(token.text);
        return () => number;
      }
      case "quoted":
        return () => token.text;
      case "word":
        return this.columns(token.text) ?? constant(readWord(token.text));
      case "name": {
        const read = this.columns(token.text);
        if (!read) throw new QueryError(`there is no column "${token.text}"`, token.at);
        return read;
      }
      default:
        throw new QueryError("a value is missing here: a number, a text or a column", token.at);
    }
  }

  private pattern(read: (item: T) => Cell, wanted: boolean): Check<T> {
    const token = this.next();
    if (token.kind !== "quoted" && token.kind !== "word" && token.kind !== "number") {
      throw new QueryError("a regular expression in quotes is missing here", token.at);
    }
    try {
      const pattern = new Regex(token.text);
      this.patterns.push(pattern);
      const test = remembered((text: string) => pattern.test(text));
      return (item) => test(String(read(item) ?? "")) === wanted;
    } catch (problem) {
      const message = problem instanceof Error ? problem.message : "";
      throw new QueryError(`no regular expression: ${message.slice(message.lastIndexOf(": ") + 1).trim()}`, token.at);
    }
  }

  private get here(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }

  private next(): Token {
    const token = this.here;
    this.at++;
    return token;
  }

  private takeWord(word: string): boolean {
    const is_it = this.here.kind === "word" && this.here.text.toLowerCase() === word;
    if (is_it) this.at++;
    return is_it;
  }
}

const constant = (cell: Cell) => (): Cell => cell;

const UNITS: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400 };

/** `1e-3`, `10k`, `30min` (in seconds). */
function readNumber(text: string): number {
  const unit = /(?:ms|min|[kMGTsdh])$/.exec(text)?.[0] ?? "";
  return Number(unit ? text.slice(0, -unit.length) : text) * (UNITS[unit] ?? 1);
}

function readWord(word: string): Cell {
  const small = word.toLowerCase();
  if (small === "nan") return Number.NaN;
  if (small === "inf" || small === "infinity") return Number.POSITIVE_INFINITY;
  if (small === "none" || small === "null") return null;
  return word;
}

const hasValue = (cell: Cell): boolean => cell !== null && cell !== "";

/** What has no value is neither smaller nor larger than anything, and equal to nothing but `none`. */
function compare(a: Cell, operator: Comparison, b: Cell): boolean {
  if (operator === "==") return isSame(a, b);
  if (operator === "!=") return !isSame(a, b);
  const [left, right] = alike(a, b);
  if (!hasValue(left) || !hasValue(right) || typeof left !== typeof right) return false;
  if (Number.isNaN(left) || Number.isNaN(right)) return false;
  const order = compareCells(left, right);
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function isSame(a: Cell, b: Cell): boolean {
  const [left, right] = alike(a, b);
  return Object.is(left, right) || (left === 0 && right === 0);
}

/** A text beside a number is read as one, where it is one. */
function alike(a: Cell, b: Cell): readonly [Cell, Cell] {
  if (typeof a === "string" && typeof b === "number") return [asNumber(a), b];
  if (typeof a === "number" && typeof b === "string") return [a, asNumber(b)];
  return [a, b];
}

function asNumber(text: string): Cell {
  const number = Number(text);
  return text.trim() !== "" && !Number.isNaN(number) ? number : text;
}
