"""A child process that speaks on its stdin and stdout, and that is gone when we say so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from asyncio.subprocess import SubprocessStreamProtocol
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Read ahead of the consumer; the HTTP/2 windows bound what is under way, this only spares wake-ups.
_READ_AHEAD_BYTES = 256 * 1024
_KEPT_LINES = 100
_KEPT_LINE_CHARS = 1000
# ssh restores the terminal before it ends by SIGTERM; SIGKILL would leave it without echo.
_STOP_S = 0.4
# Ctrl-C, and the end of a terminal, reach the whole foreground process group. An ignored signal
# stays ignored across exec, so the child survives both and can be ended in order; its group stays
# ours, so that ssh can ask on the terminal.
# A shell does it because code between fork and exec is unsafe in a process with threads.
_IGNORE_INTERRUPT = ("/bin/sh", "-c", 'trap "" INT HUP; exec "$@"', "sh")


class Child:
    """A running program. Make one with `Child.start`, end it with `end`."""

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self.stdin = cast("asyncio.StreamWriter", protocol.stdin)
        self.stdout = cast("asyncio.StreamReader", protocol.stdout)

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        on_stderr_line: Callable[[str], bool | None] | None = None,
        alone: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        """Start a program in our session and foreground process group, deaf to Ctrl-C.

        Args:
            argv: the program and its arguments.
            cwd: where it starts.
            on_stderr_line: called with each line the program writes to stderr, without newline;
                returns False for one that is not worth keeping.
            alone: in a session of its own, from which no terminal can be reached.
            environment: added to ours.

        Raises:
            OSError: no process can be started.
        """
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(
            lambda: _Protocol(loop, on_stderr_line),
            *_IGNORE_INTERRUPT,
            *argv,
            cwd=cwd,
            start_new_session=alone,
            env={**os.environ, **environment} if environment else None,
        )
        return cls(transport, protocol)

    @property
    def pid(self) -> int:
        """The process id, for people and tests."""
        return self._transport.get_pid()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._transport.get_returncode()

    @property
    def spoken(self) -> bool:
        """Whether it has written anything to stdout."""
        return self._protocol.spoken

    @property
    def stderr(self) -> str:
        """The newest lines the program wrote to stderr."""
        return self._protocol.stderr_text()

    def forget_stderr(self) -> None:
        """Begin anew with what `stderr` keeps."""
        self._protocol.forget_stderr()

    async def wait(self) -> int:
        """Wait for the end of the process itself.

        Never for the end of its pipes: a background ssh master may hold stderr open for hours.
        """
        await self._protocol.exited.wait()
        return cast("int", self._transport.get_returncode())

    async def end(self, grace_s: float) -> int:
        """End the process in order: end of input, then SIGTERM, then SIGKILL.

        Args:
            grace_s: how long it may take to end by itself; 0 begins with SIGTERM.

        Returns:
            The exit code; not negative means that it ended by itself or by SIGTERM in order.
        """
        try:
            with contextlib.suppress(OSError, RuntimeError):
                self.stdin.close()
            if await self._ended_within(grace_s):
                return await self.wait()
            for stop in (signal.SIGTERM, signal.SIGKILL):
                # ssh that is ended before it is connected leaves the ssh of a jump host behind.
                for pid in (*_descendants(self.pid), self.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, stop)
                if await self._ended_within(_STOP_S):
                    break
            return await self.wait()
        finally:
            # Also kills, should we be cancelled half-way.
            self._transport.close()

    async def _ended_within(self, seconds: float) -> bool:
        if self._protocol.exited.is_set() or seconds <= 0:
            return self._protocol.exited.is_set()
        try:
            await asyncio.wait_for(self._protocol.exited.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True


class _Protocol(SubprocessStreamProtocol):
    """Feeds stdout to a stream reader and keeps the last lines of stderr."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_stderr_line: Callable[[str], bool | None] | None
    ) -> None:
        super().__init__(limit=_READ_AHEAD_BYTES, loop=loop)
        self.exited = asyncio.Event()
        self.spoken = False
        self._on_stderr_line = on_stderr_line
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._unfinished = b""

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        self.spoken = self.spoken or fd == 1
        if fd != 2 or isinstance(data, str):
            super().pipe_data_received(fd, data)
            return
        *lines, rest = (self._unfinished + data).split(b"\n")
        self._unfinished = rest[-_KEPT_LINE_CHARS:]
        for line in lines:
            self._keep(line)

    def _keep(self, line: bytes) -> None:
        text = _text(line)
        if self._on_stderr_line is None or self._on_stderr_line(text) is not False:
            self._lines.append(text)

    def stderr_text(self) -> str:
        unfinished = [_text(self._unfinished)] if self._unfinished else []
        return "\n".join([*self._lines, *unfinished])

    def forget_stderr(self) -> None:
        self._lines.clear()
        self._unfinished = b""

    def process_exited(self) -> None:
        self.exited.set()
        super().process_exited()


def _text(line: bytes) -> str:
    # ssh ends its lines with \r\n while the terminal is in raw mode.
    return line.decode("utf-8", "replace").rstrip("\r")[:_KEPT_LINE_CHARS]


def _descendants(pid: int) -> list[int]:
    """Return the living children of a process and theirs, the youngest generation first."""
    parents = _parents()
    found = [pid]
    for ancestor in found:  # Grows as it goes.
        found += [child for child, parent in parents.items() if parent == ancestor]
    return found[:0:-1]


def _parents() -> dict[int, int]:
    """Return the parent of each process of this machine."""
    if not Path("/proc/self/stat").exists():
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False
        ).stdout
        return {int(child): int(parent) for child, parent in map(str.split, table.splitlines())}
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in brackets may contain anything; the state and the parent follow it.
            fields = entry.read_bytes().rpartition(b")")[2].split()
            parents[int(entry.parent.name)] = int(fields[1])
    return parents
