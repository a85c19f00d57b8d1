"""The page benchmark: it sees curves, and only curves, in the pages of both boards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import page as benchmark
from benchmarks.boards import Board, Farboard, TensorBoard
from benchmarks.make_logs import Shape, make_logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SHAPE = Shape(3, 4, 500)
DRAW = """(stroke) => {
    const canvas = document.createElement("canvas");
    canvas.width = 400, canvas.height = 200;
    document.body.append(canvas);
    const pen = canvas.getContext("2d");
    pen.strokeStyle = stroke;
    pen.beginPath();
    pen.moveTo(0, 180);
    pen.bezierCurveTo(100, 20, 200, 20, 400, 100);
    pen.stroke();
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=benchmark.CHROMIUM, args=benchmark.CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(benchmark._WATCH)
        page.goto("data:text/html,<body>")
        yield page


def test_a_coloured_line_is_a_curve_and_a_grey_one_is_not(page: Page) -> None:
    page.evaluate(DRAW, "#888")
    page.wait_for_timeout(200)
    assert page.evaluate("seenCurves") == {"first_ms": None, "all_ms": None, "charts": 0}
    page.evaluate(DRAW, "#3060e0")
    page.wait_for_function("seenCurves.charts === 1")
    first_ms = page.evaluate("seenCurves.first_ms")
    assert first_ms > 0
    page.evaluate(DRAW, "#e03030")
    page.wait_for_function("seenCurves.charts === 2")
    seen = page.evaluate("seenCurves")
    assert seen["first_ms"] == first_ms < seen["all_ms"]


def test_a_chart_below_the_screen_does_not_count(page: Page) -> None:
    page.evaluate("document.body.style.paddingTop = '3000px'")
    page.evaluate(DRAW, "#3060e0")
    page.wait_for_timeout(200)
    assert page.evaluate("seenCurves.charts") == 0


@pytest.mark.parametrize("board", [TensorBoard, Farboard], ids=lambda board: board.name)
def test_both_boards_draw(board: type[Board], browser: Browser, tmp_path: Path) -> None:
    logdir = make_logs(tmp_path, SHAPE)
    look = benchmark.look_warm(browser, board, logdir, SHAPE)
    assert look.charts >= 1
    assert 0 < look.first_curve_s <= look.all_curves_s
    assert look.page_bytes > 10_000
    assert look.data_bytes > 1_000
    assert benchmark.look_cold(browser, board, logdir, SHAPE) > 0


def test_comparison_divides_the_peers_by_ours() -> None:
    def figures(factor: float) -> dict[str, object]:
        times = ("first_curve_s", "all_curves_s", "cold_s")
        amounts = {"page_bytes": 100 * factor, "data_bytes": 10 * factor}
        return {**{name: {"median": factor} for name in times}, **amounts}

    factors = benchmark.compare({"TensorBoard": figures(8.0), "Farboard": figures(2.0)})
    assert set(factors.values()) == {4.0}
