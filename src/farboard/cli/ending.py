"""Ends a board from elsewhere, in order, and says what it left behind."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from farboard.errors import FarboardError

if TYPE_CHECKING:
    from farboard.cli.talk import Talk
    from farboard.hub.running import Running

# An engine may take 5 s for its goodbye.
IN_ORDER_S = 15.0
LOOK_EVERY_S = 0.05


def end(running: Running) -> bool:
    """End a board; return whether it ended in order and not by force.

    Raises:
        FarboardError: the process of that number may be another program, or may not be ended.
    """
    if not running.is_itself():
        raise FarboardError(
            f"the board at {running.url} does not answer, and pid {running.pid} may be another "
            "program by now",
            f"look what it is; end it with:  kill {running.pid}",
        )
    running.await_farewell()
    try:
        os.kill(running.pid, signal.SIGTERM)
        if _gone_within(running, IN_ORDER_S):
            return True
        os.kill(running.pid, signal.SIGKILL)
        _gone_within(running, IN_ORDER_S)
    except ProcessLookupError:
        return True
    except PermissionError:
        raise FarboardError(f"pid {running.pid} may not be ended by you") from None
    running.forget()
    return False


def say_ended(running: Running, in_order: bool, talk: Talk) -> None:
    """Say how it ended, in its own words where it had any."""
    shown = f"{running.url} (pid {running.pid})"
    if in_order:
        talk.line(f"{shown}: {running.take_farewell() or 'Stopped.'}")
    else:
        talk.line(
            f"{shown} did not end in order and was killed. What runs on far machines will end by "
            "itself within 60 s."
        )


def _gone_within(running: Running, seconds: float) -> bool:
    deadline_s = time.monotonic() + seconds
    while running.alive:
        if time.monotonic() > deadline_s:
            return False
        time.sleep(LOOK_EVERY_S)
    return True
