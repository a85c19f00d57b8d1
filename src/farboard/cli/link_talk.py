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
        log_in: what to do when a machine wants a login.
    """

    def __init__(self, talk: Talk, log_in: str = "press Enter to log in again") -> None:
        self._talk = talk
        self._log_in = log_in
        self._state: dict[str, str] = {}
        self._away_since_s: dict[str, float] = {}
        self._points_before: dict[str, int | None] = {}
        self._says: dict[str, str] = {}
        self._without_index: set[str] = set()

    def hear(self, message: dict[str, Any]) -> None:
        """Take a message of `Sources.listen`."""
        if message["type"] != "source":
            return
        entry = message["source"]
        name, state = entry["source"], entry["state"]
        self._hear_index(name, object_in(entry, "index"))
        before = self._state.get(name)
        self._state[name] = state
        if state == "connecting" and entry["kind"] != "local":
            self._say(name, entry["message"])
        elif state in AWAY:
            self._hear_away(name, entry, before)
        elif state == "live":
            self._hear_live(name, entry)
        elif state == "failed":
            self._say(name, "")

    def _hear_index(self, name: str, index: dict[str, Any]) -> None:
        if index.get("state") in NO_INDEX and name not in self._without_index:
            self._without_index.add(name)
            self._talk.line(f"{name}: {index.get('message')}")

    def _hear_away(self, name: str, entry: dict[str, Any], before: str | None) -> None:
        if name not in self._away_since_s:
            self._away_since_s[name] = entry["last_heard_at_s"] or time.time()
            self._points_before[name] = _points_read(entry)
            if not self._talk.in_place:
                self._talk.line(self._away(name, entry))
        if entry["state"] == "needs_you":
            self._say(name, "")
            if before != "needs_you":
                self._talk.line(f"{name}: {entry['message']} - {self._log_in}")
                self._talk.bell()
            return
        self._say(name, self._away(name, entry))

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
        since_s = self._away_since_s.pop(name, None)
        if since_s is None:
            return
        news = ""
        before, now = self._points_before.pop(name), _points_read(entry)
        if before is not None and now is not None and now > before:
            news = f", {grouped(now - before)} new points"
        self._talk.line(f"{name}: back after {age(time.time() - since_s)}{news}")

    def _say(self, name: str, text: str) -> None:
        self._says[name] = text
        self._talk.passing(" · ".join(text for text in self._says.values() if text))


def _points_read(entry: dict[str, Any]) -> int | None:
    """Return how many points there are; None while they are still being read."""
    load = object_in(entry, "load")
    points = load.get("points")
    return points if isinstance(points, int) and load.get("state") == "live" else None
