/** The search box of the runs, and the queries that were saved. */
import { useState } from "preact/hooks";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Menu } from "../parts/menu";
import { forgetQuery, saved_queries, saveQuery, search_error } from "../state/query";
import { run_filter_text } from "../state/settings";
import { is_narrow } from "./narrow";
import { focusOn } from "./shortcuts";

const EXAMPLES = [
  ["seed-[0-3]", "in the name; a regular expression"],
  ['state == "running" and age < 5min', "comparisons with and, or, not, ( )"],
  ["lr < 1e-3 and val/loss < 0.4", "hyperparameters, last values of metrics"],
  ["min(val/loss) < 0.3", "also max, mean10, at1000 of a metric"],
  ["name !~ '^old/' and not note", "=~ matches, !~ does not; alone: has a value"],
] as const;

export function RunSearch() {
  return (
    <div class="run-search">
      <Field
        label="search runs"
        placeholder="runs, or lr < 1e-3…"
        value={run_filter_text.value}
        error={search_error.value}
        hint={is_narrow.value ? "" : "/"}
        inputRef={focusOn("runs")}
        onInput={(text) => {
          run_filter_text.value = text;
        }}
        testid="run-filter"
      />
      <Menu
        label="saved queries"
        class="run-queries"
        button={(is_open, toggle) => (
          <Button
            label="saved queries, and how to write one"
            icon="bookmark"
            expanded={is_open}
            onClick={toggle}
            testid="queries"
          />
        )}
      >
        {(close) => <Queries close={close} />}
      </Menu>
    </div>
  );
}

function Queries({ close }: { close: () => void }) {
  const text = run_filter_text.value.trim();
  const [told, setTold] = useState("");
  const use = (query: string) => {
    run_filter_text.value = query;
    close();
  };
  const is_saved = saved_queries.value.includes(text);
  return (
    <div class="queries">
      <button
        type="button"
        class="menu-item"
        disabled={text === "" || is_saved || search_error.value !== ""}
        onClick={() => {
          saveQuery(text);
          setTold(`Saved: ${text}`);
        }}
        data-testid="save-query"
      >
        {is_saved ? "This search is saved" : "Save this search"}
      </button>
      <p class="sr-only" role="status">
        {told}
      </p>
      {saved_queries.value.length > 0 && (
        <ul data-testid="saved-queries">
          {saved_queries.value.map((query) => (
            <li key={query}>
              <button type="button" class="menu-item" title={query} onClick={() => use(query)}>
                {query}
              </button>
              <Button label={`forget ${query}`} icon="close" onClick={() => forgetQuery(query)} />
            </li>
          ))}
        </ul>
      )}
      <h3>How to write one</h3>
      <dl>
        {EXAMPLES.map(([query, means]) => (
          <div key={query}>
            <dt>
              <code>{query}</code>
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        Also: name, target, step, speed, points, age, duration, note, pinned. Odd names in `backticks`.
      </p>
    </div>
  );
}
