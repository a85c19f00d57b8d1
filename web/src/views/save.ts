/** Saves every point of some series as a file. */
import { postExport } from "../api/export";
import type { Restarts, SeriesName } from "../api/scalars";

export async function saveSeries(
  name: string,
  series: SeriesName[],
  restarts: Restarts,
  format: "csv" | "jsonl",
): Promise<void> {
  const blob = await postExport(series, restarts, format);
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.replace(/[^\w.-]+/g, "_")}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
