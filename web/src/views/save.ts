/** Saves what a card shows, or every point behind it, as a file. */
import { postExport } from "../api/export";
import type { Restarts, SeriesName } from "../api/scalars";
import { withX, type XAxis, xTag } from "../api/x_axis";
import type { Curve } from "../charts/curve";
import type { LiveChart } from "../charts/live_chart";
import { canvasPaper, drawPicture, layoutOf, type Picture } from "../charts/picture";
import { type AxisScale, valuesOf } from "../charts/scale";
import { type Names, seenCsv, seenJson } from "../charts/seen";
import { SvgPaper } from "../charts/svg";
import { download } from "../lib/download";
import { custom_chart_of } from "../state/custom_scalars";
import { lineName } from "../state/groups";
import { joinOf } from "../state/joins";
import { smoothing_now } from "../state/settings";

/** A picture is looked at closer than a page. */
const PNG_RATIO = 2;
const X_NAMES: Record<string, string> = { relative: "time since the first point", wall_time: "time" };

export async function saveEveryPoint(
  tag: string,
  series: SeriesName[],
  restarts: Restarts,
  format: "csv" | "jsonl",
): Promise<void> {
  download(`${tag}.${format}`, await postExport(series, restarts, format));
}

export async function savePicture(chart: LiveChart | null, tag: string, format: "png" | "svg"): Promise<void> {
  const picture = pictureOf(chart, tag);
  const layout = layoutOf(picture);
  if (format === "svg") {
    const paper = new SvgPaper();
    drawPicture(paper, picture, layout);
    const text = paper.write(layout.width, layout.height, picture.title);
    download(`${tag}.${format}`, new Blob([text], { type: "image/svg+xml" }));
    return;
  }
  const ratio = Math.max(PNG_RATIO, devicePixelRatio);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(layout.width * ratio);
  canvas.height = Math.ceil(layout.height * ratio);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no canvas to draw on");
  drawPicture(canvasPaper(context, ratio), picture, layout);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  if (!blob) throw new Error("this browser could not make a picture of it");
  download(`${tag}.${format}`, blob);
}

export function savePoints(chart: LiveChart | null, tag: string, format: "csv" | "json"): void {
  const { curves, view } = seenOf(chart);
  const x = view.x_axis;
  const tells_x = xTag(x) !== null;
  const range = valuesOf(view.x, view.x_scale);
  const told = { ...withX({ x }), x_scale: view.x_scale, smoothing: smoothing_now.peek(), range };
  const text =
    format === "csv" ? seenCsv(curves, view.x, tells_x, namesOf) : seenJson(curves, view.x, tells_x, told, namesOf);
  download(`${tag}.${format}`, new Blob([text], { type: format === "csv" ? "text/csv" : "application/json" }));
}

export async function copyText(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error("this browser does not let pages copy");
  await navigator.clipboard.writeText(text);
}

function seenOf(chart: LiveChart | null) {
  const seen = chart?.seen();
  if (!seen || seen.curves.length === 0) throw new Error("nothing is drawn here");
  return seen;
}

function pictureOf(chart: LiveChart | null, tag: string): Picture {
  const seen = seenOf(chart);
  const { curves, look } = seen;
  const several = curves.some((curve) => curve.tag !== curves[0]?.tag);
  const legend = curves.map(({ run_key, tag: of, dash }) => {
    const name = lineName(run_key);
    return { colour: look.colours.get(run_key) ?? look.ink, dash, name: several ? `${of} · ${name}` : name };
  });
  return {
    ...seen,
    title: custom_chart_of.peek().has(tag) ? tag : joinOf(tag).tags.join(", "),
    x_name: xName(seen.view.x_axis, seen.view.x_scale),
    legend,
    measure,
  };
}

function xName(x: XAxis, scale: AxisScale): string {
  const name = xTag(x) ?? X_NAMES[x] ?? x;
  return scale === "linear" ? name : `${name}, ${scale === "log" ? "log" : "symlog"}`;
}

function measure(text: string, font: string): number {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 0;
  context.font = font;
  return context.measureText(text).width;
}

/** A mean has the name of its group, and no source. */
function namesOf({ run_key, tag, spread }: Curve): Names {
  if (spread) return { source: "", run: lineName(run_key), tag };
  const cut = run_key.indexOf("\n");
  return { source: run_key.slice(0, cut), run: run_key.slice(cut + 1), tag };
}
