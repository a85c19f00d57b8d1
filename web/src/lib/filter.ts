/** A text box as a filter: a regular expression, case-insensitive; what does not compile is looked for as it stands. */

export interface Filter {
  text: string;
  matches: (name: string) => boolean;
  /** Why the text is no regular expression, or "". */
  error: string;
}

export function makeFilter(text: string): Filter {
  if (text === "") return { text, matches: () => true, error: "" };
  try {
    const pattern = new RegExp(text, "i");
    return { text, matches: (name) => pattern.test(name), error: "" };
  } catch (problem) {
    const literal = text.toLowerCase();
    return { text, matches: (name) => name.toLowerCase().includes(literal), error: reason(problem) };
  }
}

/** The browser's message without its preamble: `Invalid regular expression: /(/i: Unterminated group` → `Unterminated group`. */
function reason(problem: unknown): string {
  const message = problem instanceof Error ? problem.message : "not a regular expression";
  return message.slice(message.lastIndexOf(": ") + 1).trim() || message;
}
