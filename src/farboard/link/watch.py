"""Watches one connection: asks again and again whether the engine is there, until it is not."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link.http2 import Connection
    from farboard.link.state import Timing
    from farboard.link.wishes import Wishes


class Watch:
    """The pings of one connection.

    Args:
        connection: what is watched.
        timing: how often to ask, how long to wait.
        wishes: whoever makes one wants to be sure at once.
        on_answer: called with the round-trip time in seconds.
        on_quiet: called when no answer has come for a while.
    """

    def __init__(
        self,
        connection: Connection,
        timing: Timing,
        wishes: Wishes,
        *,
        on_answer: Callable[[float], None],
        on_quiet: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._timing = timing
        self._wishes = wishes
        self._on_answer = on_answer
        self._on_quiet = on_quiet

    async def until_silent(self) -> None:
        """Return when no answer has come for so long that the connection counts as lost.

        Raises:
            SourceDown: it ended.
        """
        lost_s = self._timing.lost_s
        while (rtt_s := await self._answer(lost_s)) is not None:
            self._on_answer(rtt_s)
            wish = await self._wishes.next(self._timing.ping_s, self._connection.lost)
            # After a sleep, or when asked to, it is believed sooner that the connection is dead.
            # The old one stays in the race with the new one.
            lost_s = self._timing.wake_s if wish else self._timing.lost_s
            if wish:
                wish.grant(None)

    async def _answer(self, lost_s: float) -> float | None:
        """Ask once; return the round-trip time in seconds, or None when it is silent for `lost_s`.

        Whatever arrives meanwhile counts as a sign of life: the answer may queue behind it.
        """
        since_s = time.monotonic()
        is_quiet = False
        ping = asyncio.ensure_future(self._connection.ping())
        try:
            while not ping.done():
                silent_s = time.monotonic() - max(since_s, self._connection.heard_at_s or 0.0)
                if silent_s >= lost_s:
                    return None
                if silent_s >= self._timing.quiet_s and not is_quiet:
                    is_quiet = True
                    self._on_quiet()
                ends_s = [end_s for end_s in (self._timing.quiet_s, lost_s) if end_s > silent_s]
                wait_s = min(ends_s) - silent_s
                asked_s = time.monotonic()
                wish = await self._wishes.next(wait_s, ping)
                slept = time.monotonic() - asked_s > wait_s + self._timing.slept_s
                if wish or slept:
                    # What came meanwhile could not be read in sleep: silence begins now.
                    since_s, lost_s = time.monotonic(), self._timing.wake_s
                if wish:
                    wish.grant(None)
            return ping.result()
        finally:
            ping.cancel()
