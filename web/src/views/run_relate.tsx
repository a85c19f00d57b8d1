/** How hyperparameters and metrics of the checked runs go together: side by side on parallel axes, or one against another. */
import { signal } from "@preact/signals";
import { formatValue, plural } from "../lib/number";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Segmented } from "../parts/segmented";
import { axis_choices, brushedQuery, brushes, isAxis, isInside, related_axes, setAxis } from "../state/relate";
import { runs_dialog } from "../state/runs_table";
import { visible_runs } from "../state/selection";
import { run_filter_text } from "../state/settings";
import { RunParallel } from "./run_parallel";
import { RunScatter } from "./run_scatter";

const WAYS = [
  ["parallel", "parallel axes"],
  ["scatter", "one against another"],
] as const;
type Way = (typeof WAYS)[number][0];

const way = signal<Way>("parallel");
/** More lines than these are a carpet. */
const RUNS_MOST = 2000;

export function RunRelate() {
  return (
    <Dialog
      label="Hyperparameters and metrics"
      class="run-relate"
      onClose={() => {
        runs_dialog.value = null;
      }}
      testid="run-relate"
    >
      <Relation />
    </Dialog>
  );
}

function Relation() {
  const all = visible_runs.value;
  const choices = axis_choices.value;
  if (all.length < 2) return <p>Check two runs or more in the list.</p>;
  if (choices.length < 2) {
    return (
      <p>
        Nothing differs between the checked runs that could be compared with a metric: neither logged hparams nor a
        config.yaml or hparams.yaml beside the logs. Add metrics as columns of the table to compare them with each
        other.
      </p>
    );
  }
  const runs = all.slice(0, RUNS_MOST);
  return (
    <>
      <div class="relate-tools">
        <Segmented
          label="how they are drawn"
          value={way.value}
          choices={WAYS}
          onChange={(next) => {
            way.value = next;
          }}
          testid="relate-way"
        />
        {all.length > RUNS_MOST && (
          <span class="quiet">{`the first ${RUNS_MOST} of ${plural(all.length, "run")}`}</span>
        )}
      </div>
      {way.value === "parallel" ? (
        <>
          <AxisChoices />
          <RunParallel runs={runs} />
          <Brushed />
        </>
      ) : (
        <RunScatter runs={runs} />
      )}
    </>
  );
}

function AxisChoices() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row in every browser
    <div class="relate-axes" role="group" aria-label="axes">
      {axis_choices.value.map(({ id, title, detail }) => (
        <Button
          key={id}
          label={detail}
          class="button-toggle"
          pressed={isAxis(id)}
          onClick={() => setAxis(id, !isAxis(id))}
        >
          {title}
        </Button>
      ))}
    </div>
  );
}

/** What was marked on the axes, and how the board gets to show only that. */
function Brushed() {
  const axes = related_axes.value;
  const query = brushedQuery(axes);
  if (query === "") return <p class="quiet">Drag along an axis to mark a part of it.</p>;
  const inside = visible_runs.value.filter((run) => isInside(run, axes)).length;
  return (
    <p class="relate-brushed" role="status">
      {`${plural(inside, "run")} of ${formatValue(visible_runs.value.length)} within the marks. `}
      <Button
        label={`search for ${query}`}
        class="button-link"
        onClick={() => {
          run_filter_text.value = query;
          brushes.value = new Map();
          runs_dialog.value = null;
        }}
        testid="relate-query"
      >
        Show only these
      </Button>
      <Button
        label="remove all marks"
        class="button-link"
        onClick={() => {
          brushes.value = new Map();
        }}
      >
        Remove the marks
      </Button>
    </p>
  );
}
