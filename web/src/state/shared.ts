/** The settings of the whole board as one value: what the address, the memory and views have in common. */
import { batch } from "@preact/signals";
import { group_band, group_by, groups_as } from "./groups";
import { histogram_look } from "./histogram";
import { join_pattern, joins } from "./joins";
import { chosen_kinds } from "./kinds";
import { measuredNow, useMeasured } from "./measured";
import { selection } from "./selection";
import * as settings from "./settings";
import { many_sources } from "./sources";
import { board_step, own_steps } from "./step";
import { readFragment, type Shared, writeFragment } from "./url";
import { own_x } from "./x_axis";
import { useZooms, zoomsNow } from "./zoom";

function now(): Shared {
  return {
    smoothing: settings.smoothing_now.value,
    x: settings.x_axis.value,
    x_scale: settings.x_scale.value,
    own_x: own_x.value,
    y: settings.y_scale.value,
    clip_percent: settings.clip_percent.value,
    run_filter: settings.run_filter_text.value,
    tag_filter: settings.tag_filter_text.value,
    kinds: chosen_kinds.value,
    step: board_step.value,
    own_steps: own_steps.value,
    histograms: histogram_look.value,
    group_by: group_by.value,
    groups_as: groups_as.value,
    group_band: group_band.value,
    selection: selection.value,
    zooms: zoomsNow(),
    measured: measuredNow(),
    joins: [...joins.value.values()],
    join_pattern: join_pattern.value,
  };
}

function use(shared: Shared): void {
  batch(() => {
    settings.useSmoothing(shared.smoothing);
    settings.x_axis.value = shared.x;
    settings.x_scale.value = shared.x_scale;
    own_x.value = shared.own_x;
    settings.y_scale.value = shared.y;
    settings.clip_percent.value = shared.clip_percent;
    settings.run_filter_text.value = shared.run_filter;
    settings.tag_filter_text.value = shared.tag_filter;
    chosen_kinds.value = shared.kinds;
    board_step.value = shared.step;
    own_steps.value = shared.own_steps;
    histogram_look.value = shared.histograms;
    group_by.value = shared.group_by;
    groups_as.value = shared.groups_as;
    group_band.value = shared.group_band;
    selection.value = shared.selection;
    useZooms(shared.zooms);
    useMeasured(shared.measured);
    joins.value = new Map(shared.joins.map((join) => [join.tags[0] ?? "", join]));
    join_pattern.value = shared.join_pattern;
  });
}

/** All settings as they stand in the address. */
export function fragmentNow(): string {
  return writeFragment(now(), !many_sources.value);
}

export function useFragment(fragment: string): void {
  use(readFragment(fragment));
}

/** The address of the board as it is now, but for `change`; it carries no secret. */
export function linkTo(change: Partial<Shared>): string {
  const fragment = writeFragment({ ...now(), ...change }, !many_sources.peek());
  return `${location.origin}${location.pathname}${location.search}${fragment && `#${fragment}`}`;
}
