/** What changed from one text to another: of two runs, or of two steps of one. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { TextValue } from "../api/text";
import { formatCount, plural } from "../lib/number";
import { Button } from "../parts/button";
import { StepSlider } from "../parts/step_slider";
import type { Tag } from "../state/board";
import { fullName } from "../state/sources";
import { placeAt, type RunSteps } from "../state/steps";
import { type Hunk, hunksOf, lineDiff } from "./line_diff";
import { joined } from "./text_table";
import type { Entry } from "./text_view";
import { keyOf, type Values } from "./values";

interface Side {
  run: string;
  /** Null: the newest. */
  step: number | null;
}

interface Props {
  tag: Tag;
  runs: readonly RunSteps[];
  values: Values<TextValue>;
  is_seen: boolean;
}

const SIGNS = { same: " ", added: "+", removed: "−" } as const;

export function TextDifference({ tag, runs, values, is_seen }: Props) {
  const [sides, setSides] = useState<readonly [Side, Side] | null>(null);
  const [before, after] = sides ?? firstSides(runs);
  const [from, to] = [entryOf(runs, before), entryOf(runs, after)];
  const wanted = [from, to].map((entry) => (entry ? keyOf(entry.of, entry.place) : "")).join("\r");
  useEffect(() => {
    values.want(is_seen ? [from, to].flatMap((entry) => entry ?? []) : [], "difference");
    return () => values.want([], "difference");
  }, [wanted, is_seen]);

  return (
    <div class="text-difference" data-testid="text-difference">
      <div class="diff-sides">
        <SideChoice
          label={`${tag.tag}: from`}
          runs={runs}
          side={before}
          entry={from}
          onChange={(side) => setSides([side, after])}
        />
        <SideChoice
          label={`${tag.tag}: to`}
          runs={runs}
          side={after}
          entry={to}
          onChange={(side) => setSides([before, side])}
        />
      </div>
      {from && to && <Lines from={textOf(values, from)} to={textOf(values, to)} />}
    </div>
  );
}

/** Two runs, where there are two; else the first and the newest step of one. */
function firstSides(runs: readonly RunSteps[]): [Side, Side] {
  const [one, two] = runs;
  if (!one)
    return [
      { run: "", step: null },
      { run: "", step: null },
    ];
  if (two)
    return [
      { run: one.run.key, step: null },
      { run: two.run.key, step: null },
    ];
  return [
    { run: one.run.key, step: one.step[0] ?? null },
    { run: one.run.key, step: null },
  ];
}

function entryOf(runs: readonly RunSteps[], side: Side): Entry | null {
  const of = runs.find(({ run }) => run.key === side.run);
  const place = of ? placeAt(of.step, side.step) : -1;
  return of && place >= 0 ? { of, place, nth: 0 } : null;
}

type Told = { text: string; is_cut: boolean } | { trouble: string } | null;

function textOf(values: Values<TextValue>, entry: Entry): Told {
  const value = values.at(entry);
  if (!value) return null;
  if (value.error) return { trouble: value.error.message };
  return { text: joined(value.ok.items), is_cut: value.ok.truncated.length > 0 };
}

function Lines({ from, to }: { from: Told; to: Told }) {
  const both = from && to && "text" in from && "text" in to ? ([from.text, to.text] as const) : null;
  const lines = useMemo(() => both && lineDiff(both[0], both[1]), [both?.[0], both?.[1]]);
  if (!from || !to) return <p class="text-waiting card-waiting">reading …</p>;
  for (const side of [from, to]) if ("trouble" in side) return <p class="text-trouble">{side.trouble}</p>;
  if (!lines) return <p class="text-trouble">They are too different to be compared line by line.</p>;
  const count = (change: string) => lines.filter((line) => line.change === change).length;
  const is_cut = [from, to].some((side) => "is_cut" in side && side.is_cut);
  const [added, removed] = [count("added"), count("removed")];
  return (
    <>
      <p class="text-note" data-testid="diff-said">
        {added + removed === 0
          ? "every line is the same"
          : `${plural(added, "line")} added, ${formatCount(removed)} removed`}
        {is_cut && "; of long texts only the beginnings are compared"}
      </p>
      <div class="diff-lines">
        {hunksOf(lines).map((hunk, i) => (
          <HunkLines key={i} hunk={hunk} />
        ))}
      </div>
    </>
  );
}

function HunkLines({ hunk: { folded, lines } }: { hunk: Hunk }) {
  const [is_open, setOpen] = useState(false);
  if (folded && !is_open) {
    return (
      <Button
        label={`show ${plural(lines.length, "line")} that are the same`}
        class="button-link diff-fold"
        onClick={() => setOpen(true)}
      >
        {`… ${plural(lines.length, "line")} alike …`}
      </Button>
    );
  }
  return (
    <pre>
      {lines.map(({ change, text }, i) => (
        <span key={i} class={`diff-line diff-${change}`}>{`${SIGNS[change]} ${text}\n`}</span>
      ))}
    </pre>
  );
}

interface SideProps {
  label: string;
  runs: readonly RunSteps[];
  side: Side;
  entry: Entry | null;
  onChange: (side: Side) => void;
}

function SideChoice({ label, runs, side, entry, onChange }: SideProps) {
  return (
    <div class="diff-side">
      <select
        class="choice"
        aria-label={`${label}, the run`}
        value={side.run}
        onChange={(event) => onChange({ ...side, run: event.currentTarget.value })}
      >
        {runs.map(({ run }) => (
          <option key={run.key} value={run.key}>
            {fullName(run)}
          </option>
        ))}
      </select>
      {entry && (
        <StepSlider
          label={`${label}, the step`}
          steps={entry.of.step}
          step={side.step}
          onChange={(step) => onChange({ ...side, step })}
        />
      )}
    </div>
  );
}
