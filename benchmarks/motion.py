"""Measures motion: frames while a chart is zoomed and pushed, while cards scroll by, and memory.

TensorBoard's page and Farboard's show the same logs in the same Chromium without a GPU. The page
itself sends one event of the wheel or of the pointer a frame to its first chart, as a hand does at
most, and notes when each frame begins; the time between two is what a person sees. A movement
counts only when the chart shows another range after it.

- moves: 100 runs x 10,000 points on one chart, zoomed with the wheel and pushed with Shift.
- scrolling: 1,000 tags x 100 runs, a tenth of the window's height a frame.
- memory: Farboard's page while updates of a live run come as quickly as they are drawn; the heap
  is what is left after a garbage collection.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.boards import Board, Farboard, TensorBoard
from benchmarks.machine import describe_machine, warm, write_result
from benchmarks.make_logs import DATA, Shape, make_logs
from benchmarks.page import CHROMIUM, CHROMIUM_ARGUMENTS, watch_curves
from farboard.writer.records import frame
from farboard.writer.scalar import scalar_event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Browser, Page

ONE_CHART = Shape(100, 1, 10_000)
MANY_CARDS = Shape(100, 1_000, 20)
_FRAMES = 120
_UPDATES = 3_600
_UPDATES_BETWEEN_LOOKS = 600
_GIVE_UP_S = 120.0
_TAG = "live/loss"

# Where the first chart takes events, and what says which range it shows.
_CHARTS = {
    Farboard.name: {"plot": ".chart .u-over", "range": "location.hash"},
    TensorBoard.name: {
        "plot": "line-chart-interactive-view svg",
        "range": "document.querySelector('line-chart .x-axis, line-chart').innerText",
    },
}

# `each` gets the number of the frame; what it does is part of the frame.
_FRAMES_OF = """
async (each, count) => {
  const began = [];
  const next = () => new Promise((done) => requestAnimationFrame(done));
  await next();
  for (let i = 0; i <= count; i++) {
    began.push(performance.now());
    if (i < count) each(i);
    await next();
  }
  return began.slice(1).map((at, i) => at - began[i]);
}
"""

_MOVE = """
async ([selector, how, count]) => {
  const framesOf = FRAMES_OF;
  const plot = document.querySelector(selector);
  const box = plot.getBoundingClientRect();
  const at = (share) => ({
    clientX: box.left + share * box.width, clientY: box.top + box.height / 2,
    bubbles: true, cancelable: true, view: window,
  });
  const both = (kind, more) => {
    const init = {...more, pointerId: 1, pointerType: "mouse", isPrimary: true};
    plot.dispatchEvent(new PointerEvent("pointer" + kind, init));
    plot.dispatchEvent(new MouseEvent("mouse" + kind, more));
  };
  if (how === "zoom") {
    return framesOf((i) => {
      const deltaY = (i % 60) < 30 ? -40 : 40;
      plot.dispatchEvent(new WheelEvent("wheel", {...at(0.4), altKey: true, deltaY}));
    }, count);
  }
  plot.setPointerCapture = () => {};
  const held = {shiftKey: true, altKey: false, button: 0, buttons: 1};
  both("down", {...at(0.5), ...held});
  let share = 0.5;
  const times = await framesOf((i) => {
    const to = 0.5 + 0.3 * Math.sin(i / 12);
    both("move", {...at(to), ...held, movementX: Math.round((to - share) * box.width)});
    share = to;
  }, count);
  both("up", {...at(share), ...held, buttons: 0});
  return times;
}
""".replace("FRAMES_OF", _FRAMES_OF.strip())


_SCROLL = """
async ([count]) => {
  const framesOf = FRAMES_OF;
  const all = [document.scrollingElement, ...document.querySelectorAll("*")];
  const scrolls = (element) => element.scrollHeight > 3 * element.clientHeight
    && ["auto", "scroll", "overlay"].includes(getComputedStyle(element).overflowY);
  const place = all.filter((element) => element.clientHeight > innerHeight / 2).find(scrolls)
    ?? document.scrollingElement;
  const before = place.scrollTop;
  const times = await framesOf(() => place.scrollBy(0, innerHeight / 10), count);
  return [times, place.scrollTop - before];
}
""".replace("FRAMES_OF", _FRAMES_OF.strip())


def moves_of(page: Page, board: str) -> dict[str, Any]:
    """Zoom and push the first chart; return figures by movement."""
    chart = _CHARTS[board]
    found = {}
    for how in ("zoom", "push"):
        if how == "push":  # Somewhere in the middle, so that there is room on both sides.
            page.evaluate(_MOVE, [chart["plot"], "zoom", 20])
        before = page.evaluate(chart["range"])
        times_ms = page.evaluate(_MOVE, [chart["plot"], how, _FRAMES - 15])
        page.wait_for_timeout(1500)
        if page.evaluate(chart["range"]) == before:
            raise RuntimeError(f"{board} does not {how}")
        found[how] = figures_of(times_ms)
    return found


def scroll_of(page: Page, _board: str) -> dict[str, Any]:
    """Scroll down; return figures."""
    times_ms, way_px = page.evaluate(_SCROLL, [_FRAMES])
    if way_px < 1000:
        raise RuntimeError(f"scrolled by {way_px} px only")
    return {**figures_of(times_ms), "way_px": round(way_px)}


def figures_of(times_ms: Sequence[float]) -> dict[str, Any]:
    """Frames per second over all of it, the median frame and the one in twenty that is slower."""
    ordered = sorted(times_ms)
    return {
        "frames": len(ordered),
        "frames_per_s": round(1000 * len(ordered) / sum(ordered), 1),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "longest_ms": round(ordered[-1], 1),
    }


def look(
    browser: Browser, board: type[Board], shape: Shape, act: Callable[[Page, str], dict[str, Any]]
) -> dict[str, Any]:
    """Open a board that has loaded everything, wait for its curves, and do something there."""
    logdir = make_logs(DATA, shape).absolute()
    warm(logdir)
    with board(logdir, shape) as running:
        running.wait_until_loaded()
        with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
            page = context.new_page()
            watch_curves(page, running.page_address())
            return act(page, board.name)


def memory_of(browser: Browser) -> dict[str, Any]:
    """Write a live run as quickly as the page draws it; return its heap again and again."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "run" / "events.out.tfevents.1.live"
        file.parent.mkdir()
        append(file, 0, 100)
        with Farboard(Path(directory), Shape(1, 1, 100)) as running:
            running.wait_until_loaded()
            page = browser.new_page()
            watch_curves(page, running.page_address())
            devtools = page.context.new_cdp_session(page)
            looks = [_heap(devtools, 0)]
            for update in range(_UPDATES):
                append(file, 100 + update, 1)
                if (update + 1) % 20 == 0:
                    _until_shown(page, 100 + update)
                if (update + 1) % _UPDATES_BETWEEN_LOOKS == 0:
                    looks.append(_heap(devtools, update + 1))
            page.close()
    return {"updates": _UPDATES, "looks": looks}


def append(file: Path, first: int, count: int) -> None:
    """Write points in one piece, each with the time of now."""
    steps = range(first, first + count)
    records = [frame(scalar_event(_TAG, time.time(), step, 1 / (1 + step))) for step in steps]
    with file.open("ab", buffering=0) as out:
        out.write(b"".join(records))


def _until_shown(page: Page, step: int) -> None:
    """Wait until the card says that it has every point up to a step."""
    until_s = time.monotonic() + _GIVE_UP_S
    while str(step + 1) not in page.inner_text(".card-status").replace("\u202f", ""):
        if time.monotonic() > until_s:
            raise RuntimeError(f"step {step} does not appear")
        page.wait_for_timeout(20)


def _heap(devtools: Any, updates: int) -> dict[str, int]:
    devtools.send("HeapProfiler.enable")
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    used = devtools.send("Runtime.getHeapUsage")
    counts = devtools.send("Memory.getDOMCounters")
    return {"updates": updates, "heap_bytes": round(used["usedSize"]), "nodes": counts["nodes"]}


def show(result: dict[str, Any]) -> None:
    """Print the result as a table."""
    table = Table(title="Frames per second; median and 95 % of the time of a frame, ms")
    for heading in ("", *result["boards"]):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for what in ("zoom", "push", "scroll"):
        cells = [
            f"{f['frames_per_s']}  {f['median_ms']}  {f['p95_ms']}"
            for board in result["boards"].values()
            for f in [board.get(what)]
            if f
        ]
        if cells:
            table.add_row(what, *cells)
    Console().print(table)
    if "memory" in result:
        Console().print_json(json.dumps(result["memory"]))


def main() -> None:
    """Measure, print, and keep the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=[TensorBoard.name, Farboard.name], help="one board")
    parser.add_argument("--what", choices=["moves", "scroll", "memory"], help="one of them")
    parser.add_argument("--name", default="motion", help="of the result (%(default)s)")
    arguments = parser.parse_args()
    boards = [b for b in (TensorBoard, Farboard) if arguments.only in (None, b.name)]
    wanted = [arguments.what] if arguments.what else ["moves", "scroll", "memory"]
    result: dict[str, Any] = {"machine": describe_machine(), "boards": {b.name: {} for b in boards}}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, headless=True
        )
        result["chromium"] = browser.version
        for board in boards:
            figures = result["boards"][board.name]
            if "moves" in wanted:
                figures.update(look(browser, board, ONE_CHART, moves_of))
            if "scroll" in wanted:
                figures["scroll"] = look(browser, board, MANY_CARDS, scroll_of)
        if "memory" in wanted and Farboard in boards:
            result["memory"] = memory_of(browser)
        browser.close()
    show(result)
    write_result(arguments.name, result)


if __name__ == "__main__":
    main()
