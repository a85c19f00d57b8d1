/**
 * Regular expressions that always end soon.
 *
 * What people type is matched against up to 10,000 names, and the browser's own engine tries every way there is: `(a+)+$`
 * stops a page for hours. Here all ways are followed at once (Pike's algorithm), so that a match takes time in proportion
 * to the length of the name. What a single character matches is still asked of the browser's engine. Not there:
 * look-around and back references, which have no such bound.
 */

type Node =
  | { kind: "char"; source: string }
  | { kind: "assert"; what: "^" | "$" | "\\b" | "\\B" }
  | { kind: "group"; node: Node; index: number | null }
  | { kind: "all"; nodes: Node[] }
  | { kind: "any"; nodes: Node[] }
  /** `groups`: the first in it, and the first after it. */
  | { kind: "repeat"; node: Node; least: number; most: number; lazy: boolean; groups: readonly [number, number] };

type Step =
  | { op: "char"; matches: (char: string) => boolean }
  | { op: "assert"; what: "^" | "$" | "\\b" | "\\B" }
  | { op: "split"; to: number[] }
  | { op: "save"; slot: number }
  /** A turn of what is repeated begins: the groups in it have not taken part yet. */
  | { op: "forget"; from: number; to: number }
  | { op: "match" };

const STEPS_MOST = 2000;
/** Of all names together; then the expression is given up, with an error. About a second. */
const WORK_MOST = 10_000_000;
/** With so few choices, on names so short, the browser's own engine is as safe, and quicker. */
const CHOICES_OF_SIMPLE = 2;
const NAME_OF_SIMPLE = 256;
/** Longer names are looked at as far as this. */
const NAME_MOST = 4096;

export class RegexError extends Error {}

export class Regex {
  private readonly steps: readonly Step[] = [];
  private readonly slots: number;
  /** The browser's engine, for what it can do as well. */
  private readonly own: RegExp;
  private readonly is_simple: boolean;
  private readonly seen: Uint32Array;
  private turn = 0;
  private work = 0;

  /** Capitals are like small letters with `i`. Throws RegexError, or the browser's SyntaxError. */
  constructor(source: string, flags: "" | "i" = "i") {
    this.own = new RegExp(source, flags); // says best what is wrong with the syntax
    const parser = new Parser(source);
    const root = parser.read();
    this.is_simple = choicesIn(root) <= CHOICES_OF_SIMPLE;
    this.slots = 2 * (parser.groups + 1);
    const compiler = new Compiler(flags);
    compiler.add({ kind: "group", node: root, index: 0 });
    compiler.steps.push({ op: "match" });
    this.steps = compiler.steps;
    this.seen = new Uint32Array(this.steps.length);
  }

  /** False also for what is too much work; see `gaveUp`. */
  test(name: string): boolean {
    return this.isQuick(name) ? this.own.test(name) : this.search(name, false) !== null;
  }

  /** The whole match and its groups, undefined where a group took no part; null without a match. */
  exec(name: string): (string | undefined)[] | null {
    if (this.isQuick(name)) {
      const match = this.own.exec(name);
      return match && [...match];
    }
    const saved = this.search(name, true);
    return saved && groupsIn(name, saved);
  }

  get gaveUp(): boolean {
    return this.work > WORK_MOST;
  }

  private isQuick(name: string): boolean {
    return this.is_simple && name.length <= NAME_OF_SIMPLE;
  }

  private search(name: string, saves: boolean): number[] | null {
    const text = name.length > NAME_MOST ? name.slice(0, NAME_MOST) : name;
    const nothing_saved = saves ? new Array<number>(this.slots).fill(-1) : [];
    let now: Thread[] = [];
    let found: number[] | null = null;
    for (let at = 0; at <= text.length && !this.gaveUp; at++) {
      this.turn++;
      const ready: Thread[] = [];
      for (const thread of now) this.follow(thread, text, at, ready);
      // The match that begins first wins: later beginnings come after all others, and not at all once there is one.
      if (!found) this.follow({ at: 0, saved: nothing_saved }, text, at, ready);
      now = [];
      for (const { at: step_at, saved } of ready) {
        const step = this.steps[step_at];
        if (step?.op === "match") {
          if (!saves) return saved;
          found = saved;
          break; // those after it would be matched only if it were not
        }
        if (step?.op === "char" && at < text.length && step.matches(text.charAt(at))) {
          now.push({ at: step_at + 1, saved });
        }
      }
      if (found && now.length === 0) break;
    }
    return this.gaveUp ? null : found;
  }

  /** Goes on from a step until a character is wanted, by every way, the preferred first. */
  private follow(from: Thread, text: string, at: number, ready: Thread[]): void {
    const open = [from];
    for (let thread = open.pop(); thread; thread = open.pop()) {
      const { at: step_at, saved } = thread;
      if (this.seen[step_at] === this.turn) continue;
      this.seen[step_at] = this.turn;
      this.work++;
      const step = this.steps[step_at];
      if (step === undefined) continue;
      if (step.op === "split") {
        for (let i = step.to.length - 1; i >= 0; i--) open.push({ at: step.to[i] ?? 0, saved });
      } else if (step.op === "save") {
        open.push({ at: step_at + 1, saved: withSlots(saved, step.slot, step.slot + 1, at) });
      } else if (step.op === "forget") {
        open.push({ at: step_at + 1, saved: withSlots(saved, step.from, step.to, -1) });
      } else if (step.op === "assert") {
        if (holds(step.what, text, at)) open.push({ at: step_at + 1, saved });
      } else ready.push(thread);
    }
  }
}

interface Thread {
  at: number;
  /** Where groups begin and end; empty when nobody wants to know. */
  saved: number[];
}

function withSlots(saved: number[], from: number, to: number, value: number): number[] {
  return saved.length === 0 ? saved : saved.slice().fill(value, from, to);
}

/** How often the browser's engine may have to try something else. */
function choicesIn(node: Node): number {
  switch (node.kind) {
    case "char":
    case "assert":
      return 0;
    case "group":
      return choicesIn(node.node);
    case "all":
      return node.nodes.reduce((sum, part) => sum + choicesIn(part), 0);
    case "any":
      return 1 + node.nodes.reduce((sum, part) => sum + choicesIn(part), 0);
    case "repeat":
      // What is repeated and has a choice has it with every turn.
      return choicesIn(node.node) > 0 ? Number.POSITIVE_INFINITY : 1;
  }
}

function groupsIn(text: string, saved: readonly number[]): (string | undefined)[] {
  return Array.from({ length: saved.length / 2 }, (_, i) => {
    const [from = -1, to = -1] = [saved[2 * i], saved[2 * i + 1]];
    return from < 0 || to < 0 ? undefined : text.slice(from, to);
  });
}

function holds(what: "^" | "$" | "\\b" | "\\B", text: string, at: number): boolean {
  if (what === "^") return at === 0;
  if (what === "$") return at === text.length;
  const is_border = /\w/.test(text.charAt(at - 1)) !== /\w/.test(text.charAt(at));
  return is_border === (what === "\\b");
}

class Parser {
  groups = 0;
  private at = 0;

  constructor(private readonly source: string) {}

  read(): Node {
    return this.alternatives();
  }

  private alternatives(): Node {
    const nodes = [this.sequence()];
    while (this.take("|")) nodes.push(this.sequence());
    const [only] = nodes;
    return nodes.length === 1 && only ? only : { kind: "any", nodes };
  }

  private sequence(): Node {
    const nodes: Node[] = [];
    while (this.at < this.source.length && !this.sees("|") && !this.sees(")")) nodes.push(this.repeated());
    return { kind: "all", nodes };
  }

  private repeated(): Node {
    const first = this.groups + 1;
    const node = this.atom();
    const groups = [first, this.groups + 1] as const;
    const [text, least = "", comma = "", most = ""] =
      /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(this.source.slice(this.at)) ?? [];
    if (text === undefined) return node;
    this.at += text.length;
    const lazy = this.take("?");
    if (text === "*") return { kind: "repeat", node, least: 0, most: Number.POSITIVE_INFINITY, lazy, groups };
    if (text === "+") return { kind: "repeat", node, least: 1, most: Number.POSITIVE_INFINITY, lazy, groups };
    if (text === "?") return { kind: "repeat", node, least: 0, most: 1, lazy, groups };
    const end = comma === "" ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most);
    return { kind: "repeat", node, least: Number(least), most: end, lazy, groups };
  }

  private atom(): Node {
    if (this.take("^")) return { kind: "assert", what: "^" };
    if (this.take("$")) return { kind: "assert", what: "$" };
    if (this.take("(")) return this.group();
    const rest = this.source.slice(this.at);
    if (/^\\[bB]/.test(rest)) {
      this.at += 2;
      return { kind: "assert", what: rest.startsWith("\\b") ? "\\b" : "\\B" };
    }
    if (/^\\([1-9]|k<)/.test(rest)) throw new RegexError("back references are not possible here");
    const char = /^(?:\[(?:\\[\s\S]|[^\]\\])*\]|\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z]|[\s\S])|[\s\S])/.exec(
      rest,
    );
    const [source = ""] = char ?? [];
    this.at += source.length;
    return { kind: "char", source };
  }

  private group(): Node {
    const [mark = ""] = /^\?(?::|=|!|<=|<!|<[^>]*>)/.exec(this.source.slice(this.at)) ?? [];
    if (/^\?(=|!|<=|<!)/.test(mark)) throw new RegexError("look-around is not possible here");
    this.at += mark.length;
    const index = mark === "?:" ? null : ++this.groups;
    const node = this.alternatives();
    this.take(")");
    return { kind: "group", node, index };
  }

  private sees(char: string): boolean {
    return this.source.startsWith(char, this.at);
  }

  private take(char: string): boolean {
    const found = this.sees(char);
    if (found) this.at += char.length;
    return found;
  }
}

class Compiler {
  readonly steps: Step[] = [];

  constructor(private readonly flags: "" | "i") {}

  add(node: Node): void {
    if (this.steps.length > STEPS_MOST) throw new RegexError("this is too long, or repeated too often");
    switch (node.kind) {
      case "char":
        this.steps.push({ op: "char", matches: charMatcher(node.source, this.flags) });
        return;
      case "assert":
        this.steps.push({ op: "assert", what: node.what });
        return;
      case "all":
        for (const part of node.nodes) this.add(part);
        return;
      case "group":
        this.group(node.node, node.index);
        return;
      case "any":
        this.any(node.nodes);
        return;
      case "repeat":
        this.repeat(node);
    }
  }

  private group(node: Node, index: number | null): void {
    if (index !== null) this.steps.push({ op: "save", slot: 2 * index });
    this.add(node);
    if (index !== null) this.steps.push({ op: "save", slot: 2 * index + 1 });
  }

  private any(nodes: readonly Node[]): void {
    const split = { op: "split" as const, to: [] as number[] };
    this.steps.push(split);
    const ends: { op: "split"; to: number[] }[] = [];
    for (const node of nodes) {
      split.to.push(this.steps.length);
      this.add(node);
      const end = { op: "split" as const, to: [] };
      this.steps.push(end);
      ends.push(end);
    }
    for (const end of ends) end.to.push(this.steps.length);
  }

  private repeat(repeat: Extract<Node, { kind: "repeat" }>): void {
    const { least, most, lazy } = repeat;
    for (let i = 0; i < least; i++) this.turn(repeat);
    if (most === Number.POSITIVE_INFINITY) {
      const start = this.steps.length;
      const done = this.fork(repeat, lazy);
      this.steps.push({ op: "split", to: [start] });
      done();
      return;
    }
    const all_done = Array.from({ length: Math.min(most - least, STEPS_MOST + 1) }, () => this.fork(repeat, lazy));
    for (const done of all_done) done();
  }

  private turn({ node, groups: [first, end] }: Extract<Node, { kind: "repeat" }>): void {
    if (end > first) this.steps.push({ op: "forget", from: 2 * first, to: 2 * end });
    this.add(node);
  }

  /** Into one more turn, or past it; the function that is given says that past it is here. */
  private fork(repeat: Extract<Node, { kind: "repeat" }>, lazy: boolean): () => void {
    const split = { op: "split" as const, to: [] as number[] };
    this.steps.push(split);
    const inside = this.steps.length;
    this.turn(repeat);
    return () => {
      split.to = lazy ? [this.steps.length, inside] : [inside, this.steps.length];
    };
  }
}

/** Whether a character is matched by a class, an escape, a dot or itself: as the browser's engine says, asked once each. */
function charMatcher(source: string, flags: "" | "i"): (char: string) => boolean {
  // What is no quantifier, and no class, where it stands alone.
  const literal = /^[{}\]]$/.test(source) ? `\\${source}` : source;
  const pattern = new RegExp(`^(?:${literal})$`, flags);
  const known = new Map<string, boolean>();
  return (char) => {
    let answer = known.get(char);
    if (answer === undefined) {
      answer = pattern.test(char);
      known.set(char, answer);
    }
    return answer;
  };
}
