import { batch } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Grown } from "../../src/api/change";
import {
  type Alert,
  alertInWords,
  alerts,
  dropAlerts,
  lookAtRuns,
  seeAlerts,
  startAlerts,
  switchRule,
  takeGrowth,
  unseen_alerts,
} from "../../src/state/alerts";
import { type Board, board, emptyBoard } from "../../src/state/board";
import { tick } from "../../src/state/clock";
import { whole_sources } from "../../src/state/live";
import { sources } from "../../src/state/sources";
import { makeBoard, makeSource, runEntry } from "./helpers";

const told: Alert[] = [];
let stop = () => {};

function grow(tag: string, last_value: number | null, { run = "a", nan = 0, inf = 0, last_step = 0 } = {}): void {
  const grown: Grown = {
    run,
    tag,
    kind: "scalar",
    points: 1,
    superseded: 0,
    last_step,
    last_wall_time_s: 0,
    last_value,
    nan,
    inf,
    last_non_finite_step: nan + inf > 0 ? last_step : null,
  };
  takeGrowth({ source: "gpu1:runs", series: [grown] });
}

function showRun(modified_at_s: number, ended: { status: string; at_s: number } | null = null): void {
  board.value = makeBoard(
    [runEntry("a", { first_wall_time_s: modified_at_s - 10, last_wall_time_s: modified_at_s, modified_at_s, ended })],
    [],
  );
}

/** An index with so many NaN in the loss. */
function nanBoard(nan: number): Board {
  return makeBoard([runEntry("a")], [{ tag: "loss", has: { 0: { points: 9, last_value: 1, nan } } }]);
}

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000_000_000 });
  tick();
  localStorage.clear();
  sources.value = [makeSource({ source: "gpu1:runs", state: "live" })];
  showRun(9_999_990);
  dropAlerts();
  told.length = 0;
  whole_sources.value = new Set(["gpu1:runs"]);
  stop = startAlerts((alert) => told.push(alert));
  lookAtRuns();
});
afterEach(() => {
  stop();
  for (const rule of ["non_finite", "jumped"] as const) switchRule(rule, true);
  vi.useRealTimers();
});

describe("alerts", () => {
  test("of NaN gather the tags of a run and are told once", () => {
    grow("grad", Number.NaN, { nan: 1, last_step: 7 });
    grow("loss", Number.POSITIVE_INFINITY, { inf: 1 });
    grow("loss", Number.NaN, { inf: 1, nan: 1 });
    expect(alerts.value.map(alertInWords)).toEqual(["NaN or Inf in grad and 1 more: 1 NaN at step 7"]);
    expect(told).toHaveLength(1);
    expect(unseen_alerts.value).toBe(1);
  });

  test("of NaN come when the newest value is a number again, and go on counting", () => {
    grow("loss", 0.5, { nan: 2, last_step: 40 });
    expect(alerts.value.map(alertInWords)).toEqual(["NaN or Inf in loss: 2 NaN, the last at step 40"]);
    grow("loss", 0.5, { nan: 2, inf: 1, last_step: 50 });
    expect(alerts.value.map(alertInWords)).toEqual(["NaN or Inf in loss: 2 NaN, 1 Inf, the last at step 50"]);
    dropAlerts();
    grow("loss", Number.NaN, { nan: 2, inf: 1, last_step: 50 });
    expect(alerts.value).toEqual([]);
    expect(told).toHaveLength(1);
  });

  test("of NaN are not of those that were there, and come by way of the index, too", () => {
    board.value = nanBoard(3);
    dropAlerts();
    board.value = nanBoard(3);
    grow("loss", 0.5, { nan: 3 });
    expect(alerts.value).toEqual([]);
    board.value = nanBoard(4);
    expect(alerts.value.map(alertInWords)).toEqual(["NaN or Inf in loss: 4 NaN, the last at step 8"]);
    dropAlerts();
    // Written anew, with fewer than before.
    board.value = nanBoard(0);
    board.value = nanBoard(1);
    expect(alerts.value.map(alertInWords)).toEqual(["NaN or Inf in loss: 1 NaN at step 8"]);
  });

  test("of NaN wait until everything has been read once", () => {
    stop();
    whole_sources.value = new Set();
    board.value = emptyBoard();
    stop = startAlerts((alert) => told.push(alert));
    for (const nan of [1, 2]) {
      board.value = nanBoard(nan);
      expect(alerts.value).toEqual([]);
    }
    batch(() => {
      board.value = nanBoard(3);
      whole_sources.value = new Set(["gpu1:runs"]);
    });
    expect(alerts.value).toEqual([]);
    board.value = nanBoard(4);
    expect(alerts.value).toHaveLength(1);
  });

  test("of a loss that jumped say from what to what", () => {
    for (let i = 0; i < 20; i++) grow("train/loss", 1);
    grow("train/accuracy", 1);
    grow("train/loss", 80);
    expect(alerts.value.map(alertInWords)).toEqual(["jumped in train/loss: 1 → 80"]);
  });

  test("are not of what other tags do, nor of values that are not known", () => {
    for (let i = 0; i < 20; i++) grow("reward", 1);
    grow("reward", 80);
    grow("loss", null);
    expect(alerts.value).toEqual([]);
  });

  test("say that a run stalled, and then that it has ended", () => {
    vi.setSystemTime(10_000_300_000);
    tick();
    lookAtRuns();
    expect(alerts.value.map((alert) => alert.rule)).toEqual(["stalled"]);
    showRun(9_999_990, { status: "failure", at_s: 10_000_290 });
    lookAtRuns();
    lookAtRuns();
    expect(alerts.value.map((alert) => alert.rule)).toEqual(["failed", "stalled"]);
  });

  test("are none for runs that were over when the page was opened", () => {
    stop();
    showRun(1_000);
    stop = startAlerts((alert) => told.push(alert));
    lookAtRuns();
    lookAtRuns();
    expect(alerts.value).toEqual([]);
  });

  test("wait while the machine is out of reach, and come when it is back", () => {
    sources.value = [makeSource({ source: "gpu1:runs", state: "lost", last_heard_at_s: 9_999_995 })];
    lookAtRuns();
    expect(alerts.value).toEqual([]);
    sources.value = [makeSource({ source: "gpu1:runs", state: "live" })];
    showRun(9_999_990, { status: "success", at_s: 10_000_000 });
    lookAtRuns();
    expect(alerts.value.map((alert) => alert.rule)).toEqual(["finished"]);
  });

  test("of rules that are off are not raised, also after a reload", () => {
    switchRule("non_finite", false);
    grow("loss", Number.NaN, { nan: 1 });
    expect(alerts.value).toEqual([]);
    expect(localStorage.getItem("farboard.alerts_off")).toBe('["non_finite"]');
  });

  test("are seen, and put away", () => {
    grow("loss", Number.NaN, { nan: 1 });
    seeAlerts();
    expect(unseen_alerts.value).toBe(0);
    dropAlerts(alerts.value[0]?.id);
    expect(alerts.value).toEqual([]);
  });
});
