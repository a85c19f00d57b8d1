"""Precision-recall curves in a real browser, from event files whose counts are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter

from tests.browser.board_page import number
from tests.browser.plot_page import Plot, away, rgb
from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

TAG = "quality/pr"
RECALL = [1.0, 0.8, 0.6, 0.4, 0.2]
PRECISION = {
    ("good", 0): [0.5, 0.6, 0.7, 0.8, 0.9],
    ("good", 10): [0.5, 0.7, 0.9, 1.0, 1.0],
    ("bad", 0): [0.1, 0.1, 0.1, 0.1, 0.1],
    ("bad", 10): [0.2, 0.2, 0.2, 0.2, 0.2],
}
TRUE_POSITIVES = [50, 40, 30, 20, 10]
FALSE_POSITIVES = [49, 27, 13, 5, 1]
TRUE_NEGATIVES = [0, 22, 36, 44, 48]
FALSE_NEGATIVES = [0, 10, 20, 30, 40]
ROOM = 0.015


def write(writer: SummaryWriter, run: str, step: int) -> None:
    """One curve."""
    writer.add_pr_curve_raw(
        TAG,
        TRUE_POSITIVES,
        FALSE_POSITIVES,
        TRUE_NEGATIVES,
        FALSE_NEGATIVES,
        PRECISION[run, step],
        RECALL,
        step,
        num_thresholds=len(RECALL),
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two runs of two curves."""
    directory = tmp_path_factory.mktemp("curves")
    for run in ("good", "bad"):
        writer = SummaryWriter(str(directory / "runs" / run))
        for step in (0, 10):
            write(writer, run, step)
        writer.close()
    served = Served(directory, directory / "runs", "--port", "0")
    yield served
    served.end()


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link())
    expect(card(board).get_by_test_id("pr")).to_have_attribute("data-state", "drawn")
    legend_says(board, "good", 0.82)
    return board


def card(board: BoardPage) -> Locator:
    """The card of the curves."""
    element = board.get("card", tag=TAG)
    element.scroll_into_view_if_needed()
    return element


def plot(board: BoardPage) -> Plot:
    """Its plot."""
    return Plot(board, card(board))


def place(recall: float, precision: float) -> tuple[float, float]:
    """Where a point is while nothing is zoomed."""
    whole = 1 + 2 * ROOM
    return (recall + ROOM) / whole, 1 - (precision + ROOM) / whole


def legend_says(board: BoardPage, run: str, average_precision: float) -> None:
    """Waits for it."""
    row = card(board).get_by_test_id("pr-legend").locator(f'tr[data-run="{run}"]')
    expect(row.locator("td").last).to_have_text(f"{average_precision:.4f}")


def test_every_run_has_its_line_where_it_was_written(board: BoardPage) -> None:
    shown = plot(board)

    def is_on(run: str, recall: float, precision: float) -> bool:
        x, y = place(recall, precision)
        near = shown.colours(*[(x, y + dy / 280) for dy in (-2, -1, 0, 1, 2)])
        return any(c[3] > 100 and away(c, rgb(board.colour(run))) < 60 for c in near)

    board.until(lambda: is_on("good", 0.6, 0.9), "the line")
    for recall, precision in list(zip(RECALL, PRECISION["good", 10], strict=True))[1:-1]:
        assert is_on("good", recall, precision)
    # Straight between its points.
    assert is_on("good", 0.7, 0.8)
    assert is_on("bad", 0.5, 0.2)
    assert not is_on("good", 0.5, 0.5)
    assert not is_on("bad", 0.6, 0.9)


def test_the_tooltip_says_the_counts_at_a_threshold(board: BoardPage) -> None:
    title, rows = plot(board).table_at(*place(0.6, 0.9))
    assert title == "threshold 0.5"
    assert [row["run"] for row in rows] == ["good", "bad"]
    good = rows[0]
    assert number(good["precision"]) == pytest.approx(0.9)
    assert number(good["recall"]) == pytest.approx(0.6)
    assert number(good["F1"]) == pytest.approx(0.72)
    assert [number(good[name]) for name in ("TP", "FP", "TN", "FN")] == [30, 13, 36, 20]
    assert number(rows[1]["precision"]) == pytest.approx(0.2)


def test_the_legend_has_the_average_precision(board: BoardPage) -> None:
    # A fifth of 1 + 1 + 0.9 + 0.7 + 0.5: each threshold adds as much recall.
    legend_says(board, "good", 0.82)
    legend_says(board, "bad", 0.2)
    told = card(board).get_by_test_id("pr-legend").locator("abbr").get_attribute("title")
    assert told is not None
    assert "recall" in told


def test_steps_go_with_the_board(board: BoardPage) -> None:
    slider = card(board).get_by_role("slider")
    slider.focus()
    slider.press("Home")
    board.page.wait_for_url("**step=0*")
    legend_says(board, "good", 0.7)
    legend_says(board, "bad", 0.1)


def test_a_box_is_zoomed_into_and_left_again(board: BoardPage) -> None:
    shown = plot(board)
    shown.drag(place(0.5, 0.95), place(0.9, 0.6))
    reset = card(board).get_by_test_id("zoom-reset")
    expect(reset).to_be_visible()
    board.page.wait_for_timeout(200)
    title, _ = shown.table_at(0.25, 0.15)
    assert title == "threshold 0.5"
    board.page.mouse.dblclick(*shown.place(0.5, 0.5))
    expect(reset).to_have_count(0)


def test_the_keyboard_goes_through_thresholds_and_runs(board: BoardPage) -> None:
    host = plot(board).host
    host.focus()
    host.press("ArrowRight")
    expect(board.get("media-tooltip")).to_contain_text("threshold 0.5")
    # A greater recall, a lower threshold.
    host.press("ArrowRight")
    expect(board.get("media-tooltip")).to_contain_text("threshold 0.25")
    host.press("Escape")
    expect(board.get("media-tooltip")).to_have_count(0)


def test_new_curves_appear(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "good"))
    write(writer, "good", 0)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    legend_says(board, "good", 0.7)
    writer = SummaryWriter(str(tmp_path / "runs" / "good"), filename_suffix=".2")
    write(writer, "good", 10)
    writer.close()
    legend_says(board, "good", 0.82)


def test_the_zoom_is_in_the_address_and_has_a_way_back(
    board: BoardPage, served: Served, new_page: Callable[..., BoardPage]
) -> None:
    shown = plot(board)
    shown.drag(place(0.5, 0.95), place(0.9, 0.6))
    board.until(lambda: "zoom=pr_curve%0Aquality/pr:" in board.page.url, "zoomed")
    fragment = board.page.url.partition("#")[2]
    shown.host.focus()
    shown.host.press("z")
    board.until(lambda: "zoom=" not in board.page.url, "the way back")
    shown.host.press("Z")
    board.until(lambda: board.page.url.endswith(fragment), "and forward")
    # On another page the same part is seen; linked charts of scalars have no part in it.
    other = new_page()
    other.open(served.link(f"zoomall=&{fragment}"))
    expect(card(other).get_by_test_id("zoom-reset")).to_be_visible()
    legend_says(other, "good", 0.82)
    title, _ = plot(other).table_at(0.25, 0.15)
    assert title == "threshold 0.5"


def test_a_step_of_its_own_is_in_the_address(
    board: BoardPage, served: Served, new_page: Callable[..., BoardPage]
) -> None:
    card(board).get_by_test_id("step-link").click()
    card(board).get_by_role("slider").press("Home")
    legend_says(board, "good", 0.7)
    board.until(lambda: board.page.url.endswith("#stepof=pr_curve%0Aquality/pr:0"), "its step")
    other = new_page()
    other.open(served.link("stepof=pr_curve%0Aquality/pr:0"))
    legend_says(other, "good", 0.7)
    expect(card(other).get_by_test_id("step-link")).to_have_attribute("aria-pressed", "false")


def test_the_legend_is_whole_on_a_narrow_page(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    run = "a-rather-long-name/of-a-run-with-lr=0.0003/seed-0"
    writer = SummaryWriter(str(tmp_path / "runs" / run))
    write(writer, "good", 0)
    writer.close()
    board = new_page(viewport={"width": 390, "height": 900})
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    legend_says(board, run, 0.7)
    legend = card(board).locator(".pr-legend")
    assert legend.evaluate("(legend) => legend.scrollWidth <= legend.clientWidth")
