"""What wakes a thread."""

from __future__ import annotations

import contextlib
from queue import Empty, SimpleQueue


class Bell:
    """Wakes the one thread that waits for it; may be rung from anywhere, also by a finalizer.

    An `Event` may not: a garbage collection inside of its `wait` would find its lock taken.
    """

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake it; or, when it is awake, have its next wait end at once."""
        if self._rings.empty():
            self._rings.put(None)

    def wait(self, timeout_s: float | None) -> None:
        """Wait until somebody rings, in seconds at most; None: however long it takes."""
        with contextlib.suppress(Empty):
            self._rings.get(timeout=timeout_s)

    def silence(self) -> None:
        """Forget that somebody has rung."""
        with contextlib.suppress(Empty):
            while True:
                self._rings.get_nowait()
