/** What this browser remembers: a few JSON values in localStorage, which may be full, forbidden, or edited by hand. */

const PREFIX = "farboard.";

/** The name under which the browser has it. */
export function storedName(name: string): string {
  return PREFIX + name;
}

export function readStored(name: string): unknown {
  try {
    const text = localStorage.getItem(storedName(name));
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Null removes. */
export function writeStored(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(storedName(name));
    else localStorage.setItem(storedName(name), JSON.stringify(value));
  } catch {
    // Nothing is lost but the memory of it.
  }
}
