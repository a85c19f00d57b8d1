"""Waits for Enter in the terminal, without ever taking input from ssh or from a shell."""

from __future__ import annotations

import asyncio
import os
import select
import sys

from farboard.link.terminal import nobody_asks, somebody_asks

BACKGROUND_LOOK_S = 1.0
READ_BYTES = 4096


async def enter_pressed() -> None:
    """Wait for Enter; for ever when there is no terminal.

    Nothing is read outside this call or while ssh may ask for one of several targets: what is typed
    then is a password.
    """
    if sys.platform == "win32" or not sys.stdin or not sys.stdin.isatty():
        await asyncio.Event().wait()
    terminal = sys.stdin.fileno()
    while True:
        await nobody_asks()
        await _readable(terminal)
        if somebody_asks() or not select.select([terminal], [], [], 0)[0]:
            continue
        if not _in_foreground(terminal):
            # Reading would stop the whole job (SIGTTIN).
            await asyncio.sleep(BACKGROUND_LOOK_S)
            continue
        try:
            ended = not os.read(terminal, READ_BYTES)
        except OSError:
            ended = True
        if not ended:
            return
        await asyncio.Event().wait()


async def _readable(file: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(file, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(file)


def _in_foreground(terminal: int) -> bool:
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
