import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startAhead, takeHeadStart } from "../../src/api/head_start";
import { send, useSecret } from "../../src/api/request";

let asked: { path: string; secret: string | undefined }[] = [];
let codes: Record<string, string> = {};

beforeEach(() => {
  asked = [];
  codes = { good: "fresh" };
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, secret: (init.headers as Record<string, string>).Authorization });
    if (path !== "/api/login") return new Response("{}");
    const secret = codes[JSON.parse(String(init.body)).code as string];
    return new Response(JSON.stringify(secret ? { secret } : { error: {} }), { status: secret ? 200 : 401 });
  });
});

afterEach(() => {
  window.farboardHeadStart?.clear();
  useSecret("", () => {});
  vi.unstubAllGlobals();
});

const settled = () => new Promise((resolve) => setTimeout(resolve));
const paths = () => asked.map(({ path }) => path);

describe("what is asked before the page is here", () => {
  test("is asked with the secret the code becomes, and not again by the page", async () => {
    startAhead("good", "old");
    await settled();
    expect(asked).toEqual([
      { path: "/api/login", secret: undefined },
      { path: "/api/page", secret: "Bearer fresh" },
      { path: "/api/runs", secret: "Bearer fresh" },
      { path: "/api/tags", secret: "Bearer fresh" },
    ]);
    expect(await (await send("/api/login", { method: "POST" })).json()).toEqual({ secret: "fresh" });
    await send("/api/runs");
    expect(asked).toHaveLength(4);
  });

  test("is good for one time", async () => {
    startAhead("", "known");
    await send("/api/runs");
    await send("/api/runs");
    expect(paths().filter((path) => path === "/api/runs")).toHaveLength(2);
  });

  test.each([
    ["", "known", "Bearer known"],
    ["used", "known", "Bearer known"],
  ])("with code %j and remembered %j carries %j", async (code, remembered, secret) => {
    startAhead(code, remembered);
    await settled();
    expect(asked.find(({ path }) => path === "/api/tags")?.secret).toBe(secret);
  });

  test.each([null, 7, ""])("is nothing without code and with %j remembered", async (remembered) => {
    startAhead("", remembered);
    await settled();
    expect(asked).toEqual([]);
    expect(await takeHeadStart("/api/runs")).toBeNull();
  });

  test("is asked again when nobody answered", async () => {
    const answers = vi.fn(async (): Promise<Response> => new Response("{}"));
    answers.mockRejectedValueOnce(new TypeError("nobody there"));
    vi.stubGlobal("fetch", answers);
    startAhead("", "known");
    expect((await send("/api/runs")).ok).toBe(true);
  });
});
