/** Beside a card's title: how many points stand behind what is seen, whether all of them are drawn, and their range. */
import type { LiveChart } from "../charts/live_chart";
import type { Summary } from "../charts/summary";
import { formatCount, formatValue, plural } from "../lib/number";

const DIGITS = 3;

export function CardStatus({ chart }: { chart: LiveChart | null }) {
  const summary = chart?.summary.value;
  if (!summary || chart?.state.value.kind !== "drawn") return null;
  const { points, exact, lowest, highest } = summary;
  return (
    <p class="card-status" title={explain(summary)} data-testid="card-status" data-points={points} data-exact={exact}>
      <span>{`${formatValue(points, DIGITS)} ${points === 1 ? "point" : "points"}`}</span>
      <span class="card-exact">{exact ? "exact" : "to the pixel"}</span>
      {lowest <= highest && <span>{`${formatValue(lowest, DIGITS)} … ${formatValue(highest, DIGITS)}`}</span>}
    </p>
  );
}

export function explain({ points, drawn, exact, lowest, highest }: Summary): string {
  const range =
    lowest <= highest ? `\nThe lowest is ${formatValue(lowest, 6)}, the highest ${formatValue(highest, 6)}.` : "";
  if (exact) return `${plural(points, "point")} in view, every one of them drawn.${range}`;
  return (
    `${plural(points, "point")} in view. The lines go through ${formatCount(drawn)} of them and cover the very pixels that ` +
    `lines through all would cover; zoom in for every point.${range}`
  );
}
