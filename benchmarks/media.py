"""Measures the first screen of images: 200,000 of them on a far machine, 100 ms, 20 Mbit/s away.

Farboard as `farboard gpu1:DIR`, TensorBoard through `ssh -L`, over the same relay, both with
everything loaded. Each is asked what its page asks until a screen of images is there: which there
are, where the newest of each series is, and the images, six at a time as a browser does it.
Farboard's come as thumbnails, TensorBoard's as they were written.
"""

from __future__ import annotations

import argparse
import io
import json
import struct
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from benchmarks.boards import TensorBoard
from benchmarks.far_boards import Asker, FarFarboard, FarSide, Tunnel, far_side
from benchmarks.machine import describe_machine, memory_bytes, spread, warm, write_result
from benchmarks.make_logs import Shape
from farboard.writer.checksum import CASTAGNOLI, crc32c

if TYPE_CHECKING:
    from collections.abc import Sequence

RTT_MS = 100.0
MBIT_S = 20.0
RUNS, TAGS, STEPS = 10, 20, 1000
SIDE_PX = 256
THUMBNAIL_PX = 128
# One page of cards, as TensorBoard has it, and what a browser asks of one host at a time.
CARDS, AT_A_TIME = 12, 6
DISTINCT = 16
_START_S = 1_700_000_000.0


@dataclass(frozen=True)
class Screen:
    """Seconds from the first question to the last image, and what that took."""

    took_s: float
    received_bytes: int
    images_bytes: int


def picture(number: int, side_px: int) -> bytes:
    """Return a PNG that looks like a photograph to a compressor: smooth, with a little noise."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[0:side_px, 0:side_px] / side_px
    waves = rng.uniform(1, 9, (3, 4))
    smooth = [np.sin(a * x + b) + np.cos(c * y + d) for a, b, c, d in waves]
    noise = rng.integers(0, 2, (side_px, side_px, 1))
    pixels = (np.stack(smooth, axis=-1) + 2) * 60 + noise
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, "PNG", compress_level=6)
    return out.getvalue()


def make_image_logs(out: Path, runs: int, tags: int, steps: int, side_px: int) -> int:
    """Write images of all runs, tags and steps, as PyTorch's writer does; return their bytes."""
    pictures = [Picture(picture(number, side_px)) for number in range(DISTINCT)]
    written = 0
    for run in range(runs):
        path = out / f"run-{run}" / f"events.out.tfevents.1700000000.bench.{run}.0"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            for step in range(steps):
                for tag in range(tags):
                    shown = pictures[(run + tag + step) % DISTINCT]
                    file.writelines(shown.record(f"sample/{tag}", step, side_px))
                    written += len(shown.content)
    return written


class Picture:
    """An image that stands in many records, whose checksum is computed once.

    The image is the last of what an event has, and the checksum of two parts follows from theirs:
    that of the first, moved on by the length of the second, xor that of the second.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._checksum = crc32c(content)
        self._moved = _powers_of_two_moved(len(content))

    def record(self, tag: str, step: int, side_px: int) -> list[bytes]:
        """Return the parts of a record with this image."""
        image = Summary.Image(
            height=side_px, width=side_px, colorspace=3, encoded_image_string=self.content
        )
        summary = Summary(value=[Summary.Value(tag=tag, image=image)])
        event = Event(wall_time=_START_S + step, step=step, summary=summary).SerializeToString()
        before = event[: -len(self.content)]
        checksum = _moved(crc32c(before), self._moved) ^ self._checksum
        length = struct.pack("<Q", len(event))
        ends = [struct.pack("<I", masked(crc)) for crc in (crc32c(length), checksum)]
        return [length, ends[0], event, ends[1]]


def masked(crc: int) -> int:
    """Return a checksum as it is written."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _moved(crc: int, powers: Sequence[int]) -> int:
    result = 0
    for power in powers:
        result ^= power if crc & 1 else 0
        crc >>= 1
    return result


def _powers_of_two_moved(count_bytes: int) -> list[int]:
    """Return what each bit of a checksum becomes by so many bytes that are 0."""
    powers = [1 << bit for bit in range(32)]
    # By one bit; then by squaring by twice as many, and by those that make up the count.
    step = [CASTAGNOLI] + [1 << bit for bit in range(31)]
    count = 8 * count_bytes
    while count:
        if count & 1:
            powers = [_moved(power, step) for power in powers]
        step = [_moved(power, step) for power in step]
        count >>= 1
    return powers


def screen_of_farboard(far: FarSide, board: FarFarboard, secret: str) -> Screen:
    """Ask what Farboard's page asks."""
    source = board.name_of_source()
    before_bytes, began_s = far.link.passed_bytes()[1], time.perf_counter()
    asker = Asker(board.address, secret)
    asker.get("/api/runs")
    tags = asker.get_json("/api/tags")
    series = [
        {"source": source, "run": tags["runs"][place], "tag": entry["tag"], "kind": "image"}
        for entry in tags["tags"]
        for place in entry["run"]
    ][:CARDS]
    answer = asker.post_json("/api/values", {"series": series, "limit": 1})
    addresses = [
        f"{one['value'][0]['items'][0]['thumbnail']}&px={THUMBNAIL_PX}" for one in answer["series"]
    ]
    images_bytes = _all(board.address, addresses)
    took_s = time.perf_counter() - began_s
    return Screen(took_s, far.link.passed_bytes()[1] - before_bytes, images_bytes)


def screen_of_tensorboard(far: FarSide, tunnel: Tunnel) -> Screen:
    """Ask what TensorBoard's page of images asks."""
    before_bytes, began_s = far.link.passed_bytes()[1], time.perf_counter()
    asker = Asker(tunnel.address)
    asker.get("/data/runs")
    tags = asker.get_json("/data/plugin/images/tags")
    pairs = [(run, tag) for run in sorted(tags) for tag in sorted(tags[run])][:CARDS]

    def newest(pair: tuple[str, str]) -> str:
        query = urllib.parse.urlencode({"run": pair[0], "tag": pair[1], "sample": 0})
        path = f"/data/plugin/images/images?{query}"
        image = Asker(tunnel.address).get_json(path)[-1]
        return f"/data/plugin/images/individualImage?{image['query']}"

    with ThreadPoolExecutor(AT_A_TIME) as asking:
        addresses = list(asking.map(newest, pairs))
    images_bytes = _all(tunnel.address, addresses)
    took_s = time.perf_counter() - began_s
    return Screen(took_s, far.link.passed_bytes()[1] - before_bytes, images_bytes)


def _all(address: str, paths: Sequence[str]) -> int:
    """Return the bytes of all images, asked for over as many connections as a browser has."""
    askers = [Asker(address) for _ in range(AT_A_TIME)]

    def of_connection(place: int) -> int:
        return sum(len(askers[place].get(path)) for path in paths[place::AT_A_TIME])

    with ThreadPoolExecutor(AT_A_TIME) as asking:
        return sum(asking.map(of_connection, range(AT_A_TIME)))


def summary_of(screens: Sequence[Screen]) -> dict[str, Any]:
    """Return medians of what was measured."""
    return {
        "first_s": round(screens[0].took_s, 4),
        "screen_s": spread([screen.took_s for screen in screens]),
        "received_bytes": round(sum(screen.received_bytes for screen in screens) / len(screens)),
        "images_bytes": screens[0].images_bytes,
    }


def measure(
    far: FarSide, logdir: Path, engine: Path | None, repeats: int, runs: int = RUNS
) -> dict[str, Any]:
    """Measure both on one logdir; the first screen of each finds nothing that was kept."""
    with FarFarboard(far, logdir, Shape(0, 0, 0), engine) as board:
        secret = board.secret()
        asker = Asker(board.address, secret)
        began_s = time.perf_counter()
        while (status := _source_of(asker))["load"]["state"] != "live":
            time.sleep(0.2)
        loaded_s = time.perf_counter() - began_s
        loaded_bytes = status["engine"]["memory_bytes"]
        ours = [screen_of_farboard(far, board, secret) for _ in range(repeats)]
        time.sleep(1)
        memory = {"loaded": loaded_bytes, "after": _source_of(asker)["engine"]["memory_bytes"]}
    farboard = summary_of(ours) | {"loaded_s": round(loaded_s, 2), "engine_memory_bytes": memory}
    with TensorBoard(logdir, Shape(0, 0, 0)) as there:
        began_s = time.perf_counter()
        _wait_for_images(there.address, runs)
        loaded_s = time.perf_counter() - began_s
        memory_of_all = _memory_of_children(there.pid)
        with Tunnel(far, there.address) as tunnel:
            theirs = [screen_of_tensorboard(far, tunnel) for _ in range(repeats)]
    tensorboard = summary_of(theirs) | {
        "loaded_s": round(loaded_s, 2),
        "memory_bytes": memory_of_all,
    }
    ratio = tensorboard["screen_s"]["median"] / farboard["screen_s"]["median"]
    bytes_ratio = tensorboard["received_bytes"] / farboard["received_bytes"]
    return {
        "farboard": farboard,
        "tensorboard": tensorboard,
        "times_sooner": round(ratio, 2),
        "times_fewer_bytes": round(bytes_ratio, 2),
    }


def _source_of(asker: Asker) -> Any:
    (source,) = asker.get_json("/api/status")["sources"]
    return source if source["load"] else source | {"load": {"state": "unknown"}}


def _wait_for_images(address: str, runs: int) -> None:
    """Wait until TensorBoard has the last step of every run."""
    asker = Asker(address)
    while True:
        tags = asker.get_json("/data/plugin/images/tags")
        if len(tags) == runs and all(_last_step(asker, run, tags[run]) for run in tags):
            return
        time.sleep(1)


def _last_step(asker: Asker, run: str, tags: Any) -> bool:
    query = urllib.parse.urlencode({"run": run, "tag": sorted(tags)[-1], "sample": 0})
    images = asker.get_json(f"/data/plugin/images/images?{query}")
    return bool(images) and images[-1]["step"] == STEPS - 1


def _memory_of_children(pid: int) -> int:
    """Return the memory of a process and of all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return memory_bytes(pid) + sum(_memory_of_children(int(child)) for child in children)


def table_of(result: dict[str, Any]) -> Table:
    """Return the figures as a table."""
    table = Table("", "TensorBoard, ssh -L", "Farboard")
    theirs, ours = result["tensorboard"], result["farboard"]
    rows = [
        ("first screen, s", theirs["first_s"], ours["first_s"]),
        ("a screen again, median s", theirs["screen_s"]["median"], ours["screen_s"]["median"]),
        ("bytes received", theirs["received_bytes"], ours["received_bytes"]),
        ("memory, MB", theirs["memory_bytes"] / 1e6, ours["engine_memory_bytes"]["after"] / 1e6),
    ]
    for name, *values in rows:
        table.add_row(name, *(f"{value:,.2f}" for value in values))
    return table


def main() -> None:
    """Run the benchmark and keep its result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", type=Path, help="the engine to send; default: the built one")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--runs", type=int, default=RUNS, help="of 20,000 images each")
    parser.add_argument("--side-px", type=int, default=SIDE_PX)
    parser.add_argument("--logs", type=Path, help="where the images are, or shall be, kept")
    parser.add_argument("--name", default="media", help="of the result")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logdir = (arguments.logs or Path(scratch) / "images").absolute()
        if not logdir.exists():
            make_image_logs(logdir, arguments.runs, TAGS, STEPS, arguments.side_px)
        size_bytes = warm(logdir)
        with far_side(RTT_MS, MBIT_S) as far:
            figures = measure(far, logdir, arguments.engine, arguments.repeats, arguments.runs)
    result = {
        "machine": describe_machine(),
        "link": {"rtt_ms": RTT_MS, "mbit_s": MBIT_S},
        "images": arguments.runs * TAGS * STEPS,
        "side_px": arguments.side_px,
        "logs_bytes": size_bytes,
        **figures,
    }
    write_result(arguments.name, result)
    Console().print(table_of(result), json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
