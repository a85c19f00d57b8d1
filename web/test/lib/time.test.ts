import { expect, test } from "vitest";
import { formatAge, formatClock, formatClockTick, formatMoment, formatSpan, formatSpanTick } from "../../src/lib/time";

const plain = (text: string) => text.replace(/\u202f/g, " ").replace(/\u2212/g, "-");
const at = (text: string) => new Date(text).getTime() / 1000;

test("ages have one unit and are never negative", () => {
  expect([-3, 2.9, 59, 60, 3600, 90_000, 200_000].map((s) => plain(formatAge(s)))).toEqual([
    "0 s",
    "2 s",
    "59 s",
    "1 min",
    "1 h",
    "25 h",
    "2 d",
  ]);
});

test("spans have two units", () => {
  expect([1.234, 12.34, 245, 3725, 183_600, -245, Number.NaN].map((s) => plain(formatSpan(s)))).toEqual([
    "1.23 s",
    "12.3 s",
    "4 min 05 s",
    "1 h 02 min",
    "2 d 03 h",
    "-4 min 05 s",
    "–",
  ]);
});

test("moments say only what differs from now", () => {
  const now = at("2024-11-22T20:00:00");
  expect(formatMoment(at("2024-11-22T14:02:11"), now)).toBe("14:02:11");
  expect(formatMoment(at("2024-11-20T14:02:11"), now)).toBe("Nov 20 14:02:11");
  expect(formatMoment(at("2023-11-20T14:02:11"), now)).toBe("Nov 20 2023 14:02:11");
  expect(formatClock(Number.POSITIVE_INFINITY)).toBe("–");
});

test("tick labels follow the distance of the ticks", () => {
  expect([0, 30, 90].map((s) => plain(formatSpanTick(s, 30)))).toEqual(["0", "30 s", "90 s"]);
  expect(plain(formatSpanTick(5400, 1800))).toBe("90 min");
  expect(plain(formatSpanTick(7200, 3600))).toBe("2 h");
  expect(plain(formatSpanTick(0.25, 0.05))).toBe("0.25 s");
  expect(formatClockTick(at("2024-11-22T14:05:00"), 300)).toBe("14:05");
  expect(formatClockTick(at("2024-11-22T00:00:00"), 3600)).toBe("Nov 22");
  expect(formatClockTick(at("2024-11-22T14:05:10"), 5)).toBe("14:05:10");
});
