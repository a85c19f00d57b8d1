/** The page: starts the session, then draws bar, runs and board from the state. */
import "./style/app.css";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { plural } from "./lib/number";
import { board } from "./state/board";
import { startClock } from "./state/clock";
import { startMemory } from "./state/memory";
import { startNudges } from "./state/nudge";
import { session, startSession, titleFollows, watchAddress } from "./state/session";
import { sources } from "./state/sources";
import { pane_open } from "./state/view";
import { Bar } from "./views/bar";
import { Board } from "./views/board";
import { Help } from "./views/help";
import { Login } from "./views/login";
import { is_narrow } from "./views/narrow";
import { RunsPane } from "./views/runs_pane";
import { startShortcuts } from "./views/shortcuts";
import { Strips } from "./views/strips";
import { Tooltip } from "./views/tooltip";

function App() {
  const [helping, setHelping] = useState(false);
  useEffect(() => startShortcuts(() => setHelping(true)), []);
  // Somebody who is refused later keeps what is on the screen.
  if (session.value === "out" && !board.value.known) return <Login />;
  return (
    <>
      <Bar onHelp={() => setHelping(true)} />
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
      <Tooltip />
      {helping && <Help onClose={() => setHelping(false)} />}
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
  watchAddress();
  startClock();
  startNudges();
  if (is_narrow.value) pane_open.value = false;
  titleFollows(title);
  // The static chrome of index.html gives way to the living one, in the same frame.
  root.textContent = "";
  render(<App />, root);
}
