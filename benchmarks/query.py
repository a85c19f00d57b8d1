"""Measures looking: how long an answer for many long curves takes, through the engine's own HTTP.

The engine is asked over HTTP/2 on its pipes as the hub asks it. Three times are told apart:
until the head of the answer is there (the engine has computed and packed everything by then),
until this Python program has read its last byte, and how long the engine kept processors busy
with it. Each question is asked for the first time with a weight and again, at full range and
zoomed in; plain, and once with gzip as over a slow link. Beside it stands TensorBoard's data
server answering for the same curves with its sample of 1,000 points each: no peer answers
exactly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from rich.console import Console
from rich.table import Table
from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc

from benchmarks.data_server import data_server_command
from benchmarks.machine import cpu_s, describe_machine, warm, write_result
from benchmarks.make_logs import DATA, Shape, make_logs, run_names, tag_names
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH_PX = 1000
SAMPLES = 1000
_POLL_S = 0.05
_GIVE_UP_S = 900.0
_MAX_MESSAGE_BYTES = 1 << 30


@dataclass
class Times:
    """Milliseconds of answers of one kind."""

    head_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    answer_bytes: int = 0

    def summary(self) -> dict[str, Any]:
        """Return the middle and the slow end of each."""
        named = {"head": self.head_ms, "whole": self.whole_ms, "busy": self.busy_ms}
        spreads = {
            f"{name}_{which}_ms": round(percentile(times, part), 2)
            for name, times in named.items()
            for which, part in (("p50", 0.5), ("p95", 0.95))
        }
        return {**spreads, "answers": len(self.head_ms), "answer_bytes": self.answer_bytes}


def percentile(values: list[float], part: float) -> float:
    """Return the smallest value that at least this part of all does not exceed."""
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def questions(shape: Shape) -> dict[str, dict[str, Any]]:
    """Return what is asked for: all runs of the first tag, whole and a fiftieth of it."""
    tag = tag_names(shape.tags)[0]
    series = [{"run": run, "tag": tag} for run in run_names(shape.runs)]
    middle = [shape.steps // 2, shape.steps // 2 + shape.steps // 50]
    base = {"series": series, "width_px": WIDTH_PX}
    return {"full range": base, "zoomed 50 times": {**base, "range": middle}}


def weights(count: int) -> Iterator[float]:
    """Return weights that no answer has used before."""
    return (round(0.6 + 0.35 * i / count, 6) for i in range(count))


async def ask_engine(
    engine: Path, logdir: Path, shape: Shape, repeats: int
) -> dict[str, dict[str, Any]]:
    """Load the logs with the engine and ask it everything."""
    child = await Child.start([str(engine), "serve", "--logdir", str(logdir)])
    try:
        connection = Connection(child.stdout, child.stdin)
        connection.start()
        await _wait_until_live(connection, shape)
        results = {}
        for name, question in questions(shape).items():
            kinds = ("raw", "first with a weight", "smoothed", "smoothed, gzip")
            times = {kind: Times() for kind in kinds}
            for weight in weights(repeats):
                smoothed = {**question, "smoothing": weight}
                asked = (question, smoothed, smoothed, smoothed)
                for kind, body in zip(kinds, asked, strict=True):
                    coding = "gzip" if kind.endswith("gzip") else "identity"
                    await _ask(connection, child.pid, body, coding, times[kind])
            results.update({f"{name}, {kind}": times[kind].summary() for kind in times})
        await connection.close()
    finally:
        await child.end(1.0)
    return results


async def _wait_until_live(connection: Connection, shape: Shape) -> None:
    give_up_s = time.perf_counter() + _GIVE_UP_S
    while time.perf_counter() < give_up_s:
        response = await connection.request("GET", "/api/status")
        load = json.loads(await response.read())["load"]
        if load["state"] == "live":
            if load["points"] != shape.points:
                raise RuntimeError(f"not loaded: {load['points']} points of {shape.points}")
            return
        await asyncio.sleep(_POLL_S)
    raise RuntimeError("not loaded: the engine does not become live")


async def _ask(
    connection: Connection, pid: int, question: dict[str, Any], coding: str, times: Times
) -> None:
    body = json.dumps(question).encode()
    busy_s, start_s = cpu_s(pid), time.perf_counter()
    headers = {"accept-encoding": coding}
    response = await connection.request("POST", "/api/scalars", body, headers)
    head_s = time.perf_counter() - start_s
    if response.status != 200:
        raise RuntimeError(f"/api/scalars answered {response.status}")
    size = len(await response.read(decoded=False))
    times.whole_ms.append((time.perf_counter() - start_s) * 1e3)
    times.head_ms.append(head_s * 1e3)
    times.busy_ms.append((cpu_s(pid) - busy_s) * 1e3)
    times.answer_bytes = size


def ask_data_server(logdir: Path, shape: Shape, repeats: int) -> dict[str, Any]:
    """Load the logs with the data server and ask it for its sample of the same curves."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = Path(scratch) / "port"
        command = data_server_command(
            logdir,
            port_file,
            "--reload=once",
            f"--samples-per-plugin=scalars={SAMPLES}",
            "--verbose",
        )
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                if not any("Finished load cycle" in line for line in process.stderr):
                    raise RuntimeError("the data server ended before it had loaded everything")
                return _read_scalars(int(port_file.read_text()), process.pid, shape, repeats)
            finally:
                process.kill()


def _read_scalars(port: int, pid: int, shape: Shape, repeats: int) -> dict[str, Any]:
    times = Times()
    options = [("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)]
    with grpc.insecure_channel(f"localhost:{port}", options=options) as channel:
        stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
        request = data_provider_pb2.ReadScalarsRequest()
        request.plugin_filter.plugin_name = "scalars"
        request.run_tag_filter.tags.names.append(tag_names(shape.tags)[0])
        request.downsample.num_points = SAMPLES
        for _ in range(repeats):
            busy_s, start_s = cpu_s(pid), time.perf_counter()
            answer = stub.ReadScalars(request, timeout=_GIVE_UP_S)
            times.whole_ms.append((time.perf_counter() - start_s) * 1e3)
            times.head_ms.append(times.whole_ms[-1])
            times.busy_ms.append((cpu_s(pid) - busy_s) * 1e3)
            times.answer_bytes = answer.ByteSize()
    if len(answer.runs) != shape.runs:
        raise RuntimeError(f"not loaded: {len(answer.runs)} runs of {shape.runs}")
    return times.summary()


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    logs = result["logs"]
    title = f"{logs['runs']} curves of {logs['steps']:,} points on {WIDTH_PX:,} px, ms"
    table = Table(title=title)
    headings = ("", "answered p50", "p95", "read p50", "p95", "busy p50", "MB")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "" else "right")
    for name, times in result["answers"].items():
        columns = ("head_p50_ms", "head_p95_ms", "whole_p50_ms", "whole_p95_ms", "busy_p50_ms")
        figures = [f"{times[column]:.1f}" for column in columns]
        table.add_row(name, *figures, f"{times['answer_bytes'] / 1e6:.1f}")
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument(
        "--steps", type=int, default=1_000_000, help="58 bytes of disk each (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=DATA, help="where logs are kept (%(default)s)")
    parser.add_argument(
        "--engine", type=Path, help="the engine program (default: the installed one)"
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--name", default="query", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    shape = Shape(arguments.runs, 1, arguments.steps)
    logdir = make_logs(arguments.out, shape).absolute()
    warm(logdir)
    answers = asyncio.run(
        ask_engine(find_engine(arguments.engine).path, logdir, shape, arguments.repeats)
    )
    answers["data server, 1,000 random points"] = ask_data_server(logdir, shape, arguments.repeats)
    result = {
        "what": f"answers for all runs of one tag on {WIDTH_PX} px, everything loaded",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "points": shape.points},
        "answers": answers,
    }
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
