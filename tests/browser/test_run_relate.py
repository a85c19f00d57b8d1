"""Hyperparameters against metrics in a real browser: parallel axes, and one against another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter
from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

# Learning rate, optimiser, and the loss it ends at.
SWEEP = {
    "a": (0.0001, "adam", 4.0),
    "b": (0.001, "adam", 1.0),
    "c": (0.01, "sgd", 2.0),
    "d": (0.1, "sgd", 3.0),
}


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("sweep")
    for run, (lr, optimiser, loss) in SWEEP.items():
        with SummaryWriter(directory / "runs" / run) as writer:
            writer.add_scalar("val/loss", loss, 100)
        config = f"lr: {lr}\noptimiser: {optimiser}\nseed: 1\n"
        (directory / "runs" / run / "config.yaml").write_text(config)
    served = Served(directory, directory / "runs", "--port", "0")
    yield served
    served.end()


@pytest.fixture
def board(sweep: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(sweep.link())
    expect(board.get("run-row")).to_have_count(len(SWEEP))
    board.page.keyboard.press("h")
    return board


def inside(board: BoardPage) -> set[str]:
    lines = board.get("parallel").locator("[data-inside=true]")
    return set(lines.evaluate_all("(lines) => lines.map((line) => line.dataset.run)"))


def mark(board: BoardPage, axis: Locator, from_share: float, to_share: float) -> None:
    """Drags along an axis, in shares of its height from the top."""
    box = axis.locator(".parallel-grip").bounding_box()
    assert box
    x = box["x"] + box["width"] / 2
    board.page.mouse.move(x, box["y"] + from_share * box["height"])
    board.page.mouse.down()
    board.page.mouse.move(x, box["y"] + to_share * box["height"], steps=4)
    board.page.mouse.up()


def test_axes_are_what_differs_and_the_metric(board: BoardPage) -> None:
    axes = board.get("parallel").locator("[data-column]")
    expect(axes).to_have_count(3)
    columns = axes.evaluate_all("(axes) => axes.map((axis) => axis.dataset.column)")
    assert columns == ["hparam(lr)", "hparam(optimiser)", "last(val/loss)"]
    assert inside(board) == set(SWEEP)


def test_a_mark_leaves_the_runs_within_it_and_becomes_a_query(board: BoardPage) -> None:
    loss = board.get("parallel").locator('[data-column="last(val/loss)"]')
    mark(board, loss, 0.5, 1.0)
    expect(board.get("run-relate")).to_contain_text("2 runs of 4")
    assert inside(board) == {"b", "c"}
    optimiser = board.get("parallel").locator('[data-column="hparam(optimiser)"]')
    mark(board, optimiser, 0.0, 0.3)
    expect(board.get("run-relate")).to_contain_text("1 run of 4")
    board.get("relate-query").click()
    expect(board.get("run-relate")).to_have_count(0)
    expect(board.get("run-row")).to_have_count(1)
    assert board.get("run-row").get_attribute("data-run") == "c"


def test_what_spans_decades_is_logarithmic_until_it_is_pressed(board: BoardPage) -> None:
    def height(run: str) -> float:
        line = board.get("parallel").locator(f'path[data-run="{run}"]')
        return float((line.get_attribute("d") or "").removeprefix("M").split("L")[0].split(" ")[1])

    expect(board.get("parallel")).to_be_visible()
    low, high = height("a"), height("d")
    assert (height("b") - low) / (high - low) == pytest.approx(1 / 3, abs=0.02)
    expect(board.get("parallel")).to_contain_text("lr (log)")
    board.get("parallel").get_by_role("button", name="logarithmic axis for lr").press("Enter")
    expect(board.get("parallel")).not_to_contain_text("lr (log)")
    assert (height("b") - low) / (high - low) < 0.02


def test_one_column_against_another(board: BoardPage) -> None:
    board.get("relate-way").get_by_label("one against another").check()
    dots = board.get("scatter").locator("circle")
    expect(dots).to_have_count(len(SWEEP))
    height = (
        "(dots) => Object.fromEntries(dots.map((dot) => [dot.dataset.run, dot.cy.baseVal.value]))"
    )
    by_run = dots.evaluate_all(height)
    assert sorted(by_run, key=by_run.get) == ["a", "d", "c", "b"]
    dots.nth(0).hover()
    expect(board.get("run-relate")).to_contain_text("a: lr 1e\N{MINUS SIGN}4")
    board.get("scatter-y").select_option(label="optimiser")
    expect(board.get("scatter")).to_contain_text("sgd")
