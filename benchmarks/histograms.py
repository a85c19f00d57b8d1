"""Measures looking at histograms: 5,000 of them with 501 buckets, as the page's three pictures ask.

The engine is asked over HTTP/2 on its pipes as the hub asks it: once after the start, when every
histogram has to be read from its file, and then again and again. Of the two tags one has the same
edges at every step, as a writer with fixed ones has it, and of the other no two edges are equal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
import tempfile
import time
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DataType

from benchmarks.machine import cpu_s, describe_machine, memory_bytes, spread, write_result
from farboard.link.engine import find_engine
from farboard.link.http2 import Connection
from farboard.link.process import Child
from farboard.writer.checksum import crc32c

Floats: TypeAlias = npt.NDArray[np.float64]

STEPS, BUCKETS = 5000, 501
TAGS = ("fixed edges", "own edges")
# Of a card of usual width: the lines one before the other, the heat map, the percentiles.
PICTURES = {"lines": (40, 50), "heat map": (400, 80), "percentiles": (400, 1)}
_START_S = 1_700_000_000.0
_POLL_S = 0.05


def make_histogram_logs(logdir: Path, steps: int, buckets: int) -> None:
    """Write both tags, the first as PyTorch writes histograms, the second as TensorFlow does."""
    rng = np.random.default_rng(0)
    path = logdir / "run" / "events.out.tfevents.1700000000.bench.0.0"
    path.parent.mkdir(parents=True)
    fixed = np.linspace(-4, 4, buckets + 1)
    with path.open("wb") as file:
        for step in range(steps):
            values = rng.normal(0, 1, 3000).clip(-4, 4)
            own = np.linspace(values.min(), values.max(), buckets + 1)
            shown = [_as_pytorch(TAGS[0], values, fixed), _as_tensorflow(TAGS[1], values, own)]
            event = Event(wall_time=_START_S + step, step=step, summary=Summary(value=shown))
            file.write(_record(event.SerializeToString()))


def _as_pytorch(tag: str, values: Floats, edges: Floats) -> Summary.Value:
    counts, _ = np.histogram(values, edges)
    # Empty buckets at the ends are left out by who reads them.
    counts[[0, -1]] += 1
    histogram = HistogramProto(
        min=edges[0],
        max=edges[-1],
        num=counts.sum(),
        sum=values.sum(),
        bucket_limit=edges[1:],
        bucket=counts,
    )
    return Summary.Value(tag=tag, histo=histogram)


def _as_tensorflow(tag: str, values: Floats, edges: Floats) -> Summary.Value:
    counts, _ = np.histogram(values, edges)
    rows = np.stack([edges[:-1], edges[1:], counts], axis=1)
    tensor = TensorProto(dtype=DataType.DT_DOUBLE, tensor_content=rows.astype("<f8").tobytes())
    for size in rows.shape:
        tensor.tensor_shape.dim.add().size = size
    value = Summary.Value(tag=tag, tensor=tensor)
    value.metadata.plugin_data.plugin_name = "histograms"
    return value


def _record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    length_crc, payload_crc = (struct.pack("<I", _masked(part)) for part in (length, payload))
    return length + length_crc + payload + payload_crc


def _masked(part: bytes) -> int:
    crc = crc32c(part)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


async def ask_engine(engine: Path, logdir: Path, repeats: int) -> dict[str, dict[str, Any]]:
    """Load the logs with the engine, and ask for each picture."""
    results: dict[str, dict[str, Any]] = {}
    for tag in TAGS:
        child = await Child.start([str(engine), "serve", "--logdir", str(logdir), "--no-index"])
        try:
            connection = Connection(child.stdout, child.stdin)
            connection.start()
            await _wait_until_live(connection)
            for name, (columns, bins) in PICTURES.items():
                series = [{"id": 0, "run": "run", "tag": tag}]
                asked = {"series": series, "columns": columns, "bins": bins}
                first_ms, _ = await _ask(connection, asked)
                busy_s = cpu_s(child.pid)
                again = [await _ask(connection, asked) for _ in range(repeats)]
                busy_s = cpu_s(child.pid) - busy_s
                results[f"{tag}, {name}"] = {
                    "first_ms": round(first_ms, 1),
                    "again_ms": spread([took_ms for took_ms, _ in again]),
                    "again_busy_ms": round(busy_s / repeats * 1e3, 1),
                    "answer_bytes": again[0][1],
                    "memory_bytes": memory_bytes(child.pid),
                }
            await connection.close()
        finally:
            await child.end(1.0)
    return results


async def _wait_until_live(connection: Connection) -> None:
    while True:
        response = await connection.request("GET", "/api/status")
        if json.loads(await response.read())["load"]["state"] == "live":
            return
        await asyncio.sleep(_POLL_S)


async def _ask(connection: Connection, asked: dict[str, Any]) -> tuple[float, int]:
    """Return how long the whole answer took, and how long it is."""
    start_s = time.perf_counter()
    headers = {"accept-encoding": "identity"}
    body = json.dumps(asked).encode()
    response = await connection.request("POST", "/api/histograms", body, headers)
    content = await response.read()
    took_ms = (time.perf_counter() - start_s) * 1e3
    if response.status != 200:
        raise RuntimeError(f"/api/histograms answered {response.status}: {content!r}")
    [one] = json.loads(content)["series"]
    if one["errors"]["n"] or sum(one["n"]) != one["histograms"]:
        raise RuntimeError(f"not every histogram counts: {one['errors']}")
    return took_ms, len(content)


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    logs = result["logs"]
    table = Table(title=f"{logs['steps']:,} histograms of {logs['buckets']} buckets, ms")
    for heading in ("", "first", "again", "busy", "kB", "MB of memory"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for name, told in result["answers"].items():
        table.add_row(
            name,
            f"{told['first_ms']:.0f}",
            f"{told['again_ms']['median']:.0f}",
            f"{told['again_busy_ms']:.0f}",
            f"{told['answer_bytes'] / 1e3:.0f}",
            f"{told['memory_bytes'] / 1e6:.0f}",
        )
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--buckets", type=int, default=BUCKETS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--engine", type=Path, help="the engine program (default: the installed one)"
    )
    parser.add_argument("--name", default="histograms", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logdir = Path(scratch)
        make_histogram_logs(logdir, arguments.steps, arguments.buckets)
        engine = find_engine(arguments.engine).path
        answers = asyncio.run(ask_engine(engine, logdir, arguments.repeats))
    result = {
        "what": "histograms over time, as a card of usual width asks for them",
        "machine": describe_machine(),
        "logs": {"steps": arguments.steps, "buckets": arguments.buckets, "tags": len(TAGS)},
        "answers": answers,
    }
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
