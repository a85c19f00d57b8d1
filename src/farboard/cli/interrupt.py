"""Runs a command until it is done or somebody has had enough of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


def run(work: Coroutine[None, None, T]) -> T:
    """Run `work`; a signal cancels it, lets it clean up, and ends the process with 128 + its own.

    The process then ends at once: a thread that is stuck in writing to a full pipe does not matter.
    """
    return asyncio.run(_until_done_or_signal(work))


async def _until_done_or_signal(work: Coroutine[None, None, T]) -> T:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    received: list[int] = []

    def stop(number: int) -> None:
        if number == signal.SIGINT:
            _end_line()
        received.append(number)
        task.cancel()

    for number in SIGNALS:
        with contextlib.suppress(NotImplementedError):  # Windows raises KeyboardInterrupt instead
            loop.add_signal_handler(number, stop, number)
    await asyncio.wait([task])
    if received:
        _leave(128 + received[0])
    return task.result()


def _leave(exit_code: int) -> NoReturn:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(exit_code)


def _end_line() -> None:
    """End the line: the terminal shows ^C without one."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr.isatty():
            sys.stderr.write("\n")
            sys.stderr.flush()
