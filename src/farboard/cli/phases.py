"""Where the time of a connection goes, as far as `ssh -v` tells it apart."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from farboard.link import LinkState
    from farboard.link.bootstrap import Greeting

# What a line of ssh's ends. Behind a jump host two of them talk at once, and the last counts.
_ENDS = (
    ("look-up", re.compile(r"debug1: Connecting to ")),
    ("connection", re.compile(r"debug1: Remote protocol version ")),
    ("key exchange", re.compile(r"debug1: SSH2_MSG_NEWKEYS received")),
    ("login", re.compile(r"Authenticated to |debug1: Authentication succeeded")),
)
_SHARED = re.compile(r"debug1: auto-mux: Trying existing master|debug1: mux_client_")
_OFFERED = re.compile(r"debug1: Offering public key: ")
_METHOD = re.compile(r'Authenticated to .* using "([\w-]+)"')
_FULL = re.compile(r"Session open refused by peer")
# In the order of things; the words for people.
NAMES = {
    "look-up": "looking up the name",
    "connection": "connecting",
    "key exchange": "exchanging keys",
    "login": "logging in",
    "shared": "the shared connection",
    "shell": "starting the login shell",
    "send": "sending the engine",
    "engine": "starting the engine",
}


class Phases:
    """Listens to a link that comes up (`Trace`, and its states)."""

    ssh_verbosity = 1

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._ends_s: dict[str, float] = {}
        self.greeting: Greeting | None = None
        self.noise = ""
        self.runs_from = ""
        self._sends = False
        self.offered_keys = 0
        self.method = ""
        self.shared = False
        self.sessions_full = False

    def ssh_said(self, line: str) -> None:
        """Take a line of ssh's stderr."""
        if self.greeting:
            return
        if line.startswith("OpenSSH_") and not self._ends_s:
            self._began_s = time.monotonic()
        for name, pattern in _ENDS:
            jumped_on = name == "look-up" and name in self._ends_s
            if pattern.match(line) and not jumped_on:
                self._ends_s[name] = time.monotonic()
        self.offered_keys += bool(_OFFERED.match(line))
        self.shared = self.shared or bool(_SHARED.match(line))
        self.sessions_full = self.sessions_full or bool(_FULL.search(line))
        method = _METHOD.match(line)
        self.method = method[1] if method else self.method

    def greeted(self, greeting: Greeting, noise: str) -> None:
        """Take the far side's first words, and what start-up files printed before them."""
        self.greeting, self.noise = greeting, noise
        self._ends_s["shell"] = time.monotonic()

    def started(self, place: str) -> None:
        """Take where the engine runs from over there: its path, or `memory`."""
        self.runs_from = place

    def state(self, state: LinkState) -> None:
        """Take a state of the link."""
        if state.state == "live" and "engine" not in self._ends_s:
            self._ends_s["engine"] = time.monotonic()
        elif state.message.startswith("sending the engine"):
            self._sends = True
        elif self._sends and state.message.startswith("starting the engine"):
            self._ends_s["send"] = time.monotonic()

    @property
    def sent_engine(self) -> bool:
        """Whether the engine had to be sent."""
        return "send" in self._ends_s

    def durations_s(self) -> dict[str, float]:
        """Return how long each phase took that has ended, in the order of things."""
        before_s = self._began_s
        found = {}
        for name in NAMES:
            end_s = self._ends_s.get(name)
            if end_s is not None:
                # Over a connection that is there already nothing else is told apart.
                whole = name == "shell" and self.shared and "login" not in self._ends_s
                found["shared" if whole else name] = max(0.0, end_s - before_s)
                before_s = max(before_s, end_s)
        return found

    @property
    def current(self) -> str:
        """The phase that has not ended yet: where it failed, when it did."""
        # These two are not always there.
        names = [name for name in NAMES if name not in ("shared", "send")]
        ended = [place for place, name in enumerate(names, 1) if name in self._ends_s]
        return next(iter(names[max(ended, default=0) :]), "")
