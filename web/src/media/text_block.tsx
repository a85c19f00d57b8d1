/** One text as it is shown: formatted or raw, whole or its beginning, with what is searched for marked in it. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fetchWholeText, type TextValue } from "../api/text";
import type { Value } from "../api/values";
import { formatBytes } from "../lib/number";
import { Button } from "../parts/button";
import { formatter, formatter_failed, loadFormatter } from "./formatter";
import { mark, unmark } from "./marks";
import { joined, layoutOf } from "./text_table";

type Formatter = typeof import("./markdown");

/** Longer ones are shown as they are: formatting them would hold the page up. */
const FORMATTED_MOST = 200_000;
const TABLE_MOST = 2000;

interface Props {
  source: string;
  value: Value<TextValue> | undefined;
  is_raw: boolean;
  search: string;
  /** How many places were found in it. */
  onFound?: (count: number) => void;
}

export function TextBlock({ source, value, is_raw, search, onFound }: Props) {
  const [whole, setWhole] = useState<ReadonlyMap<number, string>>(new Map());
  const cut = (value?.ok?.truncated ?? []).filter((place) => !whole.has(place));
  const items = (value?.ok?.items ?? []).map((item, place) => whole.get(place) ?? item);
  if (!value) return <p class="text-waiting card-waiting">reading …</p>;
  if (value.error) {
    const { code, message } = value.error;
    return (
      <p class="text-trouble" data-testid="text-trouble">{`${code === "damaged" ? "damaged: " : ""}${message}`}</p>
    );
  }
  if (items.length === 0) return <p class="quiet">What was written here is no text, or an empty one.</p>;
  return (
    <>
      <Formatted items={items} shape={value.ok.shape} is_raw={is_raw} search={search} onFound={onFound} />
      {cut.length > 0 && (
        <ShowAll source={source} value={value.ok} cut={cut} shown={joined(items).length} onWhole={setWhole} />
      )}
    </>
  );
}

interface ShowAllProps {
  source: string;
  value: TextValue;
  cut: readonly number[];
  shown: number;
  onWhole: (whole: ReadonlyMap<number, string>) => void;
}

function ShowAll({ source, value, cut, shown, onWhole }: ShowAllProps) {
  const [state, setState] = useState<"" | "reading" | string>("");
  const bytes = value.bytes.reduce((sum, each) => sum + each, 0);
  const read = async () => {
    setState("reading");
    try {
      const found = new Map<number, string>();
      for (const [i, place] of value.truncated.entries()) {
        found.set(place, await fetchWholeText(source, value.blobs[i] ?? ""));
      }
      onWhole(found);
    } catch (problem) {
      setState(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <p class="text-cut" data-testid="text-cut">
      {`Only the beginning is here${cut.length > 1 ? `, of ${cut.length} strings` : ""}: ${formatBytes(shown)}. `}
      {state === "reading" ? (
        "reading the rest …"
      ) : (
        <Button label="show all of this text" class="button-link" onClick={() => void read()} testid="text-all">
          {`Show all${bytes > 0 ? ` (${formatBytes(bytes)})` : ""}`}
        </Button>
      )}
      {state !== "" && state !== "reading" && <span class="text-trouble">{` ${state}`}</span>}
    </p>
  );
}

interface FormattedProps {
  items: readonly string[];
  shape: readonly number[];
  is_raw: boolean;
  search: string;
  onFound: ((count: number) => void) | undefined;
}

function Formatted({ items, shape, is_raw, search, onFound }: FormattedProps) {
  const host = useRef<HTMLDivElement>(null);
  const format = formatter.value;
  const { note } = layoutOf(shape, items.length);
  const text = joined(items);
  const too_long = text.length > FORMATTED_MOST;
  const shows_raw = is_raw || too_long || formatter_failed.value;

  useEffect(() => void loadFormatter(), []);
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    element.replaceChildren(shows_raw ? rawOf(text) : format ? tableOf(items, shape, format) : "");
  }, [text, shape.join(), shows_raw, format]);
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    onFound?.(mark(element, search));
    return () => unmark(element);
  }, [text, shape.join(), shows_raw, format, search]);

  return (
    <>
      {!shows_raw && note !== "" && <p class="text-note">{note}</p>}
      {!is_raw && too_long && (
        <p class="text-note">{`too long to be formatted (${formatBytes(text.length)}): as it was written`}</p>
      )}
      <div class={shows_raw ? "text-raw" : "text-formatted"} ref={host} data-testid="text-shown" />
    </>
  );
}

function rawOf(text: string): Node {
  const pre = document.createElement("pre");
  pre.textContent = text;
  return pre;
}

function tableOf(items: readonly string[], shape: readonly number[], format: Formatter): Node {
  const { rows } = layoutOf(shape, items.length);
  if (!rows) return format.renderMarkdown(items[0] ?? "");
  const table = document.createElement("table");
  let count = 0;
  for (const places of rows) {
    const row = table.insertRow();
    for (const place of places) row.insertCell().append(format.renderMarkdown(items[place] ?? ""));
    count += places.length;
    if (count < TABLE_MOST) continue;
    table.createCaption().textContent = `the first ${count} of ${items.length} strings; the raw view has all of them`;
    break;
  }
  return table;
}
