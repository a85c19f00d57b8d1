/** What x is and how it divides its room: for all charts in the toolbar, for one chart in its menu. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { axisOfTag, readXAxis, type XAxis, xTag } from "../api/x_axis";
import { Segmented } from "../parts/segmented";
import { board } from "../state/board";
import { type AxisScaleName, readAxisScale, x_axis, x_scale } from "../state/settings";
import { ownX, setOwnX } from "../state/x_axis";
import { changeOwnX, changeX } from "../state/zoom";

type Choice = "step" | "relative" | "wall_time" | "tag";

const CHOICES: readonly (readonly [choice: Choice, label: string])[] = [
  ["step", "step"],
  ["relative", "relative"],
  ["wall_time", "wall"],
  ["tag", "tag"],
];
const SCALES: readonly (readonly [scale: AxisScaleName, label: string])[] = [
  ["linear", "lin"],
  ["log", "log"],
  ["symlog", "±log"],
];
/** What people mostly have on an x axis. */
const LIKELY =
  /(^|[/_.\- ])(tokens?|samples?|examples?|images?|frames?|episodes?|epochs?|iter(ation)?s?|batch(es)?|steps?|flops?|hours?|seconds?|time|progress)(?=$|[/_.\- ])/i;

/** In the toolbar. */
export function XTool() {
  const [chooses, setChooses] = useState(false);
  const tag = xTag(x_axis.value);
  const choice = chooses || tag !== null ? "tag" : (x_axis.value as Choice);
  const choose = (x: XAxis) => {
    setChooses(false);
    changeX(x);
  };
  return (
    <div class="tool">
      <span class="tool-name">x</span>
      <Segmented
        label="x axis"
        value={choice}
        choices={CHOICES}
        onChange={(next) => (next === "tag" ? setChooses(true) : choose(readXAxis(next) ?? "step"))}
        testid="x-axis"
      />
      {choice === "tag" && (
        <TagField
          label="tag that is x"
          value={tag ?? ""}
          onTag={(name) => choose(axisOfTag(name))}
          onNothing={() => (tag === null ? setChooses(false) : choose("step"))}
          testid="x-tag"
        />
      )}
      <select
        class="choice"
        aria-label="x scale"
        title="how the x axis divides its room"
        value={x_scale.value}
        data-testid="x-scale"
        onChange={(event) => {
          x_scale.value = readAxisScale(event.currentTarget.value);
        }}
      >
        <ScaleOptions />
      </select>
    </div>
  );
}

/** In the menu of a card. */
export function CardX({ tag }: { tag: string }) {
  const [chooses, setChooses] = useState(false);
  const { axis, scale } = ownX(tag);
  const own_tag = axis === null ? null : xTag(axis);
  const choice = chooses || own_tag !== null ? "tag" : (axis ?? "");
  const choose = (x: XAxis | null) => {
    setChooses(false);
    changeOwnX(tag, x);
  };
  return (
    <div class="menu-fields">
      <select
        class="choice"
        aria-label="x axis of this chart"
        value={choice}
        data-testid="card-x"
        onChange={({ currentTarget: { value } }) => (value === "tag" ? setChooses(true) : choose(readXAxis(value)))}
      >
        <option value="">as the board</option>
        {CHOICES.map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <select
        class="choice"
        aria-label="x scale of this chart"
        value={scale ?? ""}
        data-testid="card-x-scale"
        onChange={({ currentTarget: { value } }) => setOwnX(tag, { scale: value === "" ? null : readAxisScale(value) })}
      >
        <option value="">as the board</option>
        <ScaleOptions />
      </select>
      {choice === "tag" && (
        <TagField
          label="tag that is x of this chart"
          value={own_tag ?? ""}
          onTag={(name) => choose(axisOfTag(name))}
          onNothing={() => choose(null)}
          testid="card-x-tag"
        />
      )}
    </div>
  );
}

function ScaleOptions() {
  return (
    <>
      {SCALES.map(([name, label]) => (
        <option key={name} value={name}>
          {label}
        </option>
      ))}
    </>
  );
}

interface TagFieldProps {
  label: string;
  value: string;
  onTag: (tag: string) => void;
  /** It was left empty. */
  onNothing: () => void;
  testid: string;
}

/** A tag by its name, which the browser helps to find; takes effect when a whole name stands there. */
function TagField({ label, value, onTag, onNothing, testid }: TagFieldProps) {
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    if (value === "") input.current?.focus();
  }, []);
  const take = (text: string) => {
    const is_tag = board.peek().tag_of.has(text);
    setError(is_tag || text === "" || text === value ? "" : "no tag is called so");
    if (is_tag) onTag(text);
    else if (text === "") onNothing();
  };
  return (
    <>
      <input
        ref={input}
        class={error ? "join join-bad" : "join"}
        type="text"
        list={list}
        placeholder="train/tokens"
        aria-label={label}
        title={error || label}
        aria-invalid={error ? "true" : undefined}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={value}
        data-testid={testid}
        onInput={(event) => {
          // A suggestion was taken, nothing was typed.
          const { inputType } = event as InputEvent;
          if (inputType === undefined || inputType === "insertReplacementText") take(event.currentTarget.value);
        }}
        onChange={(event) => take(event.currentTarget.value.trim())}
        onBlur={(event) => event.currentTarget.value.trim() === "" && onNothing()}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <datalist id={list}>
        {likelyFirst(board.value.tags.map(({ tag }) => tag)).map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      {error && (
        <span class="card-trouble" role="status">
          {error}
        </span>
      )}
    </>
  );
}

export function likelyFirst(tags: readonly string[]): string[] {
  const is_likely = (tag: string) => LIKELY.test(tag);
  return [...tags.filter(is_likely), ...tags.filter((tag) => !is_likely(tag))];
}
