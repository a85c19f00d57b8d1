"""The statistics of a range under a chart, in a real browser, against what was written."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser import logs
from tests.browser.board_page import number

if TYPE_CHECKING:
    from tests.browser.board_page import BoardPage, Card

pytestmark = pytest.mark.slow


def measure(card: Card, start: float, end: float) -> tuple[int, int]:
    """Drags over a range with Ctrl; gives the steps that the table is about."""
    card.element.scroll_into_view_if_needed()
    card.board.page.keyboard.down("Control")
    card.drag(start, end)
    card.board.page.keyboard.up("Control")
    said = card.get("statistics").locator("header").inner_text()
    steps = re.match(r"steps (\S+) to (\S+)", said)
    assert steps, said
    return int(number(steps[1])), int(number(steps[2]))


def cell(card: Card, run: str, column: str) -> str:
    row = card.board.get("statistics-row", run=run)
    return row.locator(f'[data-column="{column}"]').inner_text()


def test_the_table_is_about_every_point_of_the_range(board: BoardPage) -> None:
    card = board.card("train/loss")
    card.wait_for_line("fast", "slow")
    first, last = measure(card, 0.25, 0.75)
    assert (first, last) == pytest.approx((2500, 7500), abs=60)
    expect(card.get("statistics-row")).to_have_count(2)
    for run in ("fast", "slow"):
        values = logs.noise(run)[first : last + 1]
        assert number(cell(card, run, "points")) == len(values)
        wanted = {
            "start": values[0],
            "end": values[-1],
            "min": min(values),
            "max": max(values),
            "mean": statistics.fmean(values),
            "slope": statistics.linear_regression(range(len(values)), values).slope,
        }
        for column, value in wanted.items():
            assert number(cell(card, run, column)) == pytest.approx(value, rel=1e-3), column
        change, percent = re.fullmatch(
            r"\+?(\S+) \(\+?(\S+) %\)", cell(card, run, "change")
        ).groups()  # type: ignore[union-attr]
        assert number(change) == pytest.approx(values[-1] - values[0], rel=1e-3)
        share = 100 * (values[-1] - values[0]) / values[0]
        assert number(percent) == pytest.approx(share, rel=1e-2)
    # No zoom came of it.
    expect(card.get("zoom-reset")).to_have_count(0)


def test_the_table_can_be_sorted_and_closed(board: BoardPage) -> None:
    card = board.card("flat/level")
    card.element.locator(".chart").focus()
    card.element.locator(".chart").press("m")
    rows = card.get("statistics-row")
    expect(rows).to_have_count(len(logs.LEVELS))

    def order() -> list[str | None]:
        return [row.get_attribute("data-run") for row in rows.all()]

    card.get("statistics").get_by_role("button", name="max").click()
    assert order() == ["restarted", "slow", "fast"]
    card.get("statistics").get_by_role("button", name="max").click()
    assert order() == ["fast", "slow", "restarted"]
    board.get("run-row", run="slow").get_by_test_id("run-check").uncheck()
    expect(rows).to_have_count(2)
    card.get("statistics").get_by_role("button", name="close").click()
    expect(card.get("statistics")).to_have_count(0)


def test_what_is_no_number_is_counted(board: BoardPage) -> None:
    card = board.card("grad/norm")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast")
    card.element.hover()
    card.get("card-measure").click()
    expect(card.get("statistics-row")).to_have_count(1)
    assert cell(card, "fast", "points") == "21 (1 NaN, 2 ±∞)"
    assert number(cell(card, "fast", "max")) == 1


def test_the_address_keeps_the_range(board: BoardPage) -> None:
    card = board.card("flat/level")
    first, last = measure(card, 0.2, 0.6)
    board.until(lambda: "stats=flat/level:" in unquote(board.page.url), "the address")
    board.page.reload()
    expect(card.get("statistics")).to_contain_text(f"steps {first} to {last}")
    expect(card.get("statistics-row")).to_have_count(len(logs.LEVELS))
    board.choose("x-axis", "relative")
    expect(card.get("statistics")).to_have_count(0)
