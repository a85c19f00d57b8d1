"""Remembers, for this user alone, which boards run; a second start opens the first one's page."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import stat
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farboard.hub.port_holder import find_holder

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERS_WITHIN_S = 2.0
STATUS_MAX_BYTES = 16 << 20
FAREWELL_MAX_CHARS = 2000


@dataclass(frozen=True)
class Running:
    """A board that runs.

    Args:
        pid: of its process.
        port: where it listens.
        secret: of its hub; the file is readable by this user alone, as the process's memory is.
        targets: what it shows, made comparable by the caller.
        labels: the same as it was typed.
        address: as it stands in the board's address.
        background: whether it has no terminal.
        started_at_s: Unix time.
    """

    pid: int
    port: int
    secret: str
    targets: list[str]
    labels: list[str] = field(default_factory=list)
    address: str = "127.0.0.1"
    background: bool = False
    started_at_s: float = 0.0

    @property
    def url(self) -> str:
        """The board's address, without a code."""
        return f"http://{self.address}:{self.port}/"

    def new_code(self) -> str | None:
        """Return a one-time code from the running board, or None when it does not answer."""
        code = self._ask("POST", "/api/code").get("code")
        return code if isinstance(code, str) else None

    def status(self) -> dict[str, Any] | None:
        """Return what it says of itself (`GET /api/status`), or None when it does not answer."""
        return self._ask("GET", "/api/status") or None

    @property
    def alive(self) -> bool:
        """Whether a process of its number runs."""
        return _alive(self.pid)

    def is_itself(self) -> bool:
        """Whether the process of that number is really the board, and no later one of its number.

        It holds its port; where nobody can tell who does, it says so.
        """
        holder = find_holder(self.port)
        if holder is not None:
            return holder.pid == self.pid
        hub = (self.status() or {}).get("hub")
        return isinstance(hub, dict) and hub.get("pid") == self.pid

    def may_be_asked(self) -> bool:
        """Whether nobody else is known to sit where the board was, who would hear its secret."""
        holder = find_holder(self.port)
        return holder is None or holder.pid == self.pid

    def forget(self) -> None:
        """Remove the note of a board that could not do so itself."""
        directory = _directory()
        if directory is not None:
            _remove(_note(directory, self.pid))

    def await_farewell(self) -> None:
        """Make a place for its last words; a board leaves none where nobody waits for them."""
        directory = _directory()
        if directory is not None:
            with contextlib.suppress(OSError):
                _write(_farewell(directory, self.pid), "")

    def take_farewell(self) -> str:
        """Return what a board that has ended said last, once; or nothing."""
        directory = _directory()
        if directory is None:
            return ""
        farewell = _farewell(directory, self.pid)
        try:
            with farewell.open() as file:
                return file.read(FAREWELL_MAX_CHARS)
        except (OSError, ValueError):
            return ""
        finally:
            _remove(farewell)

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        """Return the object it answers with; empty when it does not."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=ANSWERS_WITHIN_S)
        headers = {"Authorization": f"Bearer {self.secret}"}
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            parsed = json.loads(answer.read(STATUS_MAX_BYTES)) if answer.status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError, RecursionError):
            return {}
        finally:
            connection.close()
        return parsed if isinstance(parsed, dict) else {}


@contextlib.contextmanager
def remembered(running: Running) -> Iterator[None]:
    """Keep a note of the board while it runs; without a place for it there is none."""
    directory = _directory()
    if directory is None:
        yield
        return
    note = _note(directory, running.pid)
    try:
        with contextlib.suppress(OSError):
            _write(note, json.dumps(asdict(running)))
        yield
    finally:
        _remove(note)


def leave_farewell(text: str) -> None:
    """Leave this process's last words for whoever ended it from elsewhere, if anybody did."""
    directory = _directory()
    if directory is None:
        return
    farewell = _farewell(directory, os.getpid())
    with contextlib.suppress(OSError):
        if farewell.exists():
            _write(farewell, text)


def all_running() -> list[Running]:
    """Return the boards that run, whether they answer or not.

    Notes of boards that ended without removing them, and last words nobody took, are removed.
    """
    directory = _directory()
    if directory is None:
        return []
    found = []
    for note in sorted(directory.glob("hub-*.json")):
        running = _read(note)
        if running is None or not running.alive:
            _remove(note)
        else:
            found.append(running)
    for farewell in directory.glob("bye-*.txt"):
        pid = farewell.stem.partition("-")[2]
        if not (pid.isdigit() and _alive(int(pid))):
            _remove(farewell)
    return found


def find_running(targets: list[str], port: int | None) -> tuple[Running, str] | None:
    """Find a running board of the same targets (and port, unless None), and a new code for it."""
    for running in same_running(targets, port):
        code = running.new_code() if running.may_be_asked() else None
        if code is not None:
            return running, code
    return None


def same_running(targets: list[str], port: int | None) -> list[Running]:
    """Return the boards of the same targets (and port, unless None), whether they answer or not."""
    return [
        running
        for running in all_running()
        if running.targets == targets and port in (None, running.port)
    ]


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


def _note(directory: Path, pid: int) -> Path:
    return directory / f"hub-{pid}.json"


def _farewell(directory: Path, pid: int) -> Path:
    return directory / f"bye-{pid}.txt"


def _write(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _read(note: Path) -> Running | None:
    try:
        running = Running(**json.loads(note.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    # A signal goes to this number: 0 and negative ones are whole groups of processes.
    sound = isinstance(running.pid, int) and running.pid > 1 and isinstance(running.port, int)
    return running if sound and 0 < running.port < 65536 else None


def _alive(pid: int) -> bool:
    """Whether it is a living process of this user."""
    try:
        os.kill(pid, 0)
        # Root may signal everybody.
        process = Path(f"/proc/{pid}")
        if process.exists() and process.stat().st_uid != _user():
            return False
    except (OSError, OverflowError):
        return False
    # Whoever has ended and whose parent has not looked yet runs no more.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:1] != [b"Z"]
    return True
