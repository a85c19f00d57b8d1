"""Standard output into a pipe whose reader may have had enough."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a shell reports of a program that SIGPIPE ended.
BROKEN_PIPE = 141


@contextlib.contextmanager
def reader_may_leave() -> Iterator[None]:
    """End the command without a word when nobody reads its output any more."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at exit, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(BROKEN_PIPE) from None
