"""Starts a board that outlives its terminal: ssh may ask there first, then nothing ties them."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from farboard.errors import UsageError

if TYPE_CHECKING:
    from farboard.link import LogFile

DONE = b"."


class Background:
    """The child's end of the pipe on which the parent waits.

    The child does all the work, in the terminal's session and foreground group for as long as ssh
    may ask; the parent only waits, so that the shell does, too.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    @classmethod
    def split(cls) -> Background:
        """Return in a child of this process; the parent ends when the child has detached or ended.

        Raises:
            UsageError: this system has no such thing.
            click.exceptions.Exit: in the parent, with the exit code.
        """
        if not hasattr(os, "fork"):
            raise UsageError("a board in the background needs Linux or macOS")
        ours, childs = os.pipe()
        sys.stderr.flush()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            os.close(ours)
            return cls(childs)
        os.close(childs)
        raise click.exceptions.Exit(_exit_code(child, ours))

    def detach(self, log: LogFile) -> None:
        """Leave the terminal and let the parent end. What is written from now on is in the log."""
        # What was started before stays in the old session, deaf to the end of its terminal.
        os.setsid()
        sys.stderr.flush()
        sys.stdout.flush()
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        for file in (1, 2):
            os.dup2(log.fileno(), file)
        os.write(self._pipe, DONE)
        os.close(self._pipe)


def _exit_code(child: int, pipe: int) -> int:
    """Wait for the child; signals that are for us as a whole reach it, too."""

    def pass_on(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    # Ctrl-C in the terminal reaches the child by itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    if os.read(pipe, 1) == DONE:
        return 0
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
