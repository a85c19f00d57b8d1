/**
 * The first answers, asked for while the page itself is still on its way: login, the user's defaults, runs and tags. The page finds them
 * when it asks for the same path; each is good for one time.
 */
import { initOf } from "./init";

declare global {
  interface Window {
    farboardHeadStart?: Map<string, Promise<Response | null>>;
  }
}

/** Asks with the secret that the code becomes, or, when that does not work, with the one that is remembered. */
export function startAhead(code: string, remembered: unknown): void {
  const known = typeof remembered === "string" ? remembered : "";
  const answers = new Map<string, Promise<Response | null>>();
  const add = (path: string, answer: Promise<Response | null>): Promise<Response | null> => {
    const kept = answer.catch(() => null);
    answers.set(path, kept);
    return kept;
  };
  const entered =
    code === "" ? null : add("/api/login", fetch("/api/login", initOf("", { method: "POST", body: { code } })));
  const secret = entered ? entered.then(secretIn).then((fresh) => fresh || known) : Promise.resolve(known);
  for (const path of ["/api/page", "/api/runs", "/api/tags"]) {
    add(
      path,
      secret.then((it) => (it === "" ? null : fetch(path, initOf(it, {})))),
    );
  }
  window.farboardHeadStart = answers;
}

/** The answer that is on its way already; null when there is none, or it failed. */
export async function takeHeadStart(path: string): Promise<Response | null> {
  const answers = window.farboardHeadStart;
  const answer = answers?.get(path);
  answers?.delete(path);
  return answer ?? null;
}

async function secretIn(login: Response | null): Promise<string> {
  if (!login?.ok) return "";
  const body: unknown = await login
    .clone()
    .json()
    .catch(() => null);
  const secret = (body as { secret?: unknown } | null)?.secret;
  return typeof secret === "string" ? secret : "";
}
