/** One way to ask the hub: adds the secret, checks the answer, and turns every failure into one of two errors. */
import { takeHeadStart } from "./head_start";
import { type Ask, initOf } from "./init";
import { InvalidAnswer, object, optional, type Reader, string } from "./validate";

/** The hub answered, but with an error. */
export class HubError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = "HubError";
  }
}

/** Nobody answered: farboard has ended, or the way to it is closed. */
export class HubUnreachable extends Error {
  constructor() {
    super("farboard does not answer");
    this.name = "HubUnreachable";
  }
}

const ERROR_SHAPE = object({ error: object({ code: string, message: string, hint: optional(string, "") }) });

let secret = "";
let onRefused = (): void => {};

/** `refused` is called whenever the hub does not accept the secret. */
export function useSecret(value: string, refused: () => void): void {
  secret = value;
  onRefused = refused;
}

/** Sends a request; gives the answer when its status is 2xx. Throws HubError, HubUnreachable, or AbortError. */
export async function send(path: string, ask: Ask = {}): Promise<Response> {
  const ahead = await takeHeadStart(path);
  const answer =
    ahead ??
    (await fetch(path, initOf(secret, ask)).catch((problem: unknown) => {
      throw ask.signal?.aborted ? problem : new HubUnreachable();
    }));
  if (answer.ok) return answer;
  if (answer.status === 401 && !ask.is_login) onRefused();
  throw await readError(answer);
}

async function readError(answer: Response): Promise<HubError> {
  try {
    const { error } = ERROR_SHAPE(await answer.json(), "error");
    return new HubError(answer.status, error.code, error.message, error.hint);
  } catch {
    return new HubError(answer.status, "internal", `farboard answered ${answer.status}`, "");
  }
}

/** Asks for JSON and reads it with `reader`. */
export async function askJson<T>(path: string, reader: Reader<T>, ask: Ask = {}): Promise<T> {
  const answer = await send(path, ask);
  const body: unknown = await answer.json().catch(() => {
    throw new InvalidAnswer(path, "JSON");
  });
  return reader(body, path);
}
