/** A run's curve under one tag, as small as a word. */
import { useEffect, useState } from "preact/hooks";
import { Loader } from "../charts/loader";
import type { Run } from "../state/board";
import { board } from "../state/board";
import { colours } from "../state/colours";

const WIDTH_PX = 72;
/** More than are drawn: runs that are asked for together share one range, and a short one has few of its columns. */
const COLUMNS_ASKED = 4 * WIDTH_PX;
const HEIGHT_PX = 16;
const PAD_PX = 1.5;
/** Growing curves are asked for again at this pace. */
const PAUSE_MS = 5000;

const loader = new Loader();

export function RunCurve({ run, tag }: { run: Run; tag: string }) {
  const series = board.value.tag_of.get(tag)?.series.get(run.key);
  const [path, setPath] = useState("");
  const has = series !== undefined;
  useEffect(() => {
    if (!has) return;
    const abort = new AbortController();
    let drawn = "";
    const draw = async () => {
      const now = board.peek().tag_of.get(tag)?.series.get(run.key);
      const state = now ? `${now.points} ${now.superseded}` : "";
      if (state === drawn) return;
      const ask = {
        x: "step",
        x_scale: "linear",
        range: null,
        width_px: COLUMNS_ASKED,
        smoothing: 0,
        restarts: "latest",
      } as const;
      const wanted = [{ source: run.source, run: run.name, tag }];
      const [curve] = await loader.load({ ...ask, series: wanted }, abort.signal);
      drawn = state;
      setPath(curve ? pathOf(curve.step, curve.value) : "");
    };
    // Who is gone, or out of reach, keeps the picture it had.
    const tryToDraw = () => void draw().catch(() => {});
    tryToDraw();
    const timer = setInterval(tryToDraw, PAUSE_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [run.key, tag, has]);
  if (!path) return null;
  return (
    <svg class="run-curve" width={WIDTH_PX} height={HEIGHT_PX} aria-hidden="true" data-testid="run-curve">
      <path d={path} style={{ stroke: colours.value.get(run.key) ?? "gray" }} />
    </svg>
  );
}

/** A line through the finite values; it breaks where there are none. */
export function pathOf(xs: Float64Array, ys: Float64Array): string {
  const finite = ys.filter(Number.isFinite);
  if (finite.length === 0) return "";
  const [low, high] = rangeOf(finite);
  const [left, right] = rangeOf(xs);
  const scale = (value: number, from: number, to: number, size: number) =>
    PAD_PX + (to > from ? ((value - from) / (to - from)) * (size - 2 * PAD_PX) : (size - 2 * PAD_PX) / 2);
  let path = "";
  let is_open = false;
  for (const [i, y] of ys.entries()) {
    if (!Number.isFinite(y)) {
      is_open = false;
      continue;
    }
    const at = `${scale(xs[i] ?? 0, left, right, WIDTH_PX).toFixed(1)} ${(HEIGHT_PX - scale(y, low, high, HEIGHT_PX)).toFixed(1)}`;
    path += `${is_open ? "L" : "M"}${at}`;
    is_open = true;
  }
  return path;
}

function rangeOf(values: Float64Array): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
