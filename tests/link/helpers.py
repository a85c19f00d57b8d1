"""Quick timing, a recorder of states, and a look at the processes of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farboard.link import LinkState, Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link import Link

FAKE_ENGINE = Path(__file__).parent / "fake_engine.py"

QUICK = Timing(
    ping_s=0.1,
    quiet_s=0.2,
    lost_s=0.5,
    wake_s=0.2,
    login_s=2.0,
    connect_s=2.0,
    grace_s=2.0,
    backoff_s=(0.0, 0.05, 0.1),
    slow_retry_s=0.4,
    click_pause_s=0.2,
    settled_s=0.5,
    killed_retry_s=0.4,
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


async def status(link: Link) -> dict[str, Any]:
    """The engine's status."""
    response = await link.request("GET", "/api/status")
    assert response.status == 200
    answer: dict[str, Any] = json.loads(await response.read())
    return answer


async def logdir(link: Link) -> dict[str, Any]:
    """What the engine says of its logdir, as soon as it has looked."""
    end = time.monotonic() + 10.0
    while not (found := (await status(link))["logdir"])["state"]:
        assert time.monotonic() < end, "it never looked"
        await asyncio.sleep(0.01)
    answer: dict[str, Any] = found
    return answer


async def engine_pid(link: Link) -> int:
    """The engine's process id."""
    return int((await status(link))["engine"]["pid"])


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def children(of: int | None = None) -> set[int]:
    """Process ids of all living children of a process (this one) and theirs."""
    root = os.getpid() if of is None else of
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {root}
        found |= more


class FakeSsh:
    """An `ssh` first on PATH: it does what the test says, in the shell language.

    `cmd` is the command for the far side; HOME is an empty directory, and so are the directories an
    engine may be put into.
    """

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.cache = directory / "cache"
        self._calls = directory / "calls"
        self._behaviour = directory / "behaviour.sh"
        self.bin = directory / "bin"
        self.home.mkdir()
        self.bin.mkdir()
        program = self.bin / "ssh"
        program.write_text(
            "#!/bin/sh\n"
            f"HOME='{self.home}' XDG_CACHE_HOME='{self.cache}' XDG_RUNTIME_DIR=\n"
            "export HOME XDG_CACHE_HOME XDG_RUNTIME_DIR\n"
            "for cmd; do :; done\n"
            f"printf '%s\\0' \"$@\" >>'{self._calls}'; echo >>'{self._calls}'\n"
            '[ "$1" != -G ] || exit 0\n'
            'cd "$HOME"\n'
            f". '{self._behaviour}'\n"
        )
        program.chmod(0o700)
        self.does('exec bash -c "$cmd"')

    def does(self, script: str) -> None:
        """Sets what it does when run."""
        self._behaviour.write_text(script + "\n")

    def lacks(self, *programs: str) -> None:
        """Takes programs away from the far side: what is found in their place fails."""
        directory = self.home.with_name("lacking")
        directory.mkdir(exist_ok=True)
        for name in programs:
            (directory / name).write_text("#!/bin/sh\nexit 127\n")
            (directory / name).chmod(0o700)
        before = self._behaviour.read_text()
        self._behaviour.write_text(f"PATH='{directory}':$PATH\n{before}")

    def fails(self, stderr: str, exit_code: int = 255, stdout: str = "") -> None:
        """Makes it say something and end."""
        said = self._behaviour.with_name("said")
        printed = self._behaviour.with_name("printed")
        said.write_text(stderr)
        printed.write_text(stdout)
        self.does(f"cat '{printed}'; cat '{said}' >&2; exit {exit_code}")

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of each call but those of `ssh -G`."""
        if not self._calls.exists():
            return []
        calls = [line.split("\0")[:-1] for line in self._calls.read_text().split("\n") if line]
        return [call for call in calls if call[0] != "-G"]

    @property
    def engines(self) -> list[Path]:
        """What is in the cache directory of the far side."""
        return sorted(self.cache.glob("farboard/*"))
