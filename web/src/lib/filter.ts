/** A text box as a filter: a regular expression, case-insensitive; what does not compile is looked for as it stands. */
import { Regex } from "./regex";

export interface Filter {
  text: string;
  matches: (name: string) => boolean;
  /** Why the text is no regular expression, or, once names have been looked at, why it was given up; or "". */
  readonly error: string;
}

export const TOO_MUCH = "this expression takes too long; fewer nested repeats (* + {}) help";

/** Nothing in it but what stands for itself, as in most searches. */
const PLAIN = /^[\w\s/=:,@-]*$/;

export function makeFilter(text: string): Filter {
  if (text === "") return { text, matches: () => true, error: "" };
  const literal = text.toLowerCase();
  const contains = (name: string) => name.toLowerCase().includes(literal);
  if (PLAIN.test(text)) return { text, matches: contains, error: "" };
  try {
    const pattern = new Regex(text);
    const matches = remembered((name) => pattern.test(name));
    return {
      text,
      matches,
      get error() {
        return pattern.gaveUp ? TOO_MUCH : "";
      },
    };
  } catch (problem) {
    return { text, matches: contains, error: `${reason(problem)}; searching for it as it stands` };
  }
}

/** Names are asked about again and again, and their answers do not change. */
export function remembered<T>(ask: (name: string) => T): (name: string) => T {
  const answers = new Map<string, T>();
  return (name) => {
    if (answers.has(name)) return answers.get(name) as T;
    const answer = ask(name);
    answers.set(name, answer);
    return answer;
  };
}

/** The browser's message without its preamble: `Invalid regular expression: /(/i: Unterminated group` → `Unterminated group`. */
export function reason(problem: unknown): string {
  const message = problem instanceof Error ? problem.message : "not a regular expression";
  return message.slice(message.lastIndexOf(": ") + 1).trim() || message;
}
