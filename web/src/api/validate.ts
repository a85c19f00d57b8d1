/** Small readers that turn `unknown` into what an endpoint promises, or say where the answer broke the promise. */

export type Reader<T> = (value: unknown, path: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

/** The answer of the hub is not what docs/http-api.md says; `path` says where. */
export class InvalidAnswer extends Error {
  constructor(path: string, expected: string) {
    super(`unexpected answer from farboard: ${path} is not ${expected}`);
    this.name = "InvalidAnswer";
  }
}

export const string: Reader<string> = (value, path) => {
  if (typeof value !== "string") throw new InvalidAnswer(path, "a text");
  return value;
};

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new InvalidAnswer(path, "true or false");
  return value;
};

const WORDS: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** A number; JSON has no NaN, so those come as words. */
export const number: Reader<number> = (value, path) => {
  if (typeof value === "number") return value;
  const word = typeof value === "string" ? WORDS[value] : undefined;
  if (word === undefined) throw new InvalidAnswer(path, "a number");
  return word;
};

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null || value === undefined ? null : reader(value, path));
}

/** A field that may be missing or null, and what it then is. */
export function optional<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, path) => (value === null || value === undefined ? fallback : reader(value, path));
}

export function array<T>(reader: Reader<T>): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new InvalidAnswer(path, "a list");
    return value.map((item, i) => reader(item, `${path}[${i}]`));
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object<F extends Record<string, Reader<unknown>>>(fields: F): Reader<{ [K in keyof F]: Read<F[K]> }> {
  const entries = Object.entries(fields);
  return (value, path) => {
    if (!isRecord(value)) throw new InvalidAnswer(path, "an object");
    const out: Record<string, unknown> = {};
    for (const [name, reader] of entries) {
      out[name] = reader(Object.hasOwn(value, name) ? value[name] : undefined, `${path}.${name}`);
    }
    return out as { [K in keyof F]: Read<F[K]> };
  };
}

export function record<T>(reader: Reader<T>): Reader<Map<string, T>> {
  return (value, path) => {
    if (!isRecord(value)) throw new InvalidAnswer(path, "an object");
    return new Map(Object.entries(value).map(([key, item]) => [key, reader(item, `${path}.${key}`)]));
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return (value, path) => {
    const word = words.find((w) => w === value);
    if (word === undefined) throw new InvalidAnswer(path, words.join(" or "));
    return word;
  };
}
