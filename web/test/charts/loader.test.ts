import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Scalars, ScalarsAsk } from "../../src/api/scalars";
import { Feed, type FeedEvents } from "../../src/charts/feed";
import { type CurvesAsk, Loader } from "../../src/charts/loader";
import { scalars } from "./scalars";

const ask = (tag: string, change: Partial<CurvesAsk> = {}): CurvesAsk => ({
  series: [{ source: "s", run: "r", tag }],
  x: "step",
  x_scale: "linear",
  range: [0, 10],
  width_px: 100,
  smoothing: 0,
  restarts: "latest",
  ...change,
});

const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the loader", () => {
  /** Answers every series but the tag `missing`; remembers the questions. */
  function recording() {
    const asks: ScalarsAsk[] = [];
    const signals: AbortSignal[] = [];
    const post = vi.fn(async (question: ScalarsAsk, signal: AbortSignal): Promise<Scalars[]> => {
      asks.push(question);
      signals.push(signal);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const there = question.series.filter(({ tag }) => tag !== "missing");
      return there.map(({ id, tag }) => scalars({ id, first_wall_time_s: tag.length })).reverse();
    });
    return { asks, signals, loader: new Loader(post) };
  }

  test("puts what is alike into one request and gives each asker its own", async () => {
    const { asks, loader } = recording();
    const both = Promise.all([
      loader.load(ask("a"), never),
      loader.load(ask("bb", { series: [...ask("bb").series, ...ask("missing").series] }), never),
    ]);
    await vi.runAllTimersAsync();
    const [a, b] = await both;
    expect(asks).toHaveLength(1);
    expect(asks[0]?.series.map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(a.map((answer) => answer?.first_wall_time_s)).toEqual([1]);
    expect(b.map((answer) => answer?.first_wall_time_s ?? null)).toEqual([2, null]);
  });

  test.each([
    { range: [0, 11] as const },
    { width_px: 101 },
    { smoothing: 0.5 },
    { x: "relative" as const },
    { restarts: "all" as const },
  ])("keeps apart what differs in %j", async (change) => {
    const { asks, loader } = recording();
    void loader.load(ask("a"), never);
    void loader.load(ask("a", change), never);
    await vi.runAllTimersAsync();
    expect(asks).toHaveLength(2);
  });

  test("asks at once for the first chart of all, and gathers the others", async () => {
    const { asks, loader } = recording();
    void loader.load(ask("a"), never, true);
    expect(asks.map(({ series }) => series.map(({ tag }) => tag))).toEqual([["a"]]);
    void loader.load(ask("b"), never, true);
    void loader.load(ask("c"), never, true);
    expect(asks).toHaveLength(1);
    await vi.runAllTimersAsync();
    expect(asks.map(({ series }) => series.map(({ tag }) => tag))).toEqual([["a"], ["b", "c"]]);
  });

  test("never runs more than three at once", async () => {
    const { asks, loader } = recording();
    for (let i = 0; i < 5; i++) void loader.load(ask("a", { width_px: i + 1 }), never);
    await vi.advanceTimersByTimeAsync(50);
    expect(asks).toHaveLength(3);
    await vi.runAllTimersAsync();
    expect(asks).toHaveLength(5);
  });

  test("does not send what nobody waits for", async () => {
    const { asks, loader } = recording();
    const gone = new AbortController();
    const lost = loader.load(ask("a"), gone.signal).catch(() => "called off");
    gone.abort();
    await vi.runAllTimersAsync();
    expect(await lost).toBe("called off");
    expect(asks).toHaveLength(0);
  });

  test("calls a request back only when none of its askers waits", async () => {
    const { signals, loader } = recording();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = loader.load(ask("a"), one.signal).catch(() => "called off");
    void loader.load(ask("b"), two.signal).catch(() => {});
    await vi.advanceTimersByTimeAsync(20);
    one.abort();
    expect(signals[0]?.aborted).toBe(false);
    two.abort();
    expect(signals[0]?.aborted).toBe(true);
    await vi.runAllTimersAsync();
    expect(await first).toBe("called off");
  });

  test("tells every asker of a failure, and goes on", async () => {
    const post = vi.fn().mockRejectedValueOnce(new Error("no")).mockResolvedValue([scalars()]);
    const loader = new Loader(post);
    const lost = Promise.all([ask("a"), ask("b")].map((a) => loader.load(a, never).catch((e: Error) => e.message)));
    await vi.runAllTimersAsync();
    expect(await lost).toEqual(["no", "no"]);
    const next = loader.load(ask("a"), never);
    await vi.runAllTimersAsync();
    expect(await next).toHaveLength(1);
  });
});

describe("a feed", () => {
  /** A loader whose answers the test gives, oldest question first. */
  function held() {
    const waiting: { ask: CurvesAsk; signal: AbortSignal; answer: () => void; fail: () => void }[] = [];
    const load = (question: CurvesAsk, signal: AbortSignal) =>
      new Promise<(Scalars | null)[]>((resolve, reject) => {
        waiting.push({
          ask: question,
          signal,
          answer: () => resolve([scalars()]),
          fail: () => reject(new Error("down")),
        });
      });
    const told: string[] = [];
    const busy: boolean[] = [];
    const events: FeedEvents = {
      answer: (_, answered) => told.push(`answer ${answered.smoothing}`),
      trouble: (message) => message && told.push(message),
      busy: (is_busy) => busy.push(is_busy),
    };
    return { waiting, told, busy, feed: new Feed({ load }, events) };
  }

  test("throws late answers to an earlier question away", async () => {
    const { waiting, told, feed } = held();
    feed.ask(ask("a", { smoothing: 0.1 }));
    await vi.advanceTimersByTimeAsync(1);
    feed.ask(ask("a", { smoothing: 0.2 }));
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting[0]?.signal.aborted).toBe(true);
    waiting[1]?.answer();
    waiting[0]?.answer();
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(["answer 0.2"]);
  });

  test("while a slider moves asks only the last question", async () => {
    const { waiting, feed } = held();
    for (const smoothing of [0.1, 0.2, 0.3]) {
      feed.ask(ask("a", { smoothing }), 120);
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(120);
    expect(waiting.map((w) => w.ask.smoothing)).toEqual([0.3]);
  });

  test("asks for live points at most twice a second, one request at a time", async () => {
    const { waiting, feed } = held();
    feed.ask(ask("a"));
    for (let i = 0; i < 40; i++) {
      await vi.advanceTimersByTimeAsync(50);
      feed.refresh(ask("a"));
      waiting.at(-1)?.answer();
    }
    expect(waiting.length).toBeGreaterThan(3);
    expect(waiting.length).toBeLessThanOrEqual(5);
    const before = waiting.length;
    await vi.advanceTimersByTimeAsync(600);
    for (let i = 0; i < 40; i++) {
      feed.refresh(ask("a"));
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(waiting.length).toBe(before + 1);
  });

  test("while a chart is moved lets each question end, and then asks only the latest", async () => {
    const { waiting, told, feed } = held();
    const at = (from: number) => ask("a", { range: [from, from + 10] });
    feed.ask(at(0));
    await vi.advanceTimersByTimeAsync(1);
    for (let from = 1; from <= 5; from++) feed.move(at(from));
    await vi.advanceTimersByTimeAsync(200);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]?.signal.aborted).toBe(false);
    waiting[0]?.answer();
    await vi.advanceTimersByTimeAsync(100);
    expect(waiting.map((w) => w.ask.range?.[0])).toEqual([0, 5]);
    waiting[1]?.answer();
    await vi.advanceTimersByTimeAsync(200);
    feed.move(at(6));
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting.map((w) => w.ask.range?.[0])).toEqual([0, 5, 6]);
    expect(told).toEqual(["answer 0", "answer 0"]);
  });

  test("is busy from a question to its answer; live points wait unseen for their turn", async () => {
    const { waiting, busy, feed } = held();
    feed.ask(ask("a"), 120);
    expect(busy.at(-1)).toBe(true);
    await vi.advanceTimersByTimeAsync(120);
    feed.move(ask("a", { range: [1, 2] }));
    waiting[0]?.answer();
    await vi.advanceTimersByTimeAsync(1);
    expect(busy.at(-1)).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    waiting[1]?.answer();
    await vi.advanceTimersByTimeAsync(1000);
    expect(busy.at(-1)).toBe(false);
    feed.refresh(ask("a"));
    expect(busy.at(-1)).toBe(false);
    feed.ask(ask("a"), 120);
    feed.stop();
    expect(busy.at(-1)).toBe(false);
  });

  test("tells a failure and tries again", async () => {
    const { waiting, told, feed } = held();
    feed.ask(ask("a"));
    await vi.advanceTimersByTimeAsync(1);
    waiting[0]?.fail();
    await vi.advanceTimersByTimeAsync(2000);
    expect(waiting).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    waiting[1]?.answer();
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(["down", "answer 0"]);
  });

  test("that was stopped asks for nothing and tells nothing", async () => {
    const { waiting, told, feed } = held();
    feed.ask(ask("a"));
    await vi.advanceTimersByTimeAsync(1);
    feed.stop();
    waiting[0]?.answer();
    await vi.advanceTimersByTimeAsync(5000);
    expect(waiting).toHaveLength(1);
    expect(told).toEqual([]);
  });
});
