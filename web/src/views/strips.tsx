/** Lines under the bar for what is wrong for longer than a moment. */
import { useEffect, useState } from "preact/hooks";
import type { Source } from "../api/source";
import { formatClock } from "../lib/time";
import { PAGE_VERSION } from "../lib/version";
import { Button } from "../parts/button";
import { board } from "../state/board";
import { now_s } from "../state/clock";
import { hub_ended, hub_gone_since_s, hub_version, index_error } from "../state/live";
import { session } from "../state/session";
import { sources } from "../state/sources";
import { newsOf, troubleOf } from "../state/trouble";
import { retry } from "./chip";
import { CodeField } from "./login";

/** Shorter troubles are not worth a line. */
const STRIP_AFTER_MS = 2500;

export function Strips() {
  const gone = useLasting(hub_gone_since_s.value !== null && session.value !== "out");
  return (
    <div class="strips" role="status" aria-live="polite">
      {session.value === "out" && <LoginStrip />}
      {gone && session.value !== "out" && <GoneStrip />}
      {hub_gone_since_s.value === null && sources.value.map((s) => <SourceStrip key={s.source} source={s} />)}
      {isOutdated(PAGE_VERSION, hub_version.value) && <UpdatedStrip />}
      {hub_gone_since_s.value === null && index_error.value !== "" && session.value === "in" && (
        <div class="strip strip-bad" data-testid="strip">
          <span>{`The list of runs could not be read: ${index_error.value}.`}</span>
        </div>
      )}
    </div>
  );
}

function SourceStrip({ source }: { source: Source }) {
  const trouble = troubleOf(source, now_s.value);
  const news = newsOf(source, now_s.value);
  const lasting = useLasting(trouble !== null) || trouble?.is_old;
  // An empty board says it in its middle.
  const is_said = board.value.runs.length === 0 && trouble?.can_retry === false;
  if (!trouble && news) {
    return (
      <div class="strip strip-warn" data-testid="strip" data-source={source.source}>
        <span>{news}</span>
      </div>
    );
  }
  if (!trouble || !lasting || is_said) return null;
  return (
    <div class={`strip strip-${trouble.tone}`} data-testid="strip" data-source={source.source}>
      <span>{trouble.message}</span>
      {trouble.can_retry && (
        <Button label={`try ${source.source} now`} class="button-link" onClick={() => retry(source.source)}>
          Try now
        </Button>
      )}
    </div>
  );
}

function GoneStrip() {
  const since = hub_gone_since_s.value ?? 0;
  const command = ["farboard", ...sources.value.map((s) => s.source)].join(" ");
  return (
    <div class="strip strip-warn" data-testid="strip">
      <span>
        {hub_ended.value ? "Stopped. " : `farboard stopped on this computer ${formatClock(since)}. `}
        {`Showing data until ${hub_ended.value ? formatClock(since) : "then"}. Start again: `}
        <code>{command}</code>
      </span>
    </div>
  );
}

/** A tab may have outlived the farboard it came from; one under development is not what it says it is. */
export function isOutdated(page: string, hub: string): boolean {
  return page !== "" && hub !== "" && page !== hub;
}

function UpdatedStrip() {
  return (
    <div class="strip strip-warn" data-testid="strip">
      <span>farboard was updated</span>
      <Button label="reload the page" class="button-link" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}

function LoginStrip() {
  return (
    <div class="strip strip-warn strip-login" data-testid="strip">
      <span>farboard was started again. Open the link printed in the terminal, or paste it here.</span>
      <CodeField />
    </div>
  );
}

/** True once `on` has been true for `STRIP_AFTER_MS`; false at once. */
function useLasting(on: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!on) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), STRIP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [on]);
  return on && lasting;
}
