/** The bar at the top: one chip per target, the tag filter, theme and help. */

import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { hub_known } from "../state/live";
import { tag_filter, tag_filter_text } from "../state/settings";
import { isLoading, sources } from "../state/sources";
import { cycleTheme, theme } from "../state/theme";
import { pane_open } from "../state/view";
import { AddTarget } from "./add_target";
import { Alerts } from "./alerts";
import { Chip, ManyChip, RemovedChip } from "./chip";
import { is_narrow } from "./narrow";
import { SavedViews } from "./saved_views";
import { focusOn } from "./shortcuts";

/** More targets than this stand behind one chip. */
const CHIPS_MOST = 8;

export function Bar({ onHelp }: { onHelp: () => void }) {
  const many = sources.value.length > (is_narrow.value ? 1 : CHIPS_MOST);
  return (
    <header class="bar">
      <h1 class="unseen">Farboard</h1>
      <Button
        label={pane_open.value ? "hide runs" : "show runs"}
        icon={is_narrow.value ? "runs" : "pane"}
        expanded={pane_open.value}
        onClick={() => {
          pane_open.value = !pane_open.value;
        }}
        testid="pane-toggle"
      />
      <div class="chips">
        {many ? <ManyChip /> : sources.value.map((source) => <Chip key={source.source} source={source} />)}
        <RemovedChip />
        {hub_known.value && <AddTarget />}
      </div>
      <Field
        label="filter tags"
        placeholder="tags…"
        value={tag_filter_text.value}
        error={tag_filter.value.error}
        hint={is_narrow.value ? "" : "g"}
        inputRef={focusOn("tags")}
        onInput={(text) => {
          tag_filter_text.value = text;
        }}
        testid="tag-filter"
      />
      <Alerts />
      <SavedViews />
      <Button label={`theme: ${theme.value}`} icon={theme.value} onClick={cycleTheme} testid="theme-toggle" />
      {!is_narrow.value && <Button label="keyboard shortcuts" icon="help" onClick={onHelp} testid="help-button" />}
      <Progress />
    </header>
  );
}

/** How much of what was there at the start has been read: a hairline under the bar, gone when all is. */
function Progress() {
  let bytes = 0;
  let bytes_read = 0;
  const loading = sources.value.filter(isLoading);
  for (const { load } of loading) {
    bytes += load?.bytes ?? 0;
    bytes_read += load?.bytes_read ?? 0;
  }
  if (loading.length === 0) return null;
  const share = bytes > 0 ? Math.min(1, bytes_read / bytes) : 0;
  return (
    <div class="progress" role="progressbar" aria-label="reading logs" aria-valuenow={Math.round(share * 100)}>
      <div style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
