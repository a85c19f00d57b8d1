"""Quick timing, a recorder of states, and a look at the processes of this machine."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from farboard.link import LinkState, Timing

if TYPE_CHECKING:
    from collections.abc import Callable

FAKE_ENGINE = Path(__file__).parent / "fake_engine.py"

QUICK = Timing(
    ping_s=0.1,
    quiet_s=0.2,
    lost_s=0.5,
    wake_s=0.2,
    login_s=2.0,
    grace_s=2.0,
    backoff_s=(0.0, 0.05, 0.1),
    slow_retry_s=0.4,
    settled_s=0.5,
    goodbye_s=2.0,
)


class Recorder:
    """Remembers the states of a link."""

    def __init__(self) -> None:
        self.states: list[LinkState] = []

    def __call__(self, state: LinkState) -> None:
        self.states.append(state)

    @property
    def names(self) -> list[str]:
        """The states in order, each named once while it lasts."""
        names: list[str] = []
        for state in self.states:
            if not names or names[-1] != state.state:
                names.append(state.state)
        return names


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def children() -> set[int]:
    """Process ids of all living children of this process and theirs."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {os.getpid()}
        found |= more
