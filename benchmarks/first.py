"""Measures the first answers about a logdir that was never read: from the start of the process.

Three moments: every run and tag is listed; the first points of one tag in all runs have come; all
points are loaded, for comparison. TensorBoard's data server and Farboard's engine are asked again
and again while they load, in turns and with the files warm in the page cache. Asking costs what
it costs, which counts against both.
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
from benchmarks.machine import describe_machine, spread, warm, write_result
from benchmarks.make_logs import Shape, add_shape_arguments, make_logs, tag_names
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_S = 0.002
_GIVE_UP_S = 600.0
_CURVE_POINTS = 1000
_MAX_MESSAGE_BYTES = 1 << 30


@dataclass(frozen=True)
class FirstAnswers:
    """Seconds from the start of the process."""

    tags_s: float
    curve_s: float


def first_of_data_server(logdir: Path, shape: Shape) -> FirstAnswers:
    """Ask TensorBoard's data server."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = Path(scratch) / "port"
        command = data_server_command(logdir, port_file, "--reload=once")
        start_s = time.perf_counter()
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            try:
                _until(start_s, lambda: port_file.exists() and port_file.read_text() != "")
                options = [("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)]
                address = f"localhost:{int(port_file.read_text())}"
                with grpc.insecure_channel(address, options=options) as channel:
                    stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
                    _until(start_s, lambda: _series_listed(stub) == shape.series)
                    tags_s = time.perf_counter() - start_s
                    _until(start_s, lambda: _curves_read(stub) == shape.runs)
                    curve_s = time.perf_counter() - start_s
            finally:
                process.kill()
    return FirstAnswers(tags_s, curve_s)


def _until(start_s: float, holds: Callable[[], bool]) -> None:
    while not holds():
        _check(time.perf_counter() - start_s < _GIVE_UP_S, "it takes for ever")
        time.sleep(_POLL_S)


def _series_listed(stub: Any) -> int:
    request = data_provider_pb2.ListScalarsRequest()
    request.plugin_filter.plugin_name = "scalars"
    answer = stub.ListScalars(request, timeout=_GIVE_UP_S, wait_for_ready=True)
    return sum(len(run.tags) for run in answer.runs)


def _curves_read(stub: Any) -> int:
    request = data_provider_pb2.ReadScalarsRequest()
    request.plugin_filter.plugin_name = "scalars"
    request.run_tag_filter.tags.names.append(tag_names(1)[0])
    request.downsample.num_points = _CURVE_POINTS
    answer = stub.ReadScalars(request, timeout=_GIVE_UP_S)
    return sum(bool(tag.data.step) for run in answer.runs for tag in run.tags)


async def first_of_engine(engine: Path, logdir: Path, shape: Shape) -> FirstAnswers:
    """Ask Farboard's engine, which keeps no index of what it reads."""
    start_s = time.perf_counter()
    child = await Child.start([str(engine), "serve", "--logdir", str(logdir), "--no-index"])
    try:
        connection = Connection(child.stdout, child.stdin)
        connection.start()
        runs: list[str] = []
        series = 0
        while series < shape.series:
            answer = await _ask(connection, start_s, "GET", "/api/tags")
            runs = answer["runs"]
            series = sum(len(tag["run"]) for tag in answer["tags"])
        tags_s = time.perf_counter() - start_s
        asked = {
            "series": [{"run": run, "tag": tag_names(1)[0]} for run in runs],
            "width_px": _CURVE_POINTS,
        }
        curves = 0
        while curves < shape.runs:
            answer = await _ask(connection, start_s, "POST", "/api/scalars", asked)
            curves = sum(bool(curve["step"]) for curve in answer["series"])
        curve_s = time.perf_counter() - start_s
        await connection.close()
    finally:
        await child.end(1.0)
    return FirstAnswers(tags_s, curve_s)


async def _ask(
    connection: Connection, start_s: float, method: str, path: str, asked: Any = None
) -> Any:
    _check(time.perf_counter() - start_s < _GIVE_UP_S, "it takes for ever")
    body = None if asked is None else json.dumps(asked).encode()
    response = await connection.request(method, path, body, {"accept": "application/json"})
    content = await response.read()
    _check(response.status == 200, f"{path} answered {response.status}")
    await asyncio.sleep(0)
    return json.loads(content)


def _check(holds: bool, problem: str) -> None:
    if not holds:
        raise RuntimeError(f"not answered: {problem}")


def measure(
    logdir: Path, shape: Shape, engine: Path, repeats: int
) -> dict[str, list[FirstAnswers]]:
    """Ask both in turns, so that they meet the same machine."""
    readers: dict[str, Callable[[], FirstAnswers]] = {
        "data server": lambda: first_of_data_server(logdir, shape),
        "Farboard engine": lambda: asyncio.run(first_of_engine(engine, logdir, shape)),
    }
    answers: dict[str, list[FirstAnswers]] = {name: [] for name in readers}
    for _ in range(repeats):
        for name, ask in readers.items():
            answers[name].append(ask())
    return answers


def summarize(
    answers: dict[str, list[FirstAnswers]], shape: Shape, size_bytes: int
) -> dict[str, Any]:
    """Turn the measurements into what is kept and shown."""
    readers = {
        name: {
            "tags_s": spread([result.tags_s for result in results]),
            "curve_s": spread([result.curve_s for result in results]),
        }
        for name, results in answers.items()
    }
    peer, ours = readers.values()
    return {
        "what": "process start until the first answers about an unknown logdir, files warm",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "points": shape.points, "bytes": size_bytes},
        "readers": readers,
        "times_sooner": {
            moment: round(peer[moment]["median"] / ours[moment]["median"], 2) for moment in ours
        },
    }


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    table = Table(title=f"First answers, {result['logs']['bytes'] / 1e6:.0f} MB, medians in ms")
    for heading in ("", "all runs and tags", "a curve of every run"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for name, reader in result["readers"].items():
        moments = (reader["tags_s"]["median"], reader["curve_s"]["median"])
        table.add_row(name, *(f"{seconds * 1e3:.0f}" for seconds in moments))
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_shape_arguments(parser)
    parser.add_argument(
        "--engine", type=Path, help="the engine program (default: the installed one)"
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--name", default="first", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    shape = Shape(arguments.runs, arguments.tags, arguments.steps)
    logdir = make_logs(arguments.out, shape).absolute()
    engine = find_engine(arguments.engine).path
    size_bytes = warm(logdir)
    result = summarize(measure(logdir, shape, engine, arguments.repeats), shape, size_bytes)
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
