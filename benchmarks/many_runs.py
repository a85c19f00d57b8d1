"""Measures a logdir of ten thousand runs: from the start of the process until all of it is listed.

Farboard's engine, without an index, is asked for `/api/status` until it is live, then for
`/api/runs` and `/api/tags` over its own connection; the time ends when both have arrived in full.
TensorBoard's data server says itself when its load cycle ends, which is before anybody has been
told anything. Both read the same files, warm in the page cache, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.data_server import data_server_command
from benchmarks.machine import (
    describe_machine,
    memory_bytes,
    peak_memory_bytes,
    spread,
    warm,
    write_result,
)
from benchmarks.make_logs import DATA, Shape, run_bytes
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child

_POLL_S = 0.02
_GIVE_UP_S = 600.0
_LOADED = "Finished load cycle"
_DIFFERENT_RUNS = 50
_WRITTEN_AT_S = 1_700_000_000.0  # long ago: quiet files are what nobody has touched for a while
_FEW = Shape(runs=10, tags=20, steps=1000)


@dataclass(frozen=True)
class Listing:
    """One start, with what it took to list everything."""

    live_s: float
    listed_s: float
    peak_memory_bytes: int
    memory_bytes: int
    answer_bytes: int


def make_many_logs(out: Path, shape: Shape) -> Path:
    """Return a logdir of very many small, old runs below `out`; every fiftieth is the same."""
    logdir = out / f"many-{shape}"
    if logdir.is_dir():
        return logdir
    unfinished = out / f"many-{shape}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    contents = [run_bytes(i, shape) for i in range(min(shape.runs, _DIFFERENT_RUNS))]
    for index in range(shape.runs):
        directory = unfinished / f"sweep-{index // 100:02d}" / f"run-{index:05d}"
        directory.mkdir(parents=True)
        path = directory / "events.out.tfevents.1700000000.bench.1.0"
        path.write_bytes(contents[index % len(contents)])
        os.utime(path, (_WRITTEN_AT_S, _WRITTEN_AT_S))
    unfinished.rename(logdir)
    return logdir


async def list_with_engine(engine: Path, logdir: Path, shape: Shape) -> Listing:
    """Start Farboard's engine and ask for everything that a page begins with."""
    start_s = time.perf_counter()
    child = await Child.start([str(engine), "serve", "--no-index", "--logdir", str(logdir)])
    try:
        connection = Connection(child.stdout, child.stdin)
        connection.start()
        while json.loads(await _get(connection, "/api/status"))["load"]["state"] != "live":
            _check(time.perf_counter() - start_s < _GIVE_UP_S, "the engine does not become live")
            await asyncio.sleep(_POLL_S)
        live_s = time.perf_counter() - start_s
        runs, tags = await asyncio.gather(
            _get(connection, "/api/runs"), _get(connection, "/api/tags")
        )
        listed_s = time.perf_counter() - start_s
        listing = Listing(
            live_s,
            listed_s,
            peak_memory_bytes(child.pid),
            memory_bytes(child.pid),
            len(runs) + len(tags),
        )
        await connection.close()
    finally:
        await child.end(1.0)
    listed_runs = json.loads(runs)["runs"]
    _check(len(listed_runs) == shape.runs, f"{len(listed_runs)} runs of {shape.runs}")
    points = sum(sum(tag["points"]) for tag in json.loads(tags)["tags"])
    _check(points == shape.points, f"{points} points of {shape.points}")
    return listing


async def _get(connection: Connection, path: str) -> bytes:
    response = await connection.request("GET", path)
    body = await response.read()
    _check(response.status == 200, f"{path} answered {response.status}")
    return body


def load_with_data_server(logdir: Path) -> tuple[float, int]:
    """Start TensorBoard's data server; return the seconds until it is loaded, and its peak."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = Path(scratch) / "port"
        command = data_server_command(logdir, port_file, "--reload=once", "--verbose")
        start_s = time.perf_counter()
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                _check(any(_LOADED in line for line in process.stderr), "the data server ended")
                return time.perf_counter() - start_s, peak_memory_bytes(process.pid)
            finally:
                process.kill()


def _check(holds: bool, problem: str) -> None:
    if not holds:
        raise RuntimeError(f"not listed: {problem}")


def measure(logdir: Path, shape: Shape, engine: Path, repeats: int) -> dict[str, Any]:
    """Let both start in turns."""
    listings, peers = [], []
    for _ in range(repeats):
        peers.append(load_with_data_server(logdir))
        listings.append(asyncio.run(list_with_engine(engine, logdir, shape)))
    return {
        "Farboard engine": {
            "live_s": spread([listing.live_s for listing in listings]),
            "listed_s": spread([listing.listed_s for listing in listings]),
            "peak_memory_bytes": max(listing.peak_memory_bytes for listing in listings),
            "memory_bytes": max(listing.memory_bytes for listing in listings),
            "memory_bytes_per_series": listings[0].memory_bytes // shape.series,
            "answer_bytes": listings[0].answer_bytes,
        },
        "data server": {
            "loaded_s": spread([seconds for seconds, _ in peers]),
            "peak_memory_bytes": max(peak for _, peak in peers),
        },
    }


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    ours, peer = (result["readers"][name] for name in ("Farboard engine", "data server"))
    table = Table(
        title=f"{result['logs']['runs']:,} runs of {result['logs']['tags']} tags, medians"
    )
    for heading in ("", "loaded", "all listed", "peak memory"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    peak = f"{peer['peak_memory_bytes'] / 1e6:.0f} MB"
    table.add_row("data server", f"{peer['loaded_s']['median']:.2f} s", "", peak)
    peak = f"{ours['peak_memory_bytes'] / 1e6:.0f} MB"
    times = (f"{ours[name]['median']:.2f} s" for name in ("live_s", "listed_s"))
    table.add_row("Farboard engine", *times, peak)
    Console().print(table)
    few = result["ten_runs"]["memory_bytes"] / 1e6
    print(f"an engine of ten runs, at rest: {few:.1f} MB")


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--tags", type=int, default=50)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--out", type=Path, default=DATA, help="where logs are kept (%(default)s)")
    parser.add_argument("--engine", type=Path, help="the engine program")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="many_runs", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    engine = find_engine(arguments.engine).path
    shape = Shape(arguments.runs, arguments.tags, arguments.steps)
    logdir = make_many_logs(arguments.out, shape).absolute()
    size_bytes = warm(logdir)
    few = make_many_logs(arguments.out, _FEW).absolute()
    result = {
        "what": "process start until runs and tags are listed, files warm",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "series": shape.series, "bytes": size_bytes},
        "readers": measure(logdir, shape, engine, arguments.repeats),
        "ten_runs": asdict(asyncio.run(list_with_engine(engine, few, _FEW))),
    }
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
