"""Measures reading: from the start of the process until every point on disk is loaded.

TensorBoard's data server and Farboard's engine read the same files, warm in the page cache, in
turns. The data server says itself when its load cycle ends (its log, read as it is written);
Farboard's engine is asked over its own HTTP API until it is live, so what asking costs counts
against it. Afterwards each is asked for what it holds: a time only counts when every series
has its last step.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from rich.console import Console
from rich.table import Table
from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc

from benchmarks.data_server import data_server_command
from benchmarks.machine import describe_machine, peak_memory_bytes, spread, warm, write_result
from benchmarks.make_logs import Shape, add_shape_arguments, make_logs
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_S = 0.005
_GIVE_UP_S = 600.0
_MAX_MESSAGE_BYTES = 1 << 30
_LOADED = "Finished load cycle"


@dataclass(frozen=True)
class Loading:
    """One reading of all logs."""

    seconds: float
    peak_memory_bytes: int
    points_kept: int


def load_with_data_server(logdir: Path, shape: Shape, samples: str) -> Loading:
    """Load with TensorBoard's data server; `samples` is its --samples-per-plugin."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = Path(scratch) / "port"
        command = data_server_command(
            logdir,
            port_file,
            "--reload=once",
            f"--samples-per-plugin={samples}",
            "--verbose",  # three lines, of which the last says that all is loaded
        )
        start_s = time.perf_counter()
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                _wait_for_line(process.stderr, _LOADED)
                seconds = time.perf_counter() - start_s
                memory_bytes = peak_memory_bytes(process.pid)
                points = _points_of_data_server(int(port_file.read_text()), shape)
            finally:
                process.kill()
    return Loading(seconds, memory_bytes, points)


def _wait_for_line(stream: Any, text: str) -> None:
    for line in stream:
        if text in line:
            return
    raise RuntimeError("the data server ended before it had loaded everything")


def _points_of_data_server(port: int, shape: Shape) -> int:
    """Count what it holds, and see that no series lacks its last step."""
    options = [("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)]
    with grpc.insecure_channel(f"localhost:{port}", options=options) as channel:
        stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
        request = data_provider_pb2.ReadScalarsRequest()
        request.plugin_filter.plugin_name = "scalars"
        request.downsample.num_points = shape.steps
        answer = stub.ReadScalars(request, timeout=_GIVE_UP_S)
    steps = [tag.data.step for run in answer.runs for tag in run.tags]
    _check(len(steps) == shape.series, f"{len(steps)} series of {shape.series}")
    last_steps = {max(series) for series in steps}
    _check(last_steps == {shape.steps - 1}, f"last steps are {last_steps}")
    return sum(len(series) for series in steps)


async def load_with_engine(engine: Path, logdir: Path, shape: Shape) -> Loading:
    """Load with Farboard's engine, which keeps no index of what it reads."""
    start_s = time.perf_counter()
    child = await Child.start([str(engine), "serve", "--logdir", str(logdir), "--no-index"])
    try:
        connection = Connection(child.stdout, child.stdin)
        connection.start()
        while True:
            load = (await _get(connection, "/api/status"))["load"]
            if load["state"] == "live":
                break
            _check(time.perf_counter() - start_s < _GIVE_UP_S, "the engine does not become live")
            await asyncio.sleep(_POLL_S)
        seconds = time.perf_counter() - start_s
        memory_bytes = peak_memory_bytes(child.pid)
        tags = (await _get(connection, "/api/tags"))["tags"]
        await connection.close()
    finally:
        await child.end(1.0)
    _check(load["points"] == shape.points, f"{load['points']} points of {shape.points}")
    last_steps = {step for tag in tags for step in tag["last_step"]}
    _check(last_steps == {shape.steps - 1}, f"last steps are {last_steps}")
    return Loading(seconds, memory_bytes, sum(sum(tag["points"]) for tag in tags))


async def _get(connection: Connection, path: str) -> Any:
    response = await connection.request("GET", path)
    body = await response.read()
    _check(response.status == 200, f"{path} answered {response.status}")
    return json.loads(body)


def _check(holds: bool, problem: str) -> None:
    if not holds:
        raise RuntimeError(f"not loaded: {problem}")


def measure(logdir: Path, shape: Shape, engine: Path, repeats: int) -> dict[str, list[Loading]]:
    """Let every reader load in turns, so that all of them meet the same machine."""
    readers: dict[str, Callable[[], Loading]] = {
        "data server, default": lambda: load_with_data_server(logdir, shape, ""),
        "data server, all points": lambda: load_with_data_server(logdir, shape, "scalars=all"),
        "Farboard engine": lambda: asyncio.run(load_with_engine(engine, logdir, shape)),
    }
    loadings: dict[str, list[Loading]] = {name: [] for name in readers}
    for _ in range(repeats):
        for name, load in readers.items():
            loadings[name].append(load())
    return loadings


def summarize(loadings: dict[str, list[Loading]], shape: Shape, size_bytes: int) -> dict[str, Any]:
    """Turn the measurements into what is kept and shown."""
    readers = {}
    for name, results in loadings.items():
        seconds = spread([result.seconds for result in results])
        readers[name] = {
            "seconds": seconds,
            "points_per_s": round(shape.points / seconds["median"]),
            "peak_memory_bytes": max(result.peak_memory_bytes for result in results),
            "points_kept": min(result.points_kept for result in results),
        }
    *peers, ours = readers
    return {
        "what": "process start until all points are loaded, files warm",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "points": shape.points, "bytes": size_bytes},
        "readers": readers,
        "times_faster": {
            peer: round(readers[peer]["seconds"]["median"] / readers[ours]["seconds"]["median"], 2)
            for peer in peers
        },
    }


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    logs = result["logs"]
    table = Table(
        title=f"Loading {logs['points']:,} points ({logs['bytes'] / 1e6:.0f} MB), medians"
    )
    for heading in ("", "seconds", "points/s", "peak memory", "points kept", "Farboard is"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for name, reader in result["readers"].items():
        factor = result["times_faster"].get(name)
        table.add_row(
            name,
            f"{reader['seconds']['median']:.3f}",
            f"{reader['points_per_s']:,}",
            f"{reader['peak_memory_bytes'] / 1e6:.0f} MB",
            f"{reader['points_kept']:,}",
            f"{factor:.1f}x faster" if factor else "",
        )
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_shape_arguments(parser)
    parser.add_argument(
        "--engine", type=Path, help="the engine program (default: the installed one)"
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--name", default="load", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    shape = Shape(arguments.runs, arguments.tags, arguments.steps)
    logdir = make_logs(arguments.out, shape).absolute()
    engine = find_engine(arguments.engine).path
    size_bytes = warm(logdir)
    loadings = measure(logdir, shape, engine, arguments.repeats)
    result = summarize(loadings, shape, size_bytes)
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
