import { describe, expect, test } from "vitest";
import { formatClock } from "../../src/lib/time";
import { mayNudge } from "../../src/state/nudge";
import { newsOf, troubleOf } from "../../src/state/trouble";
import { isOutdated } from "../../src/views/strips";
import { makeSource } from "./helpers";

const at = formatClock(1000);
const logdir = { asked: "runs", path: "/data", state: "ok", message: "", closest: [], silent_s: null };

describe("the trouble with a source", () => {
  test("is none when it is live; a blip is none either", () => {
    expect(troubleOf(makeSource(), 1000)).toBeNull();
    expect(troubleOf(makeSource({ state: "quiet" }), 1000)).toBeNull();
  });

  test("says of a lost one since when, what happens, and when", () => {
    const lost = makeSource({ state: "lost", cause: "network", attempt: 2, next_try_at_s: 1004 });
    expect(troubleOf(lost, 1000)?.message).toBe(
      `gpu1:runs: connection lost ${at}. Showing data until then. Retrying in 4 s`,
    );
    expect(troubleOf(lost, 1000)?.can_retry).toBe(true);
    expect(troubleOf({ ...lost, state: "retrying", next_try_at_s: null }, 1000)?.message).toMatch(/Reconnecting …$/);
  });

  test("is not held back when nothing was heard for long, as after sleep", () => {
    const woken = makeSource({ state: "retrying", cause: "network", attempt: 1, last_heard_at_s: 1000 });
    expect(troubleOf(woken, 34_120)?.message).toBe(`Reconnecting to gpu1:runs … Showing data until ${at}.`);
    expect(troubleOf(woken, 34_120)?.is_old).toBe(true);
    expect(troubleOf(woken, 1005)?.is_old).toBe(false);
  });

  test("is an engine that was killed, once or again and again", () => {
    const message = "gpu1: the reader on the server ended (killed, signal 9)";
    const killed = makeSource({ state: "retrying", cause: "engine", message, attempt: 1 });
    expect(troubleOf(killed, 1000)?.message).toBe(`${message}. Starting it again …`);
    const again = "gpu1: the reader on the server keeps being killed; the login node may limit memory";
    const waits = { ...killed, state: "lost" as const, message: again, next_try_at_s: 1290 };
    expect(troubleOf(waits, 1000)?.message).toBe(`${again}. Retrying in 5 min`);
    expect(troubleOf(waits, 1000)?.can_retry).toBe(true);
  });

  test("is a job that has ended, or a server that wants to be left alone", () => {
    const closed = makeSource({
      state: "lost",
      cause: "closed",
      message: "node042 closed the connection (job ended?)",
      next_try_at_s: 1060,
    });
    expect(troubleOf(closed, 1000)?.message).toBe(
      `node042 closed the connection (job ended?). Data until ${at}. Retrying in 60 s`,
    );
    const refused = makeSource({
      state: "lost",
      cause: "refused",
      message: "gpu1 refuses new connections for now",
      next_try_at_s: 1060,
    });
    expect(troubleOf(refused, 1000)?.message).toBe("gpu1 refuses new connections for now; next try in 60 s");
  });

  test("is a login that is wanted, with the reason where there is one; red for another identity", () => {
    const login = makeSource({ state: "needs_you", cause: "login" });
    expect(troubleOf(login, 0)).toMatchObject({
      tone: "warn",
      message: "gpu1:runs wants you to log in again. Go to the terminal where farboard runs and press Enter.",
      can_retry: true,
    });
    const why = 'gpu1 refused the login as "you" (tried: publickey)';
    expect(troubleOf({ ...login, message: why }, 0)?.message).toContain(`press Enter (${why}).`);
    expect(troubleOf({ ...login, cause: "identity" }, 0)).toMatchObject({
      tone: "bad",
      message: "gpu1:runs: its identity changed. farboard stopped talking to it. See the terminal.",
    });
  });

  test("is a file system that does not answer, which is not a lost connection", () => {
    const hung = makeSource({ logdir: { ...logdir, silent_s: 30 } });
    expect(troubleOf(hung, 1000)).toMatchObject({
      tone: "warn",
      message: "gpu1:runs: /data is not responding (30 s). Waiting.",
    });
  });

  test("is a path that is missing: who looked for what, and what is near", () => {
    expect(troubleOf(makeSource({ logdir: { ...logdir, state: "" } }), 1000)).toBeNull();
    const missing = { ...logdir, asked: "/data/runs", path: "/data/runs", state: "missing", closest: ["/data/run"] };
    expect(troubleOf(makeSource({ logdir: missing }), 1000)?.message).toBe(
      "gpu1 has no /data/runs (logged in as you, home /home/you). Closest: /data/run. Watching: it is shown as soon as it appears.",
    );
  });
});

test("other files after a reconnect are news for a while", () => {
  const moved = { from: "login1", to: "login2", at_s: 1000 };
  expect(newsOf(makeSource({ moved }), 1010)).toBe(
    "login2 shows different files than login1 did; reloaded from there.",
  );
  expect(newsOf(makeSource({ moved }), 1100)).toBeNull();
  expect(newsOf(makeSource(), 1010)).toBeNull();
});

test("only what the network has taken is hurried by itself", () => {
  for (const state of ["lost", "retrying"] as const) {
    expect(mayNudge(makeSource({ state, cause: "network" }))).toBe(true);
    for (const cause of ["closed", "engine", "refused"]) expect(mayNudge(makeSource({ state, cause }))).toBe(false);
  }
  expect(mayNudge(makeSource({ state: "quiet" }))).toBe(true);
  for (const state of ["live", "connecting", "needs_you", "failed"] as const) {
    expect(mayNudge(makeSource({ state, cause: "network" }))).toBe(false);
  }
});

test("a page of another version says so", () => {
  expect(isOutdated("0.1.0", "0.2.0")).toBe(true);
  expect(isOutdated("0.1.0", "0.1.0")).toBe(false);
  expect(isOutdated("", "0.1.0")).toBe(false);
  expect(isOutdated("0.1.0", "")).toBe(false);
});
