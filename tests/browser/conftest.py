"""A real Chromium on real boards. Skipped, with the reason, where there is no browser."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect, sync_playwright

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.browser.board_page import PATIENCE_S, BoardPage
from tests.browser.logs import LEVELS, write_logs
from tests.browser.served import Served, is_alive
from tests.link.helpers import children
from tests.ssh.conftest import far

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

__all__ = ["far"]

CHROMIUM = shutil.which("chromium")
OUTPUT = Path(__file__).parents[1] / "output"
WINDOW = {"width": 1280, "height": 900}
KEEPS_SCREENSHOTS = bool(os.environ.get("CI") or os.environ.get("FARBOARD_SCREENSHOTS"))

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")


@pytest.fixture(scope="module")
def serve_logs(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Callable[[Path], None]], Served]]:
    """Starts a board on the logs that a function writes, for all tests of a module; ends it."""
    with contextlib.ExitStack() as stack:

        def start(write: Callable[[Path], None]) -> Served:
            directory = tmp_path_factory.mktemp("served")
            write(directory / "runs")
            served = Served(directory, directory / "runs", "--port", "0")
            stack.callback(served.end)
            return served

        yield start


@pytest.fixture(scope="module")
def served(serve_logs: Callable[..., Served]) -> Served:
    """A board on the logs of logs.py, for tests that change nothing in them."""
    return serve_logs(write_logs)


# Not for the session: while it is open its event loop runs, and no other test could have one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no browser installed (Debian: chromium)")
    before = children()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        started = children() - before
        yield browser
        browser.close()
    assert not {pid for pid in started if is_alive(pid)}


@pytest.fixture(autouse=True)
def nothing_stays(browser: Browser) -> Iterator[None]:
    """After each test no process that it started is alive, but the browser's."""
    kept = children()
    roots = {pid for pid in kept if _is_playwright(pid)}
    yield
    left = children() - kept
    for root in roots:
        left -= children(root)
    assert not {pid for pid in left if is_alive(pid)}


def _is_playwright(pid: int) -> bool:
    try:
        return b"playwright" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts boards, and ends them."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: object) -> Served:
            served = Served(tmp_path, *arguments)
            stack.callback(served.end)
            return served

        yield start


@pytest.fixture
def new_page(
    browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BoardPage]]:
    """Opens pages, each as of a user of its own; afterwards none of them may have complained."""
    boards: list[BoardPage] = []
    with contextlib.ExitStack() as stack:

        def open_page(**how: Any) -> BoardPage:
            context = stack.enter_context(browser.new_context(**{"viewport": WINDOW, **how}))
            board = BoardPage(context.new_page())
            boards.append(board)
            return board

        yield open_page
        for i, board in enumerate(boards):
            keep_screenshot(board, f"{request.node.name}{f'-{i}' if i else ''}")
    for board in boards:
        board.check()


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    """A page on which the first curves are drawn; some modules have another."""
    board = new_page()
    board.open(served.link())
    board.card("flat/level").wait_for_line(*LEVELS)
    return board


def keep_screenshot(board: BoardPage, name: str) -> None:
    """Keeps what the page looks like, where somebody will look at it."""
    if KEEPS_SCREENSHOTS:
        OUTPUT.mkdir(exist_ok=True)
        name = re.sub(r"[^\w=.-]+", "_", name)
        board.page.screenshot(path=OUTPUT / f"{name}.png")
