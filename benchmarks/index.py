"""Measures the index: a second start that reads no event file, and memory with mapped columns.

The engine loads the logs into an empty index, and is started again with it, in turns with
TensorBoard's data server, which has nothing of the kind. A start counts until everything is
loaded; that no byte of an event file was parsed again is asserted. Anonymous memory is looked at
while loading and afterwards, with every curve asked for once: what is mapped from the index is
the page cache's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.load import load_with_data_server
from benchmarks.machine import describe_machine, spread, warm, write_result
from benchmarks.make_logs import Shape, add_shape_arguments, make_logs
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_POLL_S = 0.002
_GIVE_UP_S = 900.0


@dataclass(frozen=True)
class Start:
    """One start of the engine."""

    seconds: float
    """Until everything is loaded."""
    restored_bytes: int
    """Of event files, that were not read because the index had them."""
    most_anonymous_bytes: int
    """While loading, writing the index, and answering."""
    anonymous_bytes: int
    """Afterwards."""


class Engine:
    """An engine that is being looked at."""

    def __init__(self, child: Child, connection: Connection) -> None:
        self.child = child
        self.connection = connection
        self.most_anonymous_bytes = 0

    async def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of an answer."""
        headers = {"accept": "application/json"}
        response = await self.connection.request(method, path, body=body, headers=headers)
        content = await response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        self.anonymous_bytes()
        return content

    async def status(self) -> dict[str, Any]:
        """Return `/api/status`."""
        status: dict[str, Any] = json.loads(await self.ask("GET", "/api/status"))
        return status

    def anonymous_bytes(self) -> int:
        """Return its memory that no file stands behind."""
        text = Path(f"/proc/{self.child.pid}/status").read_text()
        line = next(line for line in text.splitlines() if line.startswith("RssAnon:"))
        now_bytes = int(line.split()[1]) * 1024
        self.most_anonymous_bytes = max(self.most_anonymous_bytes, now_bytes)
        return now_bytes


@asynccontextmanager
async def running(engine: Path, logdir: Path, index: Path) -> AsyncIterator[Engine]:
    """Run an engine that keeps its index in a directory."""
    command = [str(engine), "serve", "--logdir", str(logdir), "--index", str(index)]
    child = await Child.start(command)
    try:
        connection = Connection(child.stdout, child.stdin)
        connection.start()
        yield Engine(child, connection)
        await connection.close()
    finally:
        await child.end(1.0)


async def start(engine: Path, logdir: Path, index: Path, shape: Shape, *, look: bool) -> Start:
    """Start an engine once, until its index is complete; `look`: ask for every curve, too."""
    begin_s = time.perf_counter()
    async with running(engine, logdir, index) as ours:
        status = await _until(ours, begin_s, lambda status: status["load"]["state"] == "live")
        seconds = time.perf_counter() - begin_s
        points = status["load"]["points"]
        if points != shape.points:
            raise RuntimeError(f"{points} points of {shape.points}")
        await _until(ours, begin_s, _is_saved)
        if look:
            await _look_at_every_curve(ours)
        anonymous_bytes = ours.anonymous_bytes()
        restored_bytes = status["index"]["restored_bytes"]
        return Start(seconds, restored_bytes, ours.most_anonymous_bytes, anonymous_bytes)


async def _until(ours: Engine, begin_s: float, holds: Any) -> dict[str, Any]:
    while True:
        status = await ours.status()
        if holds(status):
            return status
        if time.perf_counter() - begin_s > _GIVE_UP_S:
            raise RuntimeError(f"never came: {status['index']}")
        await asyncio.sleep(_POLL_S)


def _is_saved(status: dict[str, Any]) -> bool:
    index = status["index"]
    return index["state"] == "on" and index["unsaved_runs"] == 0 and index["bytes"] > 1000


async def _look_at_every_curve(ours: Engine) -> None:
    tags = json.loads(await ours.ask("GET", "/api/tags"))
    for tag in tags["tags"]:
        series = [{"run": tags["runs"][run], "tag": tag["tag"]} for run in tag["run"]]
        asked = {"series": series, "width_px": 1000, "smoothing": 0.6}
        await ours.ask("POST", "/api/scalars", json.dumps(asked).encode())


def measure(logdir: Path, shape: Shape, engine: Path, repeats: int) -> dict[str, Any]:
    """Start everything in turns."""
    first, again, peer_s = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as index:
            peer_s.append(load_with_data_server(logdir, shape, "").seconds)
            run = (engine, logdir, Path(index), shape)
            first.append(asyncio.run(start(*run, look=True)))
            again.append(asyncio.run(start(*run, look=False)))
            looked = asyncio.run(start(*run, look=True))
            again.append(looked)
    return summarize(shape, peer_s, first, again)


def summarize(
    shape: Shape, peer_s: list[float], first: list[Start], again: list[Start]
) -> dict[str, Any]:
    """Turn the measurements into what is kept and shown."""
    again_s = spread([one.seconds for one in again])
    peer = spread(peer_s)
    return {
        "what": "process start until everything is loaded, with and without an index; memory",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "points": shape.points},
        "data_server_s": peer,
        "first_s": spread([one.seconds for one in first]),
        "again_s": again_s,
        "times_sooner": round(peer["median"] / again_s["median"], 1),
        "restored_bytes": min(one.restored_bytes for one in again),
        "anonymous_bytes": {
            "most, first start": max(one.most_anonymous_bytes for one in first),
            "after the first start": max(one.anonymous_bytes for one in first),
            "most, second start": max(one.most_anonymous_bytes for one in again),
        },
    }


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_shape_arguments(parser)
    parser.add_argument("--engine", type=Path, help="the engine program")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="index", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    shape = Shape(arguments.runs, arguments.tags, arguments.steps)
    logdir = make_logs(arguments.out, shape).absolute()
    size_bytes = warm(logdir)
    engine = find_engine(arguments.engine).path
    result = measure(logdir, shape, engine, arguments.repeats)
    if result["restored_bytes"] != size_bytes:
        raise RuntimeError(f"of {size_bytes} bytes only {result['restored_bytes']} were not read")
    Console().print_json(data=result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
