/** Views by name: kept in this browser, saved to files, opened again. */
import { useState } from "preact/hooks";
import { download } from "../lib/download";
import { Button } from "../parts/button";
import { Menu } from "../parts/menu";
import {
  keepView,
  openView,
  openViewText,
  removeView,
  type SavedView,
  saved_views,
  viewNow,
  viewText,
} from "../state/saved_views";

/** Larger files are no views. */
const FILE_MOST_BYTES = 1 << 20;

export function SavedViews() {
  return (
    <Menu
      label="views"
      class="views-menu"
      button={(is_open, toggle) => (
        <Button
          label="views: keep how the board looks, and go back to it"
          icon="bookmark"
          expanded={is_open}
          onClick={toggle}
          testid="views"
        />
      )}
    >
      {(close) => <Views close={close} />}
    </Menu>
  );
}

function Views({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [trouble, setTrouble] = useState("");
  const done = (why_not: string) => {
    setTrouble(why_not);
    if (why_not === "") close();
  };
  const typed = name.trim();
  const replaces = saved_views.value.some((view) => view.name === typed);
  return (
    <div class="views">
      {saved_views.value.length > 0 && (
        <ul class="views-list">
          {saved_views.value.map((view) => (
            <SavedViewRow key={view.name} view={view} open={() => done(openView(view.value))} />
          ))}
        </ul>
      )}
      <form
        class="views-line"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === "") return;
          keepView(viewNow(typed));
          close();
        }}
      >
        <input
          type="text"
          value={name}
          placeholder="name of this view"
          aria-label="name of this view"
          spellcheck={false}
          autocomplete="off"
          data-testid="view-name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button button-plain" disabled={typed === ""} data-testid="view-keep">
          {replaces ? "Replace" : "Keep"}
        </button>
      </form>
      <label class="menu-item views-open">
        Open a file …
        <input
          type="file"
          accept=".json,application/json"
          data-testid="view-file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void readFile(file).then(done);
          }}
        />
      </label>
      {trouble && (
        <p class="add-trouble" role="alert" data-testid="view-trouble">
          {trouble}
        </p>
      )}
    </div>
  );
}

function SavedViewRow({ view, open }: { view: SavedView; open: () => void }) {
  return (
    <li>
      <button type="button" class="menu-item" onClick={open} data-testid="view-open">
        {view.name}
      </button>
      <Button
        label={`save ${view.name} to a file`}
        icon="save"
        onClick={() => download(`${view.name}.farboard.json`, new Blob([viewText(view)], { type: "application/json" }))}
        testid="view-save"
      />
      <Button label={`remove ${view.name}`} icon="close" onClick={() => removeView(view.name)} testid="view-remove" />
    </li>
  );
}

async function readFile(file: File): Promise<string> {
  if (file.size > FILE_MOST_BYTES) return "This is no view: larger than 1 MB.";
  try {
    return openViewText(await file.text());
  } catch {
    return "The file cannot be read.";
  }
}
