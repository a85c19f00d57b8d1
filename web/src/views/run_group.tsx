/** The choice by what runs are grouped, and so coloured. */
import { useState } from "preact/hooks";
import { readGrouping } from "../lib/group";
import { Button } from "../parts/button";
import { Menu } from "../parts/menu";
import { Segmented } from "../parts/segmented";
import { board } from "../state/board";
import { group_band, group_by, group_error, groups_as, run_groups } from "../state/groups";
import { hparam_names } from "../state/hparams";

/** Names are looked at as deep as this. */
const PARTS_MOST = 6;

export function GroupChoice() {
  const is_grouped = group_by.value !== "";
  return (
    <Menu
      label="group runs"
      class="run-groups"
      button={(is_open, toggle) => (
        <Button
          label={is_grouped ? `grouped by ${group_by.value}` : "group runs"}
          icon="group"
          pressed={is_grouped}
          expanded={is_open}
          onClick={toggle}
          testid="run-group-by"
        />
      )}
    >
      {(close) => <Choices close={close} />}
    </Menu>
  );
}

function Choices({ close }: { close: () => void }) {
  const parts = Math.min(PARTS_MOST, Math.max(...board.value.runs.map((run) => run.name.split("/").length), 1));
  const name_parts = parts < 2 ? [] : Array.from({ length: parts }, (_, i) => `part(${i + 1})`);
  return (
    <div class="groupings">
      <Choice value="" label="no groups" close={close} />
      <Choice value="state" label="state" close={close} />
      {parts > 1 && <Choice value="folder" label="folder of the name" close={close} />}
      {name_parts.map((value, i) => (
        <Choice key={value} value={value} label={`part ${i + 1} of the name`} close={close} />
      ))}
      {hparam_names.value.length > 0 && <h3>Hyperparameters</h3>}
      <div class="groupings-long">
        {hparam_names.value.map((name) => (
          <Choice key={name} value={`hparam(${name})`} label={name} close={close} />
        ))}
      </div>
      <h3>Regular expression or column</h3>
      <Pattern />
      {group_by.value !== "" && <Drawn />}
    </div>
  );
}

function Choice({ value, label, close }: { value: string; label: string; close: () => void }) {
  const is_chosen = group_by.value === value;
  return (
    <button
      type="button"
      class={is_chosen ? "menu-item menu-chosen" : "menu-item"}
      aria-pressed={is_chosen}
      onClick={() => {
        group_by.value = value;
        close();
      }}
      data-testid="grouping"
      data-value={value}
    >
      {label}
    </button>
  );
}

const DRAWN_AS = [
  ["runs", "each run"],
  ["mean", "means"],
] as const;
const BANDS = [
  ["range", "min–max"],
  ["std", "± std"],
  ["error", "± std error"],
  ["none", "none"],
] as const;

/** How the charts show groups. */
function Drawn() {
  return (
    <div class="groupings-drawn">
      <h3>Charts show</h3>
      <Segmented
        label="what charts show of groups"
        value={groups_as.value}
        choices={DRAWN_AS}
        onChange={(as) => {
          groups_as.value = as;
        }}
        testid="groups-as"
      />
      {groups_as.value === "mean" && (
        <Segmented
          label="the band around a mean"
          value={group_band.value}
          choices={BANDS}
          onChange={(band) => {
            group_band.value = band;
          }}
          testid="group-band"
        />
      )}
    </div>
  );
}

/** `seed-(\d+)` groups by what is in the brackets; the name of a column by what is in it. */
function Pattern() {
  const now = readGrouping(group_by.value);
  const [typed, setTyped] = useState(now?.kind === "regex" ? now.source : "");
  const [kind, setKind] = useState<"regex" | "column">("regex");
  const use = () => {
    if (typed.trim() !== "") group_by.value = kind === "regex" ? `regex(${typed})` : typed.trim();
  };
  const count = run_groups.value?.length ?? 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        use();
      }}
    >
      <div class="groupings-pattern">
        <select
          class="value-choice"
          aria-label="what is typed"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value === "column" ? "column" : "regex")}
        >
          <option value="regex">regex</option>
          <option value="column">column</option>
        </select>
        <input
          type="text"
          class="saved-name"
          aria-label="group by"
          value={typed}
          placeholder={kind === "regex" ? "seed-(\\d+)" : "min(val/loss)"}
          spellcheck={false}
          autocomplete="off"
          data-testid="group-pattern"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" class="button button-plain" data-testid="group-use">
          Group
        </button>
      </div>
      {group_error.value && (
        <p class="groupings-error" role="alert">
          {group_error.value}
        </p>
      )}
      {!group_error.value && count > 0 && <p class="quiet">{`${count} groups`}</p>}
    </form>
  );
}
