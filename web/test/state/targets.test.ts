import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { addTarget, forgetRemoved, recent_targets, removed, removeTarget, undoRemove } from "../../src/state/targets";

const asked: [string, unknown][] = [];
let refusal: object | null = null;

beforeEach(() => {
  asked.length = 0;
  refusal = null;
  recent_targets.value = [];
  forgetRemoved();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body)) as { target?: string; source?: string };
    asked.push([path, body]);
    if (refusal) return new Response(JSON.stringify({ error: refusal }), { status: 400 });
    return new Response(JSON.stringify({ source: body.target ?? body.source, added: true, confirmed: true }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a target", () => {
  test("is added as it was typed, and remembered", async () => {
    expect(await addTarget(" gpu2:runs ")).toBe("");
    await addTarget("gpu3:runs");
    await addTarget("gpu2:runs");
    expect(asked[0]).toEqual(["/api/sources", { target: "gpu2:runs" }]);
    expect(recent_targets.value).toEqual(["gpu2:runs", "gpu3:runs"]);
  });

  test("that is none says why, and is not remembered", async () => {
    refusal = { code: "bad_request", message: "a target is empty", hint: "write a directory" };
    expect(await addTarget("")).toBe("a target is empty; write a directory");
    expect(recent_targets.value).toEqual([]);
  });

  test("that is removed comes back for a while", async () => {
    vi.useFakeTimers();
    await removeTarget("gpu2:runs");
    expect(removed.value).toEqual({ source: "gpu2:runs", trouble: "" });
    await undoRemove();
    expect(removed.value).toBeNull();
    expect(asked.map(([path]) => path)).toEqual(["/api/sources/remove", "/api/sources"]);
    await removeTarget("gpu2:runs");
    vi.advanceTimersByTime(60_000);
    expect(removed.value).toBeNull();
  });

  test("that cannot be removed says so", async () => {
    refusal = { code: "not_found", message: "there is no such source", hint: "" };
    await removeTarget("gpu2:runs");
    expect(removed.value?.trouble).toBe("there is no such source");
  });
});
