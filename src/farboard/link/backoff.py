"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from farboard.errors import ClosedByRemote, EngineEnded, RefusedError, RemoteError

if TYPE_CHECKING:
    from farboard.errors import FarboardError
    from farboard.link.state import Timing


class Backoff:
    """Remembers what went wrong, and when: the more, the longer the next attempt has to wait."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._failures = 0
        self._begun_at_s: float | None = None
        self._deaths: deque[float] = deque(maxlen=timing.deaths)
        self._loss: FarboardError | None = None

    def lost(self, error: FarboardError, lived_s: float) -> None:
        """Take in that a connection was lost that had lived so long."""
        if lived_s >= self._timing.settled_s:
            self.begin_anew()
        self._loss = error
        self._begun_at_s = None
        if isinstance(error, EngineEnded):
            self._deaths.append(time.monotonic())

    def attempted(self) -> None:
        """Take in that an attempt was begun."""
        self._failures += 1
        self._begun_at_s = time.monotonic()

    def begin_anew(self) -> None:
        """Forget the failures: the world has changed, or somebody thinks so."""
        self._failures = 0

    @property
    def keeps_ending(self) -> bool:
        """Whether the engine was ended again and again in a short time."""
        if len(self._deaths) < self._timing.deaths:
            return False
        return time.monotonic() - self._deaths[0] <= self._timing.deaths_span_s

    def wait_s(self, error: FarboardError) -> float:
        """Return how long to wait now; `error` is why there is no connection."""
        backoff_s = self._timing.backoff_s
        wait_s = backoff_s[min(self._failures, len(backoff_s) - 1)]
        if self._begun_at_s is not None:
            # An attempt that got no answer has waited already; the network may be back by now.
            wait_s = max(0.0, wait_s - (time.monotonic() - self._begun_at_s))
        if isinstance(error, EngineEnded) and self.keeps_ending:
            return max(wait_s, self._timing.killed_retry_s)
        # One attempt at once tells a server that started anew from a job that has ended.
        hung_up = isinstance(self._loss, ClosedByRemote) and self._failures > 0
        if hung_up or isinstance(error, (RefusedError, RemoteError)):
            return max(wait_s, self._timing.slow_retry_s)
        return wait_s
