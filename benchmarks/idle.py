"""What an idle link costs: bytes on the wire per second while nothing is written and nobody looks.

python -m benchmarks.idle [SECONDS]
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine, write_result
from farboard.hub.sources import Sources
from farboard.link import Link, LinkOptions
from farboard.link.engine import find_engine
from farboard.target import parse_target
from farboard.writer.summary_writer import SummaryWriter
from tests.ssh.far import FarMachine, Relay

RUNS = 20
POINTS = 1000
SETTLES_S = 10.0
# A segment of TCP over IPv4 with time stamps, and its acknowledgement.
_HEADERS_BYTES = 2 * 52


async def measure(far: FarMachine, relay: Relay, seconds: float) -> dict[str, Any]:
    """Let a board be idle; return what was on the wire."""
    sources = Sources()
    options = LinkOptions(
        ssh_arguments=far.ssh_arguments, engine=find_engine().path, say=lambda _line: None
    )
    source = sources.add(
        parse_target("gpu1:runs"), lambda target, on_state: Link(target, options, on_state)
    )
    try:
        await source.start()
        await source.wait_until_read()
        await asyncio.sleep(SETTLES_S)
        before_bytes, before_pieces = relay.carried_bytes, relay.pieces
        await asyncio.sleep(seconds)
        ssh_bytes = (relay.carried_bytes - before_bytes) / seconds
        pieces = (relay.pieces - before_pieces) / seconds
    finally:
        await sources.close()
    return {
        "seconds": seconds,
        "ssh_bytes_per_s": round(ssh_bytes, 1),
        "segments_per_s": round(pieces, 2),
        "wire_bytes_per_s": round(ssh_bytes + _HEADERS_BYTES * pieces, 1),
    }


async def _run(far: FarMachine, seconds: float) -> dict[str, Any]:
    relay = Relay(far.port)
    await relay.start()
    far.configure_client(f"Port {relay.port}", f"HostKeyAlias [127.0.0.1]:{far.port}")
    try:
        return await measure(far, relay, seconds)
    finally:
        await relay.stop()


def main() -> None:
    """Measure, print, keep."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory() as directory:
        far = FarMachine(Path(directory) / "gpu1")
        for run in range(RUNS):
            with SummaryWriter(far.home / "runs" / str(run)) as writer:
                for step in range(POINTS):
                    writer.add_scalar("train/loss", 1 / (step + 1), step)
        far.start()
        try:
            result = asyncio.run(_run(far, seconds))
        finally:
            far.stop()
    print(json.dumps(result, indent=2))
    write_result("idle", {"machine": describe_machine(), **result})


if __name__ == "__main__":
    main()
