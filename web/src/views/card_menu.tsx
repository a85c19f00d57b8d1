/** A card's menu: where it stands, and what of it is saved and copied: the chart as it is seen, or every point behind it. */
import { namesOf, seriesOf } from "../charts/chart_series";
import type { LiveChart } from "../charts/live_chart";
import { board, type Tag } from "../state/board";
import { linkTo } from "../state/shared";
import type { CardView } from "../state/view";
import { ArrangeItems } from "./arrange";
import { copyText, saveEveryPoint, savePicture, savePoints } from "./save";
import { CardX } from "./x_axis";

interface Props {
  tag: Tag;
  view: CardView;
  chart: LiveChart | null;
  close: () => void;
  onTrouble: (message: string) => void;
}

export function CardMenu({ tag, view, chart, close, onTrouble }: Props) {
  const item = (label: string, testid: string, run: () => void | Promise<void>) => (
    <button
      type="button"
      class="menu-item"
      data-testid={testid}
      onClick={() => {
        close();
        onTrouble("");
        attempt(run).catch((problem: unknown) => onTrouble(`${label}: ${told(problem)}`));
      }}
    >
      {label}
    </button>
  );
  const restarts = view.restarts.peek();
  return (
    <>
      <ArrangeItems card={tag.key} done={close} />
      <p class="menu-title">x axis</p>
      <CardX tag={tag.tag} />
      <p class="menu-title">As it is seen</p>
      {item("Save as PNG", "save-png", () => savePicture(chart, tag.tag, "png"))}
      {item("Save as SVG", "save-svg", () => savePicture(chart, tag.tag, "svg"))}
      {item("Save points in view as CSV", "save-seen-csv", () => savePoints(chart, tag.tag, "csv"))}
      {item("Save points in view as JSON", "save-seen-json", () => savePoints(chart, tag.tag, "json"))}
      {item("Copy as link", "copy-link", () => copyText(linkTo({ tag_filter: onlyThis(tag.tag) })))}
      <p class="menu-title">All of it</p>
      {item("Save every point as CSV", "save-csv", () =>
        saveEveryPoint(tag.tag, namesOf(seriesOf(tag.tag)), restarts, "csv"),
      )}
      {item("Save every point as JSON lines", "save-jsonl", () =>
        saveEveryPoint(tag.tag, namesOf(seriesOf(tag.tag)), restarts, "jsonl"),
      )}
      {item("Copy the tag’s name", "copy-tag", () => copyText(tag.tag))}
    </>
  );
}

async function attempt(run: () => void | Promise<void>): Promise<void> {
  await run();
}

function told(problem: unknown): string {
  return problem instanceof Error && problem.message !== "" ? problem.message : String(problem);
}

/** A search that finds this tag and no other on the board. */
function onlyThis(tag: string): string {
  const alone =
    board.peek().tags.filter(({ tag: other }) => other.toLowerCase().includes(tag.toLowerCase())).length === 1;
  return alone ? tag : `^${tag.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
}
