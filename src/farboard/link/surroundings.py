"""Notices what makes a connection doubtful before it falls silent: sleep, and another network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link.state import Timing

# Addresses for documentation: nothing is sent there, the kernel only chooses a way.
_SOMEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
_ANY_PORT = 9


async def watch_surroundings(timing: Timing, changed: Callable[[], None]) -> None:
    """Call `changed` after each sleep and whenever this machine is reached by another address."""
    addresses = our_addresses()
    while True:
        # In sleep the monotonic clock stands still on some systems and goes on on others; stopped
        # by a signal, we see it go on. The clock on the wall goes on always.
        before_s = time.time()
        await asyncio.sleep(timing.tick_s)
        slept = time.time() - before_s - timing.tick_s > timing.slept_s
        before, now = addresses, our_addresses()
        # While there is no network at all nothing is gained by hurry.
        moved = now != before and any(now)
        addresses = now if any(now) else before
        if slept or moved:
            changed()


def our_addresses() -> tuple[str, ...]:
    """Return the addresses this machine speaks to the world from; empty ones where it cannot."""
    return tuple(_our_address(family, there) for family, there in _SOMEWHERE)


def _our_address(family: socket.AddressFamily, there: str) -> str:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((there, _ANY_PORT))
        return str(probe.getsockname()[0])
    return ""
