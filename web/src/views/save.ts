/** Saves every point of some series as a file. */
import { postExport } from "../api/export";
import type { Restarts, SeriesName } from "../api/scalars";
import { download } from "../lib/download";

export async function saveSeries(
  name: string,
  series: SeriesName[],
  restarts: Restarts,
  format: "csv" | "jsonl",
): Promise<void> {
  download(`${name}.${format}`, await postExport(series, restarts, format));
}
