/** Texts: those of all visible runs at one step, all that came before, or what changed between two. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { download } from "../lib/download";
import { formatCount, plural } from "../lib/number";
import { zip } from "../lib/zip";
import { Button } from "../parts/button";
import { Field } from "../parts/field";
import { Segmented } from "../parts/segmented";
import { fullName } from "../state/sources";
import { stepOf } from "../state/step";
import type { MediaItemsProps, MediaProps } from "../views/media_card";
import { copyText } from "../views/save";
import { NothingYet, StepBar } from "../views/step_bar";
import { RunLabel } from "./run_label";
import { standing } from "./standing";
import { TextBlock } from "./text_block";
import { TextDifference } from "./text_difference";
import { joined } from "./text_table";
import { type Entry, historyOf, textView } from "./text_view";
import { keyOf } from "./values";

const MODES = [
  ["step", "at a step"],
  ["history", "history"],
  ["difference", "difference"],
] as const;
const ENTRIES_AT_ONCE = 20;

/** What is seen at the card's step. */
function entriesNow({ tag, steps }: MediaProps): Entry[] {
  return standing(steps.of_runs.value ?? [], stepOf(tag.key)).at;
}

export function TextBody(props: MediaProps) {
  const { tag, steps, on_screen } = props;
  const { mode, search, values, is_raw } = textView(tag);
  const of_runs = steps.of_runs.value;
  const step = stepOf(tag.key);
  const is_seen = on_screen.value;
  const [limit, setLimit] = useState(ENTRIES_AT_ONCE);
  const history = useMemo(
    () => (mode.value === "history" ? historyOf(of_runs ?? [], step) : []),
    [of_runs, step, mode.value],
  );
  const entries = mode.value === "history" ? history.slice(0, limit) : entriesNow(props);
  const wanted = entries.map(({ of, place }) => keyOf(of, place)).join("\r");

  useEffect(() => {
    values.want(is_seen && mode.value !== "difference" ? entries : [], "entries");
  }, [wanted, is_seen, mode.value]);
  useEffect(() => () => values.dispose(), [values]);

  if (of_runs === null) return <p class="media-empty card-waiting">reading …</p>;
  const more = history.length - limit;
  return (
    <>
      <StepBar tag={tag} steps={steps} />
      {values.trouble.value !== "" && (
        <p class="media-trouble" role="status">{`not all is here: ${values.trouble.value}`}</p>
      )}
      {mode.value === "difference" ? (
        <TextDifference tag={tag} runs={of_runs} values={values} is_seen={is_seen} />
      ) : (
        <Found
          entries={entries}
          search={search.value}
          onSearch={(text) => {
            search.value = text;
          }}
          label={`search in ${tag.tag}`}
        >
          {(onFound) =>
            entries.map((entry) => (
              <TextEntry
                key={mode.value === "history" ? keyOf(entry.of, entry.place) : `${entry.of.run.key}\n${entry.nth}`}
                entry={entry}
                step={step}
                is_raw={is_raw.value}
                search={search.value}
                value={values.at(entry)}
                onFound={onFound}
              />
            ))
          }
        </Found>
      )}
      {mode.value !== "difference" && <NothingYet tag={tag} steps={steps} />}
      {mode.value === "history" && more > 0 && (
        <button
          type="button"
          class="button button-plain section-more text-more"
          onClick={() => setLimit(limit + ENTRIES_AT_ONCE)}
          data-testid="text-more"
        >
          {`Show ${Math.min(more, ENTRIES_AT_ONCE)} older of ${formatCount(history.length)}`}
        </button>
      )}
    </>
  );
}

interface FoundProps {
  entries: readonly Entry[];
  search: string;
  onSearch: (text: string) => void;
  label: string;
  children: (onFound: (key: string, count: number) => void) => preact.ComponentChildren;
}

/** The search, and how much it found in what is shown. */
function Found({ entries, search, onSearch, label, children }: FoundProps) {
  const counts = useRef(new Map<string, number>());
  const [, setCount] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const total = entries.reduce((sum, { of, place }) => sum + (counts.current.get(keyOf(of, place)) ?? 0), 0);
  const onFound = (key: string, count: number) => {
    if ((counts.current.get(key) ?? 0) === count) return;
    counts.current.set(key, count);
    setCount((before) => before + 1);
  };
  const goTo = () => {
    const found = [...(list.current?.querySelectorAll<HTMLElement>("mark[data-found]") ?? [])];
    const next = (found.findIndex(({ dataset }) => dataset.found === "here") + 1) % Math.max(1, found.length);
    for (const [i, element] of found.entries()) element.dataset.found = i === next ? "here" : "";
    found[next]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <>
      <div class="text-search">
        <Field label={label} placeholder="search…" value={search} onInput={onSearch} testid="text-search" />
        {search !== "" && (
          <Button
            label="go to the next place"
            class="button-toggle"
            disabled={total === 0}
            onClick={goTo}
            testid="text-found"
          >
            {total === 0 ? "not found here" : plural(total, "place")}
          </Button>
        )}
      </div>
      <div class="text-entries" ref={list}>
        {children(onFound)}
      </div>
    </>
  );
}

interface EntryProps {
  entry: Entry;
  step: number | null;
  is_raw: boolean;
  search: string;
  value: Parameters<typeof TextBlock>[0]["value"];
  onFound: (key: string, count: number) => void;
}

function TextEntry({ entry, step, is_raw, search, value, onFound }: EntryProps) {
  const { of, place } = entry;
  const [is_whole, setWhole] = useState(false);
  const [overflows, setOverflows] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const key = keyOf(of, place);
  useEffect(() => {
    const element = body.current;
    if (!element) return;
    const sized = new ResizeObserver(() => setOverflows(element.scrollHeight > element.clientHeight + 1));
    sized.observe(element);
    for (const child of element.children) sized.observe(child);
    return () => sized.disconnect();
  }, [value, is_raw]);
  return (
    <section
      class="text-entry"
      aria-label={`${fullName(of.run)} at step ${of.step[place]}`}
      data-testid="text-entry"
      data-run={of.run.name}
    >
      <header>
        <RunLabel of={of} place={place} wanted={step} />
        {value?.ok && (
          <Button
            label="copy this text"
            class="button-link text-copy"
            onClick={() => void copyText(joined(value.ok.items)).catch(() => {})}
          >
            copy
          </Button>
        )}
      </header>
      <div class={is_whole || search !== "" ? "text-body" : "text-body text-body-cut"} ref={body}>
        <TextBlock
          key={key}
          source={of.run.source}
          value={value}
          is_raw={is_raw}
          search={search}
          onFound={(count) => onFound(key, count)}
        />
      </div>
      {(is_whole || overflows) && search === "" && (
        <Button label={is_whole ? "show less" : "show more"} class="button-link" onClick={() => setWhole(!is_whole)}>
          {is_whole ? "less" : "more"}
        </Button>
      )}
    </section>
  );
}

export function TextControls({ tag }: MediaProps) {
  const { mode, is_raw } = textView(tag);
  return (
    <>
      <Segmented
        label={`which texts of ${tag.tag}`}
        value={mode.value}
        choices={MODES}
        onChange={(next) => {
          mode.value = next;
        }}
        testid="text-mode"
      />
      <Button
        label="raw: as it was written"
        class={is_raw.value ? "button-word card-on" : "button-word"}
        pressed={is_raw.value}
        onClick={() => {
          is_raw.value = !is_raw.value;
        }}
        testid="text-raw"
      >
        raw
      </Button>
    </>
  );
}

export function TextItems(props: MediaItemsProps) {
  const { values } = textView(props.tag);
  const texts = entriesNow(props).flatMap((entry) => {
    const value = values.at(entry)?.ok;
    return value ? [{ ...entry, text: joined(value.items) }] : [];
  });
  if (texts.length === 0) return null;
  const save = () => {
    props.done();
    const files = texts.map(({ of, place, text }) => ({
      name: `${props.tag.tag}_${of.run.name}_step${of.step[place]}.md`,
      bytes: new TextEncoder().encode(text),
    }));
    const [only] = files;
    if (only && files.length === 1) download(only.name, new Blob([only.bytes]));
    else download(`${props.tag.tag}.zip`, zip(files));
  };
  return (
    <button type="button" class="menu-item" data-testid="save-texts" onClick={save}>
      {`Save the ${plural(texts.length, "text")} of this step`}
    </button>
  );
}
