"""Measures a slow link: 100 ms there and back, 20 Mbit/s, between a real ssh and a real sshd.

Farboard as `farboard gpu1:DIR`, TensorBoard as people look at a far one, through `ssh -L`, over the
same relay (`benchmarks/slow_link.py`) in the same run. TensorBoard has loaded everything before.
"Authenticated" is when the server has accepted the key, and the half round trip until ssh knows.

- start: authenticated → the first answer with curves, and the first curve drawn in Chromium;
  warm (engine and index are there) and cold (the engine is sent).
- click: a small request again and again while 50 MB come down, and these get what share of the
  link.
- blackout: nothing passes for a minute; from its end until the link is live again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from benchmarks.boards import TensorBoard
from benchmarks.far_boards import Asker, FarFarboard, FarSide, Tunnel, far_side
from benchmarks.machine import describe_machine, spread, warm, write_result
from benchmarks.make_logs import DATA, Shape, make_logs, run_names, tag_names
from benchmarks.page import CHROMIUM, CHROMIUM_ARGUMENTS, look_at
from farboard.link import Link, LinkOptions
from farboard.target import parse_target
from farboard.writer.records import frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Browser

RTT_MS = 100.0
MBIT_S = 20.0
BLOB_BYTES = 50_000_000
BLACKOUT_S = 60.0
# What the page asks for first on a screen of 1440 by 900: eight charts, three requests at a time.
_CHARTS, _AT_A_TIME, _WIDTH_PX, _SMOOTHING = 8, 3, 311, 0.6
_ARROW = "application/vnd.apache.arrow.stream"
_CLICK_PAUSE_S = 0.2
_GIVE_UP_S = 180.0
_PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 4, 4)
_IMAGE = ("a", "big")


@dataclass(frozen=True)
class Start:
    """Seconds from authentication, and the bytes that came over the link until all curves."""

    first_curves_s: float
    all_curves_s: float
    received_bytes: int


@dataclass(frozen=True)
class Clicks:
    """Milliseconds of small requests while a large answer came, and that one's bytes a second."""

    idle_ms: list[float]
    busy_ms: list[float]
    bulk_bytes_s: float


def make_blob_logs(out: Path) -> Path:
    """Return a logdir with one image of 50 MB that no compression makes smaller."""
    logdir = out / "blob"
    path = logdir / _IMAGE[0] / "events.out.tfevents.1700000000.bench.1.0"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(0).bytes(BLOB_BYTES - len(_PNG))
        image = Summary.Image(height=4, width=4, colorspace=3, encoded_image_string=_PNG + noise)
        summary = Summary(value=[Summary.Value(tag=_IMAGE[1], image=image)])
        event = Event(wall_time=1_700_000_000.0, summary=summary)
        path.write_bytes(frame(event.SerializeToString()))
    return logdir


def start_asked(far: FarSide, logdir: Path, shape: Shape, engine: Path | None) -> Start:
    """Start Farboard and ask what its page asks, without the time a browser takes."""
    before_bytes = far.link.passed_bytes()[1]
    with FarFarboard(far, logdir, shape, engine) as board:
        secret = board.secret()
        ask = ThreadPoolExecutor(_AT_A_TIME)
        with ask:
            list(ask.map(lambda path: Asker(board.address, secret).get(path), _LISTS))
            asking = [
                ask.submit(_ask_chart, board.address, secret, board.name_of_source(), tag, shape)
                for tag in tag_names(_CHARTS)
            ]
            done_s = [done.result() for done in as_completed(asking)]
        login_s = board.login.at_s()
        received_bytes = far.link.passed_bytes()[1] - before_bytes
        return Start(done_s[0] - login_s, done_s[-1] - login_s, received_bytes)


_LISTS = ("/api/runs", "/api/tags")


def _ask_chart(address: str, secret: str, source: str, tag: str, shape: Shape) -> float:
    series = [{"source": source, "run": run, "tag": tag} for run in run_names(shape.runs)]
    question = {
        "series": series,
        "range": [0, shape.steps - 1],
        "width_px": _WIDTH_PX,
        "smoothing": _SMOOTHING,
    }
    Asker(address, secret).post("/api/scalars", question, _ARROW)
    return time.time()


def start_drawn(far: FarSide, browser: Browser, board: FarFarboard | Tunnel) -> Start:
    """Look at a page that was just started, in a browser that runs already."""
    before_bytes = far.link.passed_bytes()[1]
    with board as running:
        look = look_at(browser, running)
        login_s = running.login.at_s()
        navigated_s = look.navigated_at_s - login_s
        return Start(
            navigated_s + look.first_curve_s,
            navigated_s + look.all_curves_s,
            far.link.passed_bytes()[1] - before_bytes,
        )


def clicks_of_farboard(far: FarSide, logdir: Path, engine: Path | None) -> Clicks:
    """Click in Farboard while the image comes."""
    with FarFarboard(far, logdir, Shape(0, 0, 0), engine) as board:
        secret = board.secret()
        source = board.name_of_source()
        series = [{"source": source, "run": _IMAGE[0], "tag": _IMAGE[1], "kind": "image"}]
        asker = Asker(board.address, secret)
        (values,) = asker.post_json("/api/values", {"series": series})["series"]
        blob = values["value"][0]["items"][0]["url"]
        return click(board.address, secret, "/api/runs", blob)


def clicks_of_tensorboard(far: FarSide, address: str) -> Clicks:
    """Click in TensorBoard while the image comes, all through one `ssh -L`."""
    with Tunnel(far, address) as tunnel:
        path = "/data/plugin/images/images?run={}&tag={}&sample=0".format(*_IMAGE)
        (image,) = Asker(tunnel.address).get_json(path)
        bulk = f"/data/plugin/images/individualImage?{image['query']}"
        return click(tunnel.address, "", "/data/runs", bulk)


def click(address: str, secret: str, small: str, bulk: str) -> Clicks:
    """Ask for something small again and again, first alone, then beside something large."""
    asker = Asker(address, secret)
    asker.get(small)
    idle_ms = [_timed_ms(asker, small) for _ in range(5)]
    received: list[tuple[float, int]] = []
    began_s = time.monotonic()
    loading = threading.Thread(target=_load, args=(Asker(address, secret), bulk, received))
    loading.start()
    busy_ms = []
    while loading.is_alive():
        time.sleep(_CLICK_PAUSE_S)
        took_ms = _timed_ms(asker, small)
        if loading.is_alive():
            busy_ms.append(took_ms)
    all_bytes = sum(count for _, count in received)
    if all_bytes < BLOB_BYTES:
        raise RuntimeError(f"only {all_bytes} bytes came")
    return Clicks(idle_ms, busy_ms, all_bytes / (received[-1][0] - began_s))


def _timed_ms(asker: Asker, path: str) -> float:
    began_s = time.perf_counter()
    asker.get(path)
    return (time.perf_counter() - began_s) * 1e3


def _load(asker: Asker, path: str, received: list[tuple[float, int]]) -> None:
    received.extend((time.monotonic(), len(piece)) for piece in asker.pieces("GET", path))


async def blackout(
    far: FarSide, logdir: Path, engine: Path | None, dark_s: float
) -> dict[str, float]:
    """Return the seconds a connection takes, and those from a blackout's end to a live link."""
    options = LinkOptions(ssh_arguments=far.machine.ssh_arguments, engine=engine)
    live = asyncio.Event()
    link = Link(
        parse_target(f"{far.machine.name}:{logdir}"),
        options,
        lambda state: live.set() if state.state == "live" else live.clear(),
    )
    try:
        began_s = time.monotonic()
        await link.start()
        handshake_s = time.monotonic() - began_s
        far.link.dark()
        await asyncio.sleep(dark_s)
        far.link.light()
        light_s = time.monotonic()
        await asyncio.wait_for(live.wait(), _GIVE_UP_S)
        back_s = time.monotonic() - light_s
    finally:
        await link.close()
    return {"handshake_s": round(handshake_s, 3), "back_s": round(back_s, 3)}


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure everything; return figures."""
    shape = Shape()
    logdir = make_logs(arguments.out, shape).absolute()
    blob = make_blob_logs(arguments.out).absolute()
    warm(logdir)
    engine = arguments.engine
    with contextlib.ExitStack() as running:
        far = running.enter_context(far_side(RTT_MS, MBIT_S))
        tensorboard = running.enter_context(TensorBoard(logdir, shape))
        images = running.enter_context(TensorBoard(blob, Shape(0, 0, 0)))
        tensorboard.wait_until_loaded()
        with FarFarboard(far, logdir, shape, engine) as first:  # Puts engine and index there.
            first.wait_until_kept()
        cold = []
        for _ in range(arguments.repeats):
            far.forget_engine()
            cold.append(start_asked(far, logdir, shape, engine))
        warm_starts = [start_asked(far, logdir, shape, engine) for _ in range(arguments.repeats)]
        drawn = look_in_turns(far, logdir, shape, engine, tensorboard.address, arguments.repeats)
        figures: dict[str, Any] = {
            "asked": {"cold": _starts(cold), "warm": _starts(warm_starts)},
            "drawn": {name: _starts(starts) for name, starts in drawn.items()},
            "clicks": {
                "TensorBoard": _clicks(clicks_of_tensorboard(far, images.address)),
                "Farboard": _clicks(clicks_of_farboard(far, blob, engine)),
            },
        }
        if arguments.blackout_s:
            figures["blackout"] = asyncio.run(blackout(far, blob, engine, arguments.blackout_s))
    return figures


def look_in_turns(
    far: FarSide, logdir: Path, shape: Shape, engine: Path | None, peer: str, repeats: int
) -> dict[str, list[Start]]:
    """Look at both boards in turns, in one Chromium."""
    boards: dict[str, Callable[[], FarFarboard | Tunnel]] = {
        "TensorBoard": lambda: Tunnel(far, peer),
        "Farboard": lambda: FarFarboard(far, logdir, shape, engine),
    }
    starts: dict[str, list[Start]] = {name: [] for name in boards}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, headless=True
        )
        for _ in range(repeats):
            for name, board in boards.items():
                starts[name].append(start_drawn(far, browser, board()))
        browser.close()
    return starts


def _starts(starts: Sequence[Start]) -> dict[str, Any]:
    return {
        "first_curves_s": spread([start.first_curves_s for start in starts]),
        "all_curves_s": spread([start.all_curves_s for start in starts]),
        "received_bytes": max(start.received_bytes for start in starts),
    }


def _clicks(clicks: Clicks) -> dict[str, Any]:
    return {
        "idle_ms": round(statistics.median(clicks.idle_ms)),
        "busy_ms": round(statistics.median(clicks.busy_ms)),
        "busy_p95_ms": round(float(np.percentile(clicks.busy_ms, 95))),
        "clicks": len(clicks.busy_ms),
        "bulk_share": round(clicks.bulk_bytes_s / (MBIT_S * 1e6 / 8), 3),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the result as a table."""
    table = Table(title=f"{RTT_MS:g} ms, {MBIT_S:g} Mbit/s; medians")
    for heading in ("", "TensorBoard, ssh -L", "Farboard"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    asked, drawn, clicks = figures["asked"], figures["drawn"], figures["clicks"]
    for name, starts in asked.items():
        first = starts["first_curves_s"]["median"]
        table.add_row(f"authenticated → first curves answered, {name}, s", "", f"{first:.2f}")
    rows = {
        "authenticated → first curve drawn, s": ("first_curves_s", "median"),
        "authenticated → all curves drawn, s": ("all_curves_s", "median"),
    }
    for text, (key, inner) in rows.items():
        table.add_row(text, *(f"{drawn[board][key][inner]:.2f}" for board in drawn))
    bytes_of = [f"{drawn[board]['received_bytes']:,}" for board in drawn]
    table.add_row("bytes received until then", *bytes_of)
    for key in ("idle_ms", "busy_ms", "busy_p95_ms", "bulk_share"):
        table.add_row(f"click, {key}", *(f"{clicks[board][key]}" for board in clicks))
    for key, seconds in figures.get("blackout", {}).items():
        table.add_row(f"blackout, {key}", "", f"{seconds:.2f}")
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=DATA, help="where logs are kept (%(default)s)")
    parser.add_argument("--engine", type=Path, help="the engine (default: the installed one)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--blackout-s", type=float, default=BLACKOUT_S, help="0: none")
    parser.add_argument("--name", default="link", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    figures = measure(arguments)
    show(figures)
    result = {
        "what": "a real ssh and sshd with a relay between them; TensorBoard through ssh -L",
        "machine": describe_machine(),
        "link": {"rtt_ms": RTT_MS, "mbit_s": MBIT_S, "blackout_s": arguments.blackout_s},
        **figures,
    }
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
