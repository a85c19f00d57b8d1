import { afterEach, describe, expect, test, vi } from "vitest";
import { login } from "../../src/api/login";
import { askJson, HubError, HubUnreachable, send, useSecret } from "../../src/api/request";
import { InvalidAnswer, object, string } from "../../src/api/validate";

const answer = (status: number, body: string) =>
  vi.fn(async (_path: string, _init?: RequestInit) => new Response(body, { status }));

afterEach(() => {
  vi.unstubAllGlobals();
  useSecret("", () => {});
});

describe("a request", () => {
  test("carries the secret and nothing else that could identify", async () => {
    const fetch = answer(200, '{"name": "x"}');
    vi.stubGlobal("fetch", fetch);
    useSecret("s3cret", () => {});
    expect(await askJson("/api/runs", object({ name: string }))).toEqual({ name: "x" });
    const init = fetch.mock.calls[0]?.[1];
    expect(init?.headers).toMatchObject({ Authorization: "Bearer s3cret" });
    expect(init?.credentials).toBe("omit");
  });

  test("that is refused tells it", async () => {
    const refused = vi.fn();
    vi.stubGlobal("fetch", answer(401, '{"error": {"code": "unauthorized", "message": "wrong", "hint": "log in"}}'));
    useSecret("old", refused);
    await expect(send("/api/runs")).rejects.toMatchObject({ code: "unauthorized", message: "wrong", hint: "log in" });
    expect(refused).toHaveBeenCalledOnce();
  });

  test("to log in with a used code does not end the session", async () => {
    const refused = vi.fn();
    vi.stubGlobal("fetch", answer(401, '{"error": {"code": "unauthorized", "message": "used"}}'));
    useSecret("good", refused);
    await expect(login("used")).rejects.toBeInstanceOf(HubError);
    expect(refused).not.toHaveBeenCalled();
  });

  test("with an answer that is no error object still is an error", async () => {
    vi.stubGlobal("fetch", answer(502, "<html>"));
    await expect(send("/api/runs")).rejects.toMatchObject({ status: 502, code: "internal" });
  });

  test("that nobody answers says so", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(async () => Promise.reject(new TypeError("Failed to fetch"))),
    );
    await expect(send("/api/runs")).rejects.toBeInstanceOf(HubUnreachable);
  });

  test("whose answer is not JSON is an invalid answer", async () => {
    vi.stubGlobal("fetch", answer(200, "hello"));
    await expect(askJson("/api/runs", object({}))).rejects.toBeInstanceOf(InvalidAnswer);
  });
});
