/** How every request to the hub is made. */

export interface Ask {
  method?: "GET" | "POST";
  body?: unknown;
  accept?: string;
  signal?: AbortSignal;
  /** A refusal is about what was sent, not about the secret. */
  is_login?: boolean;
  /** The browser may keep it, and ask only whether it is still the same. */
  may_keep?: boolean;
}

export function initOf(secret: string, ask: Ask): RequestInit {
  const headers: Record<string, string> = { Accept: ask.accept ?? "application/json" };
  if (secret !== "") headers.Authorization = `Bearer ${secret}`;
  const cache = ask.may_keep ? "default" : "no-store";
  const init: RequestInit = { method: ask.method ?? "GET", headers, cache, credentials: "omit" };
  if (ask.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(ask.body);
  }
  if (ask.signal) init.signal = ask.signal;
  return init;
}
