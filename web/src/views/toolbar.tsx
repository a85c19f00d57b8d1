/** What is set for all charts at once. */

import { plural } from "../lib/number";
import { Button } from "../parts/button";
import { Segmented } from "../parts/segmented";
import { board } from "../state/board";
import { join_error, join_pattern, joinOf } from "../state/joins";
import { clampSmoothing, ignore_outliers, MAX_SMOOTHING, smoothing, x_axis, y_scale } from "../state/settings";
import { changeX, linkZooms, zoom_linked } from "../state/zoom";
import { matching_tags } from "./groups";
import { focusOn } from "./shortcuts";

const X_CHOICES = [
  ["step", "step"],
  ["relative", "relative"],
  ["wall_time", "wall"],
] as const;
const Y_CHOICES = [
  ["linear", "lin"],
  ["log", "log"],
] as const;

/**
 * The slider's own scale: most of what people look for lies near 1, so the slider moves evenly in the length of the
 * average, 1 / (1 − w), seen logarithmically.
 */
const SLIDER_END = -Math.log10(1 - MAX_SMOOTHING);
export const weightOf = (place: number): number => {
  const weight = 1 - 10 ** (-place * SLIDER_END);
  return clampSmoothing(Math.round(weight * 1000) / 1000);
};
export const placeOf = (weight: number): number => -Math.log10(1 - weight) / SLIDER_END;

export function Toolbar() {
  return (
    <div class="toolbar" role="toolbar" aria-label="all charts">
      <Smoothing />
      <div class="tool">
        <span class="tool-name">x</span>
        <Segmented label="x axis" value={x_axis.value} choices={X_CHOICES} onChange={changeX} testid="x-axis" />
      </div>
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
      <Button
        label="ignore outliers: leave the outermost 5 % of the values on each side out of the y range"
        class="button-toggle"
        pressed={ignore_outliers.value}
        onClick={() => {
          ignore_outliers.value = !ignore_outliers.value;
        }}
        testid="outliers"
      >
        ignore outliers
      </Button>
      <Button
        label="link zoom: all charts show the same part of the x axis"
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

function Smoothing() {
  const weight = smoothing.value;
  const place = placeOf(weight);
  return (
    <div class="tool">
      <label class="tool-name" for="smoothing">
        smoothing
      </label>
      <input
        id="smoothing"
        class="slider"
        type="range"
        min="0"
        max="1"
        step="0.005"
        value={place}
        style={{ "--share": place }}
        aria-valuetext={String(weight)}
        data-testid="smoothing-slider"
        onInput={(event) => {
          smoothing.value = weightOf(event.currentTarget.valueAsNumber);
        }}
      />
      <input
        class="number"
        type="text"
        inputMode="decimal"
        aria-label="smoothing weight"
        value={String(weight)}
        ref={focusOn("smoothing")}
        data-testid="smoothing-value"
        onChange={(event) => {
          smoothing.value = clampSmoothing(Number.parseFloat(event.currentTarget.value.replace(",", ".")));
          event.currentTarget.value = String(smoothing.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </div>
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
