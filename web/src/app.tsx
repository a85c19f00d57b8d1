/** The page: starts the session, then draws bar, runs and board from the state. */
import "./style/app.css";
import { render } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { plural } from "./lib/number";
import { startAlerts } from "./state/alerts";
import { board } from "./state/board";
import { startClock } from "./state/clock";
import { startCustomScalars } from "./state/custom_scalars";
import { startMemory } from "./state/memory";
import { notify } from "./state/notify";
import { startNudges } from "./state/nudge";
import { startSavedViews } from "./state/saved_views";
import { session, startSession, titleFollows, watchAddress } from "./state/session";
import { sources } from "./state/sources";
import { pane_open } from "./state/view";
import { alertMark } from "./views/alerts";
import { Bar } from "./views/bar";
import { Board } from "./views/board";
import { Help } from "./views/help";
import { Login } from "./views/login";
import { MediaTooltip } from "./views/media_tooltip";
import { is_narrow } from "./views/narrow";
import { Palette } from "./views/palette";
import { RunsPane } from "./views/runs_pane";
import { startShortcuts } from "./views/shortcuts";
import { Strips } from "./views/strips";
import { Tooltip } from "./views/tooltip";

function App() {
  const [helping, setHelping] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const openHelp = () => setHelping(true);
  useLayoutEffect(() => startShortcuts({ openHelp, openPalette: () => setChoosing(true) }), []);
  // Somebody who is refused later keeps what is on the screen.
  if (session.value === "out" && !board.value.known) return <Login />;
  return (
    <>
      <Bar onHelp={openHelp} />
      <Strips />
      <div class="columns">
        <RunsPane />
        {is_narrow.value && pane_open.value && (
          <button
            type="button"
            class="sheet-back"
            aria-label="close the runs"
            onClick={() => {
              pane_open.value = false;
            }}
          />
        )}
        <Board />
      </div>
      <aside aria-label="at the cursor">
        <Tooltip />
        <MediaTooltip />
      </aside>
      {helping && <Help onClose={() => setHelping(false)} />}
      {choosing && <Palette onClose={() => setChoosing(false)} onHelp={openHelp} />}
    </>
  );
}

function title(): string {
  const names = sources.value.map((s) => s.source);
  if (names.length === 0) return "farboard";
  return names.length === 1 ? `${names[0]} · farboard` : `${plural(names.length, "target")} · farboard`;
}

const root = document.getElementById("app");
if (root) {
  void startSession();
  startMemory();
  startSavedViews();
  watchAddress();
  startClock();
  startNudges();
  startAlerts(notify);
  startCustomScalars();
  if (is_narrow.value) pane_open.value = false;
  titleFollows(() => alertMark() + title());
  // The static chrome of index.html gives way to the living one, in the same frame.
  root.textContent = "";
  render(<App />, root);
}
