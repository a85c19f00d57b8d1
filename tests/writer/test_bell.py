"""A bell wakes its thread, from wherever it is rung."""

from __future__ import annotations

import threading
import time

from farboard.writer.bell import Bell


def test_it_ends_a_wait_and_is_then_silent() -> None:
    bell = Bell()
    threading.Timer(0.05, bell.ring).start()
    bell.wait(None)
    begin_s = time.monotonic()
    bell.wait(0.05)
    assert time.monotonic() - begin_s >= 0.04


def test_whoever_waits_later_was_rung_for_too_but_once() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()
    bell.wait(None)
    bell.ring()
    bell.silence()
    begin_s = time.monotonic()
    bell.wait(0.05)
    assert time.monotonic() - begin_s >= 0.04


def test_a_finalizer_may_ring_inside_of_the_wait() -> None:
    """As a garbage collection does that begins in the thread that waits."""
    bell = Bell()
    get = bell._rings.get

    class Rings:
        def __getattr__(self, name: str) -> object:
            return getattr(rings, name)

        def get(self, timeout: float | None) -> None:
            bell.ring()
            get(timeout=timeout)

    rings, bell._rings = bell._rings, Rings()  # type: ignore[assignment]
    bell.wait(None)
