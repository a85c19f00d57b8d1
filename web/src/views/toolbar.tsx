/** What is set for all charts at once. */

import { plural } from "../lib/number";
import { Button } from "../parts/button";
import { Segmented } from "../parts/segmented";
import { board } from "../state/board";
import { join_error, join_pattern, joinOf } from "../state/joins";
import { clip_percent, y_scale } from "../state/settings";
import { linkZooms, zoom_linked } from "../state/zoom";
import { matching_tags } from "./groups";
import { SmoothingTool } from "./smoothing_tool";
import { XTool } from "./x_axis";

const Y_CHOICES = [
  ["linear", "lin"],
  ["log", "log"],
  ["symlog", "±log"],
] as const;

export function Toolbar() {
  return (
    <div class="toolbar" role="toolbar" aria-label="all charts">
      <SmoothingTool />
      <XTool />
      <div class="tool">
        <span class="tool-name">y</span>
        <Segmented
          label="y axis"
          value={y_scale.value}
          choices={Y_CHOICES}
          onChange={(scale) => {
            y_scale.value = scale;
          }}
          testid="y-axis"
        />
      </div>
      <Clip />
      <Button
        label="link zoom: all charts with the same x show the same part of it"
        class="button-toggle"
        pressed={zoom_linked.value}
        onClick={() => linkZooms(!zoom_linked.value)}
        testid="link-zoom"
      >
        link zoom
      </Button>
      <JoinField />
      <TagCount />
    </div>
  );
}

const CLIPS = [0, 0.1, 1, 5] as const;

function Clip() {
  const now = clip_percent.value;
  const choices = [...new Set([...CLIPS, now])].sort((a, b) => a - b);
  return (
    <label class="tool">
      <span class="tool-name">clip</span>
      <select
        class="choice"
        title="how much of the lowest and of the highest values is left out of the y range"
        value={String(now)}
        data-testid="outliers"
        onChange={(event) => {
          clip_percent.value = Number(event.currentTarget.value);
        }}
      >
        {choices.map((percent) => (
          <option key={percent} value={String(percent)}>
            {percent === 0 ? "off" : `${percent}\u202f%`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Takes effect when it is done, so that half a pattern moves no cards. */
function JoinField() {
  const error = join_error.value;
  return (
    <div class="tool">
      <label class="tool-name" for="join">
        join
      </label>
      <input
        id="join"
        class={error ? "join join-bad" : "join"}
        type="text"
        placeholder="(train|val)/loss"
        title={error || "tags that differ only in the parentheses of this pattern share a chart"}
        aria-invalid={error ? "true" : undefined}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={join_pattern.value}
        data-testid="join-pattern"
        onChange={(event) => {
          join_pattern.value = event.currentTarget.value.trim();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {error && (
        <span class="card-trouble" role="status">
          {error}
        </span>
      )}
    </div>
  );
}

function TagCount() {
  const all = board.value.tags.length;
  const shown = matching_tags.value.reduce((sum, { tag }) => sum + joinOf(tag).tags.length, 0);
  if (!board.value.known) return null;
  return (
    <span class="tag-count quiet" data-testid="tag-count">
      {shown === all ? plural(all, "tag") : `${shown} of ${plural(all, "tag")}`}
    </span>
  );
}
