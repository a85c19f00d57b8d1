"""Remembers, for this user alone, which boards run; a second start opens the first one's page."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERS_WITHIN_S = 2.0


@dataclass(frozen=True)
class Running:
    """A board that runs.

    Args:
        pid: of its process.
        port: on 127.0.0.1.
        secret: of its hub; the file is readable by this user alone, as the process's memory is.
        targets: what it shows, made comparable by the caller.
    """

    pid: int
    port: int
    secret: str
    targets: list[str]

    @property
    def url(self) -> str:
        """The board's address, without a code."""
        return f"http://127.0.0.1:{self.port}/"

    def new_code(self) -> str | None:
        """Return a one-time code from the running board, or None when it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_WITHIN_S)
        headers = {"Authorization": f"Bearer {self.secret}"}
        try:
            connection.request("POST", "/api/code", headers=headers)
            code = json.loads(connection.getresponse().read(4096))["code"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return None
        finally:
            connection.close()
        return code if isinstance(code, str) else None


@contextlib.contextmanager
def remembered(running: Running) -> Iterator[None]:
    """Keep a note of the board while it runs; without a place for it there is none."""
    directory = _directory()
    if directory is None:
        yield
        return
    note = directory / f"hub-{running.pid}.json"
    try:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)
            with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(asdict(running), file)
        yield
    finally:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)


def find_running(targets: list[str], port: int | None) -> tuple[Running, str] | None:
    """Find a running board of the same targets (and port, unless None), and a new code for it.

    Notes of boards that ended without removing them are removed.
    """
    directory = _directory()
    notes = sorted(directory.glob("hub-*.json")) if directory else []
    for note in notes:
        running = _read(note)
        if running is None or not _alive(running.pid):
            with contextlib.suppress(OSError):
                note.unlink(missing_ok=True)
        elif running.targets == targets and port in (None, running.port):
            code = running.new_code()
            if code is not None:
                return running, code
    return None


def _directory() -> Path | None:
    """Return a directory that is this user's and closed to all others, or None."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        directory = Path(runtime) / "farboard"
    else:
        directory = Path(tempfile.gettempdir()) / f"farboard-{_user()}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        state = directory.lstat()
    except OSError:
        return None
    # In a directory open to all somebody else may have made it first.
    ours = stat.S_ISDIR(state.st_mode) and state.st_uid == _user()
    return directory if ours and not state.st_mode & 0o077 else None


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _read(note: Path) -> Running | None:
    try:
        fields = json.loads(note.read_text())
        return Running(**fields)
    except (OSError, ValueError, TypeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError, TypeError):
        return True
    return True
