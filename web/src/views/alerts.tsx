/** The bell in the bar: what happened, to which run, and which of it one wants to know. */
import { useEffect } from "preact/hooks";
import { formatAge } from "../lib/time";
import { Button } from "../parts/button";
import { Menu } from "../parts/menu";
import {
  type Alert,
  alertInWords,
  alerts,
  dropAlerts,
  RULES,
  type Rule,
  rules_off,
  seeAlerts,
  switchRule,
  unseen_alerts,
} from "../state/alerts";
import { board } from "../state/board";
import { now_s } from "../state/clock";
import { notifying, setNotifying } from "../state/notify";
import { isolate } from "../state/selection";
import { goToTag } from "./commands";

export function Alerts() {
  const unseen = unseen_alerts.value;
  return (
    <Menu
      label="alerts"
      class="alerts-menu"
      button={(is_open, toggle) => (
        <Button
          label={unseen > 0 ? `alerts: ${unseen} new` : "alerts"}
          icon="bell"
          expanded={is_open}
          onClick={toggle}
          class={unseen > 0 ? "alerts-new" : ""}
          testid="alerts"
        >
          {unseen > 0 && <span class="alerts-count">{unseen}</span>}
        </Button>
      )}
    >
      {(close) => <AlertList close={close} />}
    </Menu>
  );
}

function AlertList({ close }: { close: () => void }) {
  // What was new is so until the list is closed.
  useEffect(() => seeAlerts, []);
  return (
    <div class="alerts">
      {alerts.value.length === 0 && <p class="quiet">Nothing has happened since this page was opened.</p>}
      {alerts.value.length > 0 && (
        <>
          <ul class="alerts-list">
            {alerts.value.map((alert) => (
              <AlertRow key={alert.id} alert={alert} close={close} />
            ))}
          </ul>
          <Button label="put all away" class="button-link" onClick={() => dropAlerts()} testid="alerts-clear">
            put all away
          </Button>
        </>
      )}
      <fieldset class="alerts-rules">
        <legend>Tell me when</legend>
        {(Object.keys(RULES) as Rule[]).map((rule) => (
          <label key={rule}>
            <input
              type="checkbox"
              checked={!rules_off.value.has(rule)}
              onChange={(event) => switchRule(rule, event.currentTarget.checked)}
              data-testid="alert-rule"
              data-rule={rule}
            />
            {RULES[rule]}
          </label>
        ))}
        <NotifyChoice />
      </fieldset>
    </div>
  );
}

function NotifyChoice() {
  const state = notifying.value;
  if (state === "impossible") return null;
  return (
    <label class="alerts-notify">
      <input
        type="checkbox"
        checked={state === "on"}
        disabled={state === "denied"}
        onChange={(event) => void setNotifying(event.currentTarget.checked)}
        data-testid="alert-notify"
      />
      {state === "denied"
        ? "on the desktop too (the browser forbids it)"
        : "on the desktop too, while this page is hidden"}
    </label>
  );
}

function AlertRow({ alert, close }: { alert: Alert; close: () => void }) {
  const go = () => {
    if (board.peek().run_of.has(alert.run_key)) isolate(alert.run_key);
    const tag = board.peek().tag_of.get(alert.tags[0] ?? "");
    if (tag) goToTag(tag);
    close();
  };
  return (
    <li class={alert.seen ? "" : "alert-new"} data-testid="alert" data-rule={alert.rule}>
      <button type="button" class="menu-item" title={alert.tags.join("\n")} onClick={go}>
        <strong>{alert.run_name}</strong>
        <span>{alertInWords(alert)}</span>
      </button>
      <span class="quiet">{formatAge(now_s.value - alert.at_s)}</span>
      <Button label="put away" icon="close" onClick={() => dropAlerts(alert.id)} />
    </li>
  );
}

/** `(2) ` before the title of the tab. */
export function alertMark(): string {
  return unseen_alerts.value > 0 ? `(${unseen_alerts.value}) ` : "";
}
