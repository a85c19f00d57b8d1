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
import { board } from "../../src/state/board";
import { tick } from "../../src/state/clock";
import { sources } from "../../src/state/sources";
import { makeBoard, makeSource, runEntry } from "./helpers";

const told: Alert[] = [];
let stop = () => {};

function grow(tag: string, last_value: number | null, run = "a"): void {
  const grown: Grown = {
    run,
    tag,
    kind: "scalar",
    points: 1,
    superseded: 0,
    last_step: 0,
    last_wall_time_s: 0,
    last_value,
  };
  takeGrowth({ source: "gpu1:runs", series: [grown] });
}

function showRun(modified_at_s: number, ended: { status: string; at_s: number } | null = null): void {
  board.value = makeBoard(
    [runEntry("a", { first_wall_time_s: modified_at_s - 10, last_wall_time_s: modified_at_s, modified_at_s, ended })],
    [],
  );
}

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000_000_000 });
  tick();
  localStorage.clear();
  sources.value = [makeSource({ source: "gpu1:runs", state: "live" })];
  showRun(9_999_990);
  dropAlerts();
  told.length = 0;
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
    grow("grad", Number.NaN);
    grow("loss", Number.POSITIVE_INFINITY);
    grow("loss", Number.NaN);
    expect(alerts.value.map(alertInWords)).toEqual(["NaN or Inf in grad and 1 more: NaN"]);
    expect(told).toHaveLength(1);
    expect(unseen_alerts.value).toBe(1);
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
    grow("loss", Number.NaN);
    expect(alerts.value).toEqual([]);
    expect(localStorage.getItem("farboard.alerts_off")).toBe('["non_finite"]');
  });

  test("are seen, and put away", () => {
    grow("loss", Number.NaN);
    seeAlerts();
    expect(unseen_alerts.value).toBe(0);
    dropAlerts(alerts.value[0]?.id);
    expect(alerts.value).toEqual([]);
  });
});
