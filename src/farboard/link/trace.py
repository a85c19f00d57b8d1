"""What a link can be watched by: a log of it (`farboard -v`), and `farboard doctor`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from farboard.link.bootstrap import Greeting

# What `ssh -v` says beyond what it says to people.
_DEBUG = re.compile(
    r"debug[123]: |OpenSSH_|Authenticated to .* using |Transferred: sent |Bytes per second: "
)


class Trace(Protocol):
    """Hears what ssh says about its own work, and what the far side says first."""

    @property
    def ssh_verbosity(self) -> int:
        """How many `-v` ssh is run with."""

    def ssh_said(self, line: str) -> None:
        """Take a line of ssh's stderr."""

    def greeted(self, greeting: Greeting, noise: str) -> None:
        """Take the far side's first words, and what start-up files printed before them."""

    def started(self, place: str) -> None:
        """Take where the engine runs from over there: its path, or `memory`."""


def is_debug_line(line: str) -> bool:
    """Whether a line is one that ssh only says with `-v`."""
    return _DEBUG.match(line) is not None
