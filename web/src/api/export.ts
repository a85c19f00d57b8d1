/** POST /api/export: every point of some series, as a file. */
import { send } from "./request";
import type { Restarts, SeriesName } from "./scalars";

export async function postExport(series: SeriesName[], restarts: Restarts, format: "csv" | "jsonl"): Promise<Blob> {
  const accept = format === "csv" ? "text/csv" : "application/x-ndjson";
  const answer = await send("/api/export", { method: "POST", body: { series, restarts, format }, accept });
  return answer.blob();
}
