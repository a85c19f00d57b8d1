"""Measures looking: what a person waits for until the first curve is on the screen, and its bytes.

TensorBoard and Farboard on the same logs, in turns, each in a fresh Chromium profile. A curve
counts as drawn when a canvas on the screen shows colour; the same few lines look at both pages.
Two waits:

- warm: the board has loaded everything; from the navigation to the first curve.
- cold: from the start of the board's process to the first curve. The browser goes to the address
  as soon as it is printed; with TensorBoard it waits for the first tag, since a page that came
  too early stays empty.
"""

from __future__ import annotations

import argparse
import time
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.boards import Board, Farboard, TensorBoard
from benchmarks.machine import describe_machine, spread, warm, write_result
from benchmarks.make_logs import Shape, add_shape_arguments, make_logs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page, ViewportSize

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
_VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
_GIVE_UP_S = 300.0
_SETTLED_S = 2.0
_LOOK_AGAIN_MS = 100

# Curves are coloured, axes and grids are grey. Canvases are looked at in small, which is cheap.
_WATCH = """
(() => {
  const width = 120, height = 60, enough = 30;
  const small = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  const onScreen = (canvas) => {
    const box = canvas.getBoundingClientRect();
    return box.width > 100 && box.height > 50 && box.bottom > 0 && box.top < innerHeight;
  };
  const showsColour = (canvas) => {
    if (!canvas.width || !canvas.height) return false;
    small.clearRect(0, 0, width, height);
    small.drawImage(canvas, 0, 0, width, height);
    const rgba = small.getImageData(0, 0, width, height).data;
    let coloured = 0;
    for (let i = 0; i < rgba.length; i += 4) {
      const [r, g, b, a] = [rgba[i], rgba[i + 1], rgba[i + 2], rgba[i + 3]];
      if (a > 20 && Math.max(r, g, b) - Math.min(r, g, b) > 40) coloured++;
    }
    return coloured >= enough;
  };
  const seen = window.seenCurves = {first_ms: null, all_ms: null, charts: 0};
  const look = () => {
    const charts = [...document.querySelectorAll("canvas")].filter(onScreen).filter(showsColour);
    if (charts.length > seen.charts) {
      seen.all_ms = performance.now();
      seen.first_ms ??= seen.all_ms;
      seen.charts = charts.length;
    }
    setTimeout(look, 32);
  };
  look();
})();
"""


class Shown(Protocol):
    """What can be looked at."""

    data_paths: tuple[str, ...]

    def page_address(self) -> str:
        """Return the address to open, good for one browser."""


@dataclass(frozen=True)
class Look:
    """One visit of a board's page."""

    navigated_at_s: float
    first_curve_s: float
    all_curves_s: float
    charts: int
    page_bytes: int
    data_bytes: int


class Traffic:
    """Counts what a page receives, as it came over the wire: headers and compressed bodies."""

    def __init__(self, page: Page, data_paths: tuple[str, ...]) -> None:
        self.page_bytes = 0
        self.data_bytes = 0
        self._data_paths = data_paths
        self._addresses: dict[str, str] = {}
        devtools = page.context.new_cdp_session(page)
        devtools.on("Network.requestWillBeSent", self._asked)
        devtools.on("Network.loadingFinished", self._received)
        devtools.on("Network.webSocketFrameReceived", self._frame)
        devtools.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _received(self, event: dict[str, Any]) -> None:
        address = urllib.parse.urlsplit(self._addresses.get(event["requestId"], ""))
        if not address.scheme.startswith("http"):
            return  # data: and blob: come from the page itself
        if address.path.startswith(self._data_paths):
            self.data_bytes += int(event["encodedDataLength"])
        else:
            self.page_bytes += int(event["encodedDataLength"])

    def _frame(self, event: dict[str, Any]) -> None:
        self.data_bytes += len(event["response"]["payloadData"])


def look_at(browser: Browser, board: Shown, screenshot: Path | None = None) -> Look:
    """Open the page in a fresh profile and wait until all charts on the screen are drawn."""
    with browser.new_context(viewport=_VIEWPORT) as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        traffic = Traffic(page, board.data_paths)
        page.goto(board.page_address(), wait_until="commit")
        _wait_for_a_curve(page)
        seen = _settled(page)
        if screenshot:
            page.screenshot(path=screenshot)
        return Look(
            navigated_at_s=page.evaluate("performance.timeOrigin") / 1000,
            first_curve_s=seen["first_ms"] / 1000,
            all_curves_s=seen["all_ms"] / 1000,
            charts=seen["charts"],
            page_bytes=traffic.page_bytes,
            data_bytes=traffic.data_bytes,
        )


def watch_curves(page: Page, address: str) -> None:
    """Open an address and wait until all charts on the screen are drawn."""
    page.add_init_script(_WATCH)
    page.goto(address, wait_until="commit")
    _wait_for_a_curve(page)
    _settled(page)


def _wait_for_a_curve(page: Page) -> None:
    until_s = time.monotonic() + _GIVE_UP_S  # Playwright's own waiting needs what a CSP forbids
    while page.evaluate("seenCurves.first_ms") is None:
        if time.monotonic() > until_s:
            raise RuntimeError("no curve appears")
        page.wait_for_timeout(_LOOK_AGAIN_MS)


def _settled(page: Page) -> dict[str, Any]:
    """Wait until no further chart is drawn for a while."""
    seen: dict[str, Any] = page.evaluate("seenCurves")
    since_s = time.monotonic()
    while time.monotonic() - since_s < _SETTLED_S:
        page.wait_for_timeout(_LOOK_AGAIN_MS)
        now = page.evaluate("seenCurves")
        if now != seen:
            seen, since_s = now, time.monotonic()
    return seen


def look_warm(browser: Browser, board: type[Board], logdir: Path, shape: Shape) -> Look:
    """Look at a board that has loaded everything."""
    with board(logdir, shape) as running:
        running.wait_until_loaded()
        return look_at(browser, running)


def look_cold(browser: Browser, board: type[Board], logdir: Path, shape: Shape) -> float:
    """Return the seconds from the start of the board's process to the first curve."""
    with board(logdir, shape) as running:
        running.wait_for_anything()
        look = look_at(browser, running)
        return look.navigated_at_s + look.first_curve_s - running.started_at_s


def measure(
    boards: Sequence[type[Board]], logdir: Path, shape: Shape, repeats: int
) -> dict[str, dict[str, Any]]:
    """Look at all boards in turns; return figures by board."""
    warm_looks: dict[str, list[Look]] = {board.name: [] for board in boards}
    cold_s: dict[str, list[float]] = {board.name: [] for board in boards}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, headless=True
        )
        for _ in range(repeats):
            for board in boards:
                warm_looks[board.name].append(look_warm(browser, board, logdir, shape))
                cold_s[board.name].append(look_cold(browser, board, logdir, shape))
        version = browser.version
        browser.close()
    return {
        name: {"chromium": version, "cold_s": spread(cold_s[name]), **_figures(looks)}
        for name, looks in warm_looks.items()
    }


def _figures(looks: list[Look]) -> dict[str, Any]:
    return {
        "first_curve_s": spread([look.first_curve_s for look in looks]),
        "all_curves_s": spread([look.all_curves_s for look in looks]),
        "charts_on_screen": max(look.charts for look in looks),
        "page_bytes": max(look.page_bytes for look in looks),
        "data_bytes": max(look.data_bytes for look in looks),
    }


def compare(boards: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Return how many times less the second board takes than the first."""
    if len(boards) < 2:
        return {}
    peer, ours = boards.values()
    times = {
        name: peer[name]["median"] / ours[name]["median"]
        for name in ("first_curve_s", "all_curves_s", "cold_s")
    }
    amounts = {name: peer[name] / ours[name] for name in ("page_bytes", "data_bytes")}
    return {name: round(factor, 2) for name, factor in {**times, **amounts}.items()}


def show(boards: dict[str, dict[str, Any]], factors: dict[str, float]) -> None:
    """Print the result as a table."""
    table = Table(title="Looking at the page, medians")
    for heading in ("", *boards, "times less"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    rows = {
        "first_curve_s": "navigation to first curve (warm), s",
        "all_curves_s": "navigation to all curves on screen (warm), s",
        "cold_s": "process start to first curve (cold), s",
        "charts_on_screen": "charts on screen",
        "page_bytes": "bytes of the page",
        "data_bytes": "bytes of data",
    }
    for key, text in rows.items():
        cells = []
        for figures in boards.values():
            figure = figures[key]
            cells.append(f"{figure['median']:.3f}" if isinstance(figure, dict) else f"{figure:,}")
        table.add_row(text, *cells, f"{factors[key]:.1f}" if key in factors else "")
    Console().print(table)


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_shape_arguments(parser)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=[TensorBoard.name, Farboard.name], help="one board")
    parser.add_argument("--name", default="page", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    shape = Shape(arguments.runs, arguments.tags, arguments.steps)
    logdir = make_logs(arguments.out, shape).absolute()
    size_bytes = warm(logdir)
    boards = [b for b in (TensorBoard, Farboard) if arguments.only in (None, b.name)]
    figures = measure(boards, logdir, shape, arguments.repeats)
    factors = compare(figures)
    show(figures, factors)
    result = {
        "what": "warm: everything loaded before the navigation; cold: from the process's start",
        "machine": describe_machine(),
        "logs": {**shape._asdict(), "points": shape.points, "bytes": size_bytes},
        "viewport_px": _VIEWPORT,
        "boards": figures,
        "times_less": factors,
    }
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
