/** From the address to a running board: the one-time code, the secret it becomes, and what to do when it is refused. */
import { effect, signal } from "@preact/signals";
import { codeFrom } from "../api/code";
import { login } from "../api/login";
import { useSecret } from "../api/request";
import { startLive } from "./live";
import { loadPage } from "./page";
import { readStored, writeStored } from "./stored";

/** `starting`: not yet known; `in`: the hub knows us; `out`: it wants a code. */
export const session = signal<"starting" | "in" | "out">("starting");
/** Why the last code did not work, or "". */
export const login_error = signal("");

let stop = (): void => {};

/** Enters with the code in the address, else with what this browser remembers. */
export async function startSession(): Promise<void> {
  const code = takeCode();
  if (code !== "" && (await enterWith(code))) return;
  const stored = readStored("secret");
  if (typeof stored === "string" && stored !== "") enter(stored);
  else session.value = "out";
}

/** Takes the code out of the address, so that it is neither shared nor kept in the history. */
export function takeCode(): string {
  const parts = location.hash.replace(/^#/, "").split("&");
  const code = parts.find((part) => part.startsWith("code="));
  if (code === undefined) return "";
  const rest = parts.filter((part) => part !== code && part !== "").join("&");
  history.replaceState(null, "", location.pathname + location.search + (rest && `#${rest}`));
  return codeFrom(code);
}

/** Trades a code for the secret; false, with `login_error`, when it does not work. */
export async function enterWith(pasted: string): Promise<boolean> {
  const code = codeFrom(pasted);
  if (code === "") {
    login_error.value = "This is neither a link nor a code.";
    return false;
  }
  try {
    const secret = await login(code);
    writeStored("secret", secret);
    login_error.value = "";
    enter(secret);
    return true;
  } catch (problem) {
    login_error.value = problem instanceof Error ? problem.message : String(problem);
    return false;
  }
}

function enter(secret: string): void {
  stop();
  useSecret(secret, leave);
  session.value = "in";
  void loadPage();
  stop = startLive(secret, leave);
}

function leave(): void {
  stop();
  stop = () => {};
  writeStored("secret", null);
  session.value = "out";
}

/** A link opened in this very tab changes only the fragment: take its code too. */
export function watchAddress(): void {
  window.addEventListener("hashchange", () => {
    const code = takeCode();
    if (code !== "") void enterWith(code);
  });
}

/** Tells which title the tab has. */
export function titleFollows(title: () => string): () => void {
  return effect(() => {
    document.title = title();
  });
}
