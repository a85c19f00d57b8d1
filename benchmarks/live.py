"""Measures following: from a flushed record to its line in `/api/changes`, and what waiting costs.

One run is written to while a thousand others are quiet. Each record is written with one `write`,
which is all that a flush does, at moments that fit no rhythm; the time ends when a line that counts
its point has arrived over the engine's own HTTP/2. Once with inotify, once without, as on a network
file system. The processor's time is the engine's own, in shares of one core, over a stretch in
which nothing is written.

TensorBoard's data server reloads every five seconds, as it does by itself, and is asked for the
run's last step again and again.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from rich.console import Console
from rich.table import Table
from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc

from benchmarks.data_server import data_server_command
from benchmarks.machine import cpu_s, describe_machine, memory_bytes, warm, write_result
from benchmarks.make_logs import DATA, Shape
from benchmarks.many_runs import make_many_logs
from farboard.hub.untrusted import read_objects
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child
from farboard.writer.records import frame
from farboard.writer.scalar import scalar_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_TAG = "live/loss"
_GIVE_UP_S = 60.0
_PAUSE_S = (0.3, 1.3)
_PEER_POLL_S = 0.05


def append_point(path: Path, step: int) -> float:
    """Write one record; return when that was done."""
    record = frame(scalar_event(_TAG, time.time(), step, 0.5))
    with path.open("ab", buffering=0) as file:
        file.write(record)
    return time.perf_counter()


async def follow_with_engine(
    engine: Path, logdir: Path, path: Path, options: list[str], records: int, rest_s: float
) -> dict[str, Any]:
    """Let Farboard's engine follow the logdir; return its delays and what it costs at rest."""
    command = [str(engine), "serve", "--no-index", "--logdir", str(logdir), *options]
    child = await Child.start(command)
    try:
        connection = Connection(child.stdout, child.stdin)
        connection.start()
        response = await connection.request("GET", "/api/changes")
        lines = read_objects(response.chunks())
        await _line_with(lines, lambda line: line["load"]["state"] == "live")
        used_s, begin_s = cpu_s(child.pid), time.perf_counter()
        await asyncio.sleep(rest_s)
        share = (cpu_s(child.pid) - used_s) / (time.perf_counter() - begin_s)
        delays_s = []
        for step in range(records):
            await asyncio.sleep(random.uniform(*_PAUSE_S))
            written_s = append_point(path, step)
            await _line_with(lines, lambda line, step=step: _tells(line, step))  # type: ignore[misc]
            delays_s.append(time.perf_counter() - written_s)
        memory = memory_bytes(child.pid)
        await connection.close()
    finally:
        await child.end(1.0)
    return {"delay_ms": summarize(delays_s), "cpu_percent": 100 * share, "memory_bytes": memory}


async def _line_with(lines: AsyncIterator[dict[str, Any]], holds: Any) -> None:
    while not holds(await asyncio.wait_for(anext(lines), _GIVE_UP_S)):
        pass


def _tells(line: dict[str, Any], step: int) -> bool:
    """Whether a line tells of this step; a tag's first may only ask to read the index again."""
    told = any(grown["tag"] == _TAG and grown["last_step"] >= step for grown in line["series"])
    return bool(told or (step == 0 and line["reindex"]))


def follow_with_data_server(logdir: Path, path: Path, records: int) -> dict[str, Any]:
    """Let TensorBoard's data server follow the logdir at its own rhythm."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = Path(scratch) / "port"
        command = data_server_command(logdir, port_file)
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            try:
                _wait_until(port_file.exists)
                port = int(port_file.read_text())
                delays_s = _delays_of_data_server(port, path, records)
            finally:
                process.kill()
    return {"delay_ms": summarize(delays_s)}


def _delays_of_data_server(port: int, path: Path, records: int) -> list[float]:
    delays_s = []
    with grpc.insecure_channel(f"localhost:{port}") as channel:
        stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
        request = data_provider_pb2.ListScalarsRequest()
        request.plugin_filter.plugin_name = "scalars"
        request.run_tag_filter.tags.names.append(_TAG)

        def has(step: int) -> bool:
            answer = stub.ListScalars(request, timeout=_GIVE_UP_S)
            return any(tag.metadata.max_step >= step for run in answer.runs for tag in run.tags)

        for step in range(1000, 1000 + records):
            time.sleep(random.uniform(*_PAUSE_S))
            written_s = append_point(path, step)
            _wait_until(lambda step=step: has(step))  # type: ignore[misc]
            delays_s.append(time.perf_counter() - written_s)
    return delays_s


def _wait_until(holds: Any) -> None:
    deadline_s = time.perf_counter() + _GIVE_UP_S
    while not holds():
        if time.perf_counter() > deadline_s:
            raise RuntimeError("the data server does not get on")
        time.sleep(_PEER_POLL_S)


def summarize(delays_s: list[float]) -> dict[str, Any]:
    """Return the delays in milliseconds: the middle, the twentieth from the top, the worst."""
    delays_ms = sorted(round(delay_s * 1000, 1) for delay_s in delays_s)
    return {
        "p50": round(statistics.median(delays_ms), 1),
        "p95": delays_ms[min(len(delays_ms) - 1, int(0.95 * len(delays_ms)))],
        "max": delays_ms[-1],
        "count": len(delays_ms),
    }


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    table = Table(title=f"A flushed record among {result['logs']['runs']:,} quiet runs")
    for heading in ("", "p50", "p95", "max", "CPU at rest"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for name, reader in result["readers"].items():
        delay = reader["delay_ms"]
        cpu = f"{reader['cpu_percent']:.2f} %" if "cpu_percent" in reader else ""
        table.add_row(name, *(f"{delay[key]:.0f} ms" for key in ("p50", "p95", "max")), cpu)
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--records", type=int, default=60, help="written for each engine")
    parser.add_argument("--rest", type=float, default=25.0, help="seconds to measure at rest")
    parser.add_argument("--out", type=Path, default=DATA, help="where logs are kept (%(default)s)")
    parser.add_argument("--engine", type=Path, help="the engine program")
    parser.add_argument("--name", default="live", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    engine = find_engine(arguments.engine).path
    shape = Shape(arguments.runs, 5, 3)
    logdir = make_many_logs(arguments.out, shape).absolute()
    size_bytes = warm(logdir)
    path = logdir / "live" / "events.out.tfevents.1700000000.bench.1.0"
    path.parent.mkdir(exist_ok=True)
    readers = {}
    for name, options in (("with inotify", []), ("without inotify", ["--no-hints"])):
        path.write_bytes(b"")
        readers[f"Farboard engine, {name}"] = asyncio.run(
            follow_with_engine(engine, logdir, path, options, arguments.records, arguments.rest)
        )
    readers["data server"] = follow_with_data_server(logdir, path, max(1, arguments.records // 6))
    result = {
        "what": "a record is written until it is told, beside quiet runs",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "bytes": size_bytes},
        "readers": readers,
    }
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
