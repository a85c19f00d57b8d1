"""The terminal farboard runs in, as far as ssh uses it to ask for passwords, PINs and host keys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

try:
    import termios
except ImportError:  # Windows: there is nothing to look at and nothing to restore.
    termios = None  # type: ignore[assignment]

_LOCAL_MODES = 3  # Where the local modes are in what `tcgetattr` returns.
_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class Terminal:
    """The controlling terminal, or the lack of one."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._before: list[object] | None = None

    @property
    def exists(self) -> bool:
        """Whether ssh can ask anything."""
        return self._file is not None

    def asks(self) -> bool:
        """Whether a secret is being typed: ssh turns the echo off for that."""
        now = self._modes()
        if termios is None or now is None or self._before is None:
            return False
        return bool(_echo(self._before) and not _echo(now))

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until nobody else asks here; afterwards the terminal is as it was before."""
        lock = _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            with contextlib.suppress(OSError):
                self._file = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
            self._before = self._modes()
            try:
                yield
            finally:
                self._restore()

    def _modes(self) -> list[object] | None:
        if termios is None or self._file is None:
            return None
        try:
            return termios.tcgetattr(self._file)
        except (OSError, termios.error):
            return None

    def _restore(self) -> None:
        if self._file is None:
            return
        if self.asks():
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(self._file, termios.TCSANOW, self._before)  # type: ignore[arg-type]
        os.close(self._file)
        self._file = None


def somebody_asks() -> bool:
    """Whether it is somebody's turn: what is typed now is for ssh."""
    lock = _TURNS.get(asyncio.get_running_loop())
    return lock is not None and lock.locked()


async def nobody_asks() -> None:
    """Wait until the turn of whoever asks just now is over."""
    lock = _TURNS.get(asyncio.get_running_loop())
    if lock is not None:
        async with lock:
            pass


def say(line: str) -> None:
    """Show a line to the user; standard output is for data."""
    print(line, file=sys.stderr, flush=True)


def _echo(modes: list[object]) -> bool:
    return bool(int(str(modes[_LOCAL_MODES])) & termios.ECHO)
