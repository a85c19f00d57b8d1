import { describe, expect, test } from "vitest";
import { fanPlaces } from "../../src/media/fan";
import { Frame } from "../../src/media/frame";
import { heatPixels } from "../../src/media/heat_map";
import { chosen } from "../../src/media/plot";
import { heightAt, ridgeAt, ridgesOf } from "../../src/media/ridgeline";
import { column, columnsWith } from "./columns";

const no_ticks = () => ({ at: [], labels: [] });
const measure = () => 0;

/** 100 wide and high inside, values 0 to 4 along, x 0 to 10 downwards below a head of 30. */
function lineFrame(): Frame {
  const bottom = { span: [0, 4] as const, ticks: no_ticks };
  const up = { span: [0, 10] as const, ticks: no_ticks };
  return new Frame(120, 126, { bottom, up, side: "right", downwards: true, head_px: 30 }, measure);
}

describe("lines", () => {
  const columns = columnsWith([column(0, [0, 4, 0, 0]), column(10, [0, 0, 2, 0])]);
  const frame = lineFrame();
  const ridges = ridgesOf(columns, frame, 30, false);
  const { left, top, width, height } = frame.box;

  test("stand where their x is, the newest at the bottom, the highest as high as the head", () => {
    expect([width, height]).toEqual([100, 100]);
    expect(ridges.map(({ base_px }) => base_px)).toEqual([top + 30, top + 100]);
    const [old, young] = ridges;
    // The middle of the second bin of four.
    expect(old && heightAt(old.outline, left + 37.5)).toBeCloseTo(top, 9);
    expect(young && heightAt(young.outline, left + 62.5)).toBeCloseTo(top + 85, 9);
    expect(old && heightAt(old.outline, left)).toBe(top + 30);
    expect(old && [...old.outline.slice(0, 2), ...old.outline.slice(-2)]).toEqual([
      left,
      top + 30,
      left + 100,
      top + 30,
    ]);
  });

  test("are found under the cursor: the foremost that covers it, else the nearest base", () => {
    expect(ridgeAt(ridges, left + 62.5, top + 90, false)).toBe(1);
    expect(ridgeAt(ridges, left + 37.5, top + 10, false)).toBe(0);
    expect(ridgeAt(ridges, left + 5, top + 40, false)).toBe(0);
    expect(ridgeAt([], 0, 0, false)).toBe(-1);
  });

  test("may all stand on one base, where the nearest line is meant", () => {
    const flat = ridgesOf(columns, frame, 100, true);
    expect(flat.map(({ base_px }) => base_px)).toEqual([top + 100, top + 100]);
    expect(ridgeAt(flat, left + 37.5, top + 3, true)).toBe(0);
    expect(ridgeAt(flat, left + 62.5, top + 52, true)).toBe(1);
  });

  test("of nothing lie on their base", () => {
    const [ridge] = ridgesOf(columnsWith([column(0, [0, 0])]), frame, 30, false);
    expect(ridge && heightAt(ridge.outline, left + 25)).toBe(ridge?.base_px);
  });
});

/** x 0 to 10 along, values 0 to 4 up; 100 by 100. */
function timeFrame(): Frame {
  const bottom = { span: [0, 10] as const, ticks: no_ticks };
  const up = { span: [0, 4] as const, ticks: no_ticks };
  return new Frame(120, 126, { bottom, up, side: "left" }, measure);
}

describe("a heat map", () => {
  const ramp = new Uint8ClampedArray(256 * 3).map((_, i) => Math.floor(i / 3));
  const columns = columnsWith([column(2.5, [10, 0, 0, 0]), column(7.5, [0, 0, 0, 5])]);
  const { data, width } = heatPixels(columns, timeFrame(), ramp, false, [0, 10], 2);
  const at = (x: number, y: number) => [...data.slice((y * width + x) * 4, (y * width + x) * 4 + 4)];

  test("has a column's colours where it is, value by value from the bottom", () => {
    expect(width).toBe(200);
    expect(at(40, 190)).toEqual([255, 255, 255, 255]);
    expect(at(40, 140)).toEqual([0, 0, 0, 255]);
    const half = at(150, 10)[0] as number;
    expect(half).toBeGreaterThan(120);
    expect(half).toBeLessThan(160);
    expect(at(150, 190)).toEqual([0, 0, 0, 255]);
  });

  test("is empty where no column reaches and beyond its values", () => {
    const short = columnsWith([column(2, [1]), column(3, [1])], { values: [0, 1] });
    const { data } = heatPixels(short, timeFrame(), ramp, false, [0, 10], 1);
    const alpha = (x: number, y: number) => data[(y * 100 + x) * 4 + 3];
    expect([alpha(25, 90), alpha(90, 90), alpha(25, 50)]).toEqual([255, 0, 0]);
  });
});

test("a fan has its nine lines in order, and leaves out what has no percentiles", () => {
  const nothing = column(5, [0], { percentiles: new Float64Array(9).fill(Number.NaN) });
  const frame = timeFrame();
  const { px, py } = fanPlaces(columnsWith([column(0, [1]), nothing, column(10, [1])]), frame);
  expect([...px]).toEqual([frame.box.left, frame.box.left + 100]);
  expect(py).toHaveLength(9);
  const first = py.map((line) => line[0] as number);
  expect(first[0]).toBe(frame.box.top + 100);
  expect(first[8]).toBe(frame.box.top + 75);
  expect(first.every((height, i) => i === 0 || height < (first[i - 1] as number))).toBe(true);
});

test("a drag chooses along the longer way, or both when it is a box", () => {
  const spot = (px: number, py: number) => ({ px, py, client_left: 0, client_top: 0 });
  expect(chosen({ from: spot(50, 10), to: spot(10, 20) })).toEqual({ across: [10, 50], down: null });
  expect(chosen({ from: spot(10, 10), to: spot(20, 60) })).toEqual({ across: null, down: [10, 60] });
  expect(chosen({ from: spot(10, 10), to: spot(60, 50) })).toEqual({ across: [10, 60], down: [10, 50] });
});
