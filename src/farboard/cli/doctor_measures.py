"""What `farboard doctor` measures on a link that is up."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

from farboard.hub.untrusted import object_in

if TYPE_CHECKING:
    from farboard.cli.report import Report
    from farboard.hub.source import Source

PINGS = 7
PAUSE_S = 0.05
SLOW_RTT_MS = 300
# Enough to fill the windows; then it ends, whatever the link.
TRANSFER_MAX_S = 3.0
TRANSFER_MAX_BYTES = 8 << 20
TRANSFER_MIN_BYTES = 128 << 10
SLOW_BYTES_PER_S = 250_000


async def measure_round_trips(source: Source, report: Report) -> None:
    """Ping the engine a few times.

    Raises:
        SourceDown: the link broke.
    """
    times_ms = []
    for _ in range(PINGS):
        times_ms.append(await source.link.ping() * 1000)
        await asyncio.sleep(PAUSE_S)
    least_ms, middle_ms = min(times_ms), statistics.median(times_ms)
    slow = middle_ms > SLOW_RTT_MS
    report.find(
        "round trip",
        f"{least_ms:.1f} ms at best, {middle_ms:.1f} ms usually ({PINGS} pings)",
        "look" if slow else "ok",
        "the network is far or crowded: a nearer way (VPN off, another jump host) helps more than "
        "anything"
        if slow
        else "",
        min_ms=least_ms,
        median_ms=middle_ms,
    )


async def measure_throughput(source: Source, report: Report) -> None:
    """Fetch points, uncompressed, for some seconds at most; what counts is what crossed the link.

    Raises:
        SourceDown: the link broke.
    """
    if not object_in(source.status, "load").get("points"):
        report.find("throughput", "not measured: there are no points to fetch yet")
        return
    before_bytes, began_s = source.link.state.received_bytes, time.monotonic()
    # As text, each point travels in some 50 bytes: there is enough of it.
    response = await source.open(
        "POST", "/api/export", b"{}", "*/*", headers={"accept-encoding": "identity"}
    )
    if response.status != 200:
        report.find("throughput", f"not measured: the engine answered {response.status}")
        return
    got_bytes, took_s = 0, 0.0
    chunks = response.chunks()
    async for _ in chunks:
        took_s = time.monotonic() - began_s
        got_bytes = source.link.state.received_bytes - before_bytes
        if took_s > TRANSFER_MAX_S or got_bytes > TRANSFER_MAX_BYTES:
            break
    response.cancel()
    if got_bytes < TRANSFER_MIN_BYTES:
        report.find("throughput", f"not measured: all points are only {got_bytes / 1e3:.0f} kB")
        return
    rate = got_bytes / max(took_s, 1e-6)
    slow = rate < SLOW_BYTES_PER_S
    report.find(
        "throughput",
        f"{rate / 1e6:.2f} MB/s or more ({got_bytes / 1e6:.1f} MB of points in {took_s:.1f} s)",
        "look" if slow else "ok",
        "the link is slow; Farboard sends little, but images will take their time" if slow else "",
        bytes_per_s=rate,
        bytes=got_bytes,
    )
