"""Tells in the terminal how the links are: one line rewritten in place, and one for each return."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from farboard.cli.words import age, clock, grouped
from farboard.hub.untrusted import object_in

if TYPE_CHECKING:
    from farboard.cli.talk import Talk

AWAY = ("lost", "retrying", "needs_you")
# Without an index the engine needs memory for every point; whoever pays for it should know.
NO_INDEX = ("unwritable", "full")


class LinkTalk:
    """Listens to the sources of a board.

    Blips below the time after which a link counts as lost are not worth a word.

    Args:
        talk: where it is told.
        log_in: what to do when a machine wants one.
    """

    def __init__(self, talk: Talk, log_in: str = "press Enter") -> None:
        self._talk = talk
        self._log_in = log_in
        self._back_at_s: dict[str, float] = {}
        self._needed: dict[str, str] = {}
        self._away_since_s: dict[str, float] = {}
        self._points_before: dict[str, int | None] = {}
        self._says: dict[str, str] = {}
        self._told: set[tuple[str, str]] = set()

    def hear(self, message: dict[str, Any]) -> None:
        """Take a message of `Sources.listen`."""
        if message["type"] != "source":
            return
        entry = message["source"]
        name, state = entry["source"], entry["state"]
        self._hear_index(name, object_in(entry, "index"))
        self._hear_moved(name, object_in(entry, "moved"))
        if entry.get("cause") == "garbled":
            # Once: it may go on for as long as the start-up file is what it is.
            self._once(name, "garbled", f"{entry['message']}; {entry['hint']}")
        if state == "connecting" and entry["kind"] != "local":
            self._say(name, entry["message"])
        elif state in AWAY:
            self._hear_away(name, entry)
        elif state == "live":
            self._hear_live(name, entry)
        elif state == "failed":
            self._say(name, "")

    def _hear_index(self, name: str, index: dict[str, Any]) -> None:
        if index.get("state") in NO_INDEX:
            self._once(name, "index", f"{name}: {index.get('message')}")

    def _hear_moved(self, name: str, moved: dict[str, Any]) -> None:
        if moved:
            what = f"{moved['to']} shows different files than {moved['from']} did"
            self._once(name, f"moved {moved['at_s']}", f"{name}: {what}; reloaded from there")

    def _once(self, name: str, what: str, line: str) -> None:
        if (name, what) not in self._told:
            self._told.add((name, what))
            self._talk.line(line)

    def _hear_away(self, name: str, entry: dict[str, Any]) -> None:
        self._back_at_s.pop(name, None)
        if name not in self._away_since_s:
            self._away_since_s[name] = entry["last_heard_at_s"] or time.time()
            self._points_before[name] = _points_read(entry)
            if not self._talk.in_place:
                self._talk.line(self._away(name, entry))
        if entry["state"] == "needs_you":
            self._say(name, "")
            # An attempt that somebody asked for in vain is no reason to ring again.
            if self._needed.get(name) != entry["message"]:
                self._needed[name] = entry["message"]
                self._say_needed(name, entry)
                self._talk.bell()
            return
        self._say(name, self._away(name, entry))

    def _say_needed(self, name: str, entry: dict[str, Any]) -> None:
        if entry.get("cause") in ("identity", "setup"):
            self._talk.line(f"{name}: {entry['message']}")
            if entry["hint"]:
                self._talk.line(f"{name}: {entry['hint']}; then {self._log_in}")
            return
        reason = f" ({entry['message']})" if entry["message"] else ""
        self._talk.line(f"{name}: login needed — {self._log_in}{reason}")

    def _away(self, name: str, entry: dict[str, Any]) -> str:
        """Say since when, what we do, and why, so that a narrow terminal cuts off the last."""
        since = f"{name}: no connection since {clock(self._away_since_s[name])}"
        reason = f" ({entry['message']})" if entry["message"] else ""
        if entry["state"] == "retrying":
            return f"{since}; {entry['message'] or 'reconnecting'}"
        next_try_at_s = entry["next_try_at_s"]
        if next_try_at_s is None:
            return f"{since}{reason}"
        return f"{since}; next try at {clock(next_try_at_s)}{reason}"

    def _hear_live(self, name: str, entry: dict[str, Any]) -> None:
        self._say(name, "")
        self._needed.pop(name, None)
        if name not in self._away_since_s:
            return
        before, now = self._points_before[name], _points_read(entry)
        new = now - before if before is not None and now is not None else 0
        if not new and name not in self._back_at_s:
            # Over an old connection that answers again, what is new comes right after.
            self._back_at_s[name] = time.time()
            return
        back_at_s = self._back_at_s.pop(name, time.time())
        news = f", {grouped(new)} new points" if new > 0 else ""
        self._talk.line(f"{name}: back after {age(back_at_s - self._away_since_s.pop(name))}{news}")

    def _say(self, name: str, text: str) -> None:
        self._says[name] = text
        self._talk.passing(" · ".join(text for text in self._says.values() if text))


def _points_read(entry: dict[str, Any]) -> int | None:
    """Return how many points there are; None while they are still being read."""
    load = object_in(entry, "load")
    points = load.get("points")
    return points if isinstance(points, int) and load.get("state") == "live" else None
