/** Under a chart of several tags: how the lines of each look, on which axis they are, and the way off the chart. */
import { DASHES, dashOf } from "../charts/chart_series";
import { Button } from "../parts/button";
import { Middle } from "../parts/middle";
import { custom_chart_of } from "../state/custom_scalars";
import { joinOf, takeOff, toggleRight } from "../state/joins";

const SAMPLE_PX = 24;

export function CardLegend({ tag: host }: { tag: string }) {
  const { tags: all, right, margins } = joinOf(host);
  const lines = margins?.map(({ value }) => value);
  const tags = lines ? all.filter((tag) => lines.includes(tag)) : all;
  const dashes = (tag: string) => (lines ? DASHES[lines.indexOf(tag) % DASHES.length] : dashOf(host, tag));
  const is_custom = custom_chart_of.value.has(host);
  if (tags.length < 2) return null;
  return (
    <ul class="card-legend" aria-label="tags of this chart" data-testid="card-legend">
      {tags.map((tag) => (
        <li key={tag} data-tag={tag}>
          <svg width={SAMPLE_PX} height="8" aria-hidden="true" focusable="false">
            <path d={`M0 4H${SAMPLE_PX}`} stroke-dasharray={dashes(tag)?.join(" ")} />
          </svg>
          <Middle name={tag} />
          {!is_custom && (
            <>
              <Button
                label={`${tag}: axis at the right`}
                class="button-word"
                pressed={right.has(tag)}
                onClick={() => toggleRight(host, tag)}
                testid="legend-right"
              >
                {right.has(tag) ? "right" : "left"}
              </Button>
              <Button
                label={`${tag}: back to a card of its own`}
                icon="close"
                onClick={() => takeOff(host, tag)}
                testid="legend-off"
              />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** `(train|val)/loss`: the parts of the path in which they differ, in parentheses. */
export function commonTitle(tags: readonly string[]): string {
  const paths = tags.map((tag) => tag.split("/"));
  const [first = []] = paths;
  if (paths.some((path) => path.length !== first.length)) return tags.join(", ");
  return first
    .map((part, i) => {
      const parts = [...new Set(paths.map((path) => path[i] ?? ""))];
      return parts.length === 1 ? part : `(${parts.join("|")})`;
    })
    .join("/");
}
