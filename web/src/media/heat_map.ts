/** Histograms over time as colours: x along, values up, counts on a ramp. */
import type { Span } from "../lib/extent";
import { RAMP_LENGTH, rampPlace } from "../lib/ramp";
import { type Columns, columnAt, columnEdges, density } from "./columns";
import type { Frame } from "./frame";

/** The picture of a box, device pixel by device pixel, as red, green, blue and alpha. Nothing is drawn where no column reaches. */
export function heatPixels(
  columns: Columns,
  frame: Frame,
  ramp: Uint8ClampedArray,
  is_log: boolean,
  x: Span,
  ratio: number,
): { data: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } {
  const { left, top, width: box_width, height: box_height } = frame.box;
  const [width, height] = [Math.max(1, Math.round(box_width * ratio)), Math.max(1, Math.round(box_height * ratio))];
  const data = new Uint8ClampedArray(width * height * 4);
  const places = rampPlaces(columns, is_log);
  const edges = columnEdges(columns, x);
  const { bins, values } = columns;
  const bin_of = Int32Array.from({ length: height }, (_, row) => {
    const value = frame.upAt(top + (row + 0.5) / ratio);
    const bin = Math.floor(((value - values[0]) / (values[1] - values[0])) * bins);
    return bin < 0 || bin >= bins ? -1 : bin;
  });
  for (let px = 0; px < width; px++) {
    const column = columnAt(edges, frame.valueAt(left + (px + 0.5) / ratio));
    if (column < 0) continue;
    for (let py = 0; py < height; py++) {
      const bin = bin_of[py] as number;
      if (bin < 0) continue;
      const place = places[column * bins + bin] as number;
      const at = (py * width + px) * 4;
      data[at] = ramp[place * 3] as number;
      data[at + 1] = ramp[place * 3 + 1] as number;
      data[at + 2] = ramp[place * 3 + 2] as number;
      data[at + 3] = 255;
    }
  }
  return { data, width, height };
}

/** Column by column, the place of each bin on the ramp. The logarithm is of a count in the bin, of one histogram. */
function rampPlaces(columns: Columns, is_log: boolean): Uint8Array {
  const { list, bins, values } = columns;
  const bin_width = (values[1] - values[0]) / bins;
  const amounts = new Float64Array(list.length * bins);
  let most = 0;
  list.forEach((column, i) => {
    for (let bin = 0; bin < bins; bin++) {
      const amount = density(columns, column, bin) * bin_width;
      amounts[i * bins + bin] = amount;
      if (amount > most) most = amount;
    }
  });
  return Uint8Array.from(amounts, (amount) => Math.min(RAMP_LENGTH - 1, rampPlace(amount, most, is_log)));
}

export function paintHeat(
  context: CanvasRenderingContext2D,
  columns: Columns,
  frame: Frame,
  ramp: Uint8ClampedArray,
  is_log: boolean,
  x: Span,
  ratio: number,
): void {
  const { data, width, height } = heatPixels(columns, frame, ramp, is_log, x, ratio);
  const sheet = document.createElement("canvas");
  sheet.width = width;
  sheet.height = height;
  sheet.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, frame.box.left, frame.box.top, frame.box.width, frame.box.height);
}
