"""A log of links for those who look for the cause of something: bounded, private, no secrets."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from farboard.errors import FarboardError

if TYPE_CHECKING:
    from farboard.link.bootstrap import Greeting
    from farboard.link.state import LinkState

# A log that is full goes on in a new file; the one before is kept beside it.
MAX_BYTES = 4 << 20
MAX_LINE_CHARS = 2000
KEPT_LOGS = 20

# What may stand in front of a secret, in the order in which it is looked for.
_SECRETS = (
    # The first message of a page, headers, one-time codes and signed addresses.
    re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]+"),
    re.compile(r"(?i)((?:[?&#]|\b)(?:code|sig|secret|token|password|passphrase)=)[^&\s\"']+"),
    re.compile(r"(?i)(\"(?:code|sig|secret|token|password|passphrase)\"\s*:\s*)\"[^\"]*\""),
    # Variables that ssh hands over (SendEnv, SetEnv), and commands that a configuration names.
    re.compile(r"(debug\d: .*\bsetting env \w+ = ).*"),
    re.compile(r"(?i)(debug\d: .*\b(?:command:?|exec)\s).*"),
    # The tag of a dialogue with a login shell.
    re.compile(r"(FARBOARD-)[0-9a-f]{32}"),
)


def state_directory() -> Path:
    """Return where logs are kept: `$XDG_STATE_HOME/farboard`, or the same below the home."""
    state_home = os.environ.get("XDG_STATE_HOME", "")
    # As the specification has it, a relative one counts for nothing.
    home = Path(state_home) if state_home.startswith("/") else Path.home() / ".local" / "state"
    return home / "farboard"


def without_secrets(text: str) -> str:
    """Return a text in which nothing lets anybody in."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1…", text)
    return text


class LogFile:
    """A file of lines with their times: readable by this user alone, and never large.

    Args:
        kind: what the file's name begins with.

    Raises:
        FarboardError: it cannot be written.
    """

    def __init__(self, kind: str) -> None:
        directory = state_directory() / "log"
        moment = time.strftime("%Y%m%d-%H%M%S")
        self.path = directory / f"{kind}-{moment}-{os.getpid()}.log"
        try:
            directory.parent.parent.mkdir(parents=True, exist_ok=True)
            # Of several, only the last would get the mode.
            directory.parent.mkdir(mode=0o700, exist_ok=True)
            directory.mkdir(mode=0o700, exist_ok=True)
            _remove_old(directory, kind)
            self._open()
        except OSError as error:
            raise FarboardError(
                f"the log {self.path} cannot be written ({error.strerror})",
                "set XDG_STATE_HOME to a directory that can",
            ) from None

    def write(self, text: str) -> None:
        """Add a line. A full disk or a log that was removed stops nothing."""
        now_s = time.time()
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now_s))
        line = f"{moment}.{int(now_s * 1000) % 1000:03} {_printable(without_secrets(text))}\n"
        data = line.encode("utf-8", "backslashreplace")
        with contextlib.suppress(OSError, ValueError):
            if self._bytes + len(data) > MAX_BYTES:
                self._file.close()
                self.path.replace(self.path.with_suffix(".old.log"))
                self._open()
            self._file.write(data)
            self._bytes += len(data)

    def fileno(self) -> int:
        """Return the open file, for what is written without asking us."""
        return self._file.fileno()

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._file = os.fdopen(os.open(self.path, flags, 0o600), "wb", buffering=0)
        self._bytes = 0


class LinkLog:
    """What happens on the link of one target, as lines of a log.

    Args:
        file: where the lines go.
        name: of the target.
        verbosity: 1, or more for more of ssh's own messages.
    """

    def __init__(self, file: LogFile, name: str, verbosity: int = 1) -> None:
        self._file = file
        self._name = name
        self._verbosity = verbosity
        self._last = ""

    @property
    def ssh_verbosity(self) -> int:
        """How many `-v` ssh is run with."""
        return min(self._verbosity, 3)

    def ssh_said(self, line: str) -> None:
        """Take a line of ssh's stderr."""
        self.line(f"ssh: {line}")

    def greeted(self, greeting: Greeting, noise: str) -> None:
        """Take the far side's first words, and what start-up files printed before them."""
        self.line(
            f'{greeting.platform}, login "{greeting.login}", home {greeting.home}, '
            f"shell {greeting.shell}"
        )
        if noise:
            self.line(f"start-up files print: {noise}")

    def started(self, place: str) -> None:
        """Take where the engine runs from over there: its path, or `memory`."""
        self.line(f"the engine runs from {place}")

    def state(self, state: LinkState) -> None:
        """Take a state of the link; those that differ in numbers only say nothing new."""
        words = " - ".join(word for word in (state.state, state.message, state.hint) if word)
        if state.next_try_at_s is not None:
            words += f" - next try in {max(0.0, state.next_try_at_s - time.time()):.0f} s"
        if words != self._last:
            self._last = words
            self.line(words)

    def line(self, text: str) -> None:
        """Add a line about this target."""
        self._file.write(f"{self._name}: {text}")


def _printable(text: str) -> str:
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text[:MAX_LINE_CHARS]
    )
    return shown if len(text) <= MAX_LINE_CHARS else f"{shown}…"


def _remove_old(directory: Path, kind: str) -> None:
    """Keep the newest logs of a kind; their names are in the order of their times."""
    logs = sorted(directory.glob(f"{kind}-*.log"), key=lambda path: path.name)
    for path in logs[: max(0, len(logs) - KEPT_LOGS + 1)]:
        with contextlib.suppress(OSError):
            path.unlink()
