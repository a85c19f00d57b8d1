"""Groups as their mean with a band, in a real browser, from event files."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard import SummaryWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

TAG = "val/loss"
LEVELS = (1.0, 2.0, 6.0)
SOLID = 200


@pytest.fixture
def card(tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]) -> Card:
    for seed, level in enumerate(LEVELS):
        with SummaryWriter(tmp_path / "runs" / "a" / f"seed-{seed}") as writer:
            for step in range(50):
                writer.add_scalar(TAG, level, step)
    with SummaryWriter(tmp_path / "runs" / "b" / "seed-0") as writer:
        for step in range(50):
            writer.add_scalar(TAG, 8.0, step)
    board = new_page()
    served = serve(tmp_path / "runs", "--port", "0")
    board.open(served.link("smoothing=0&group=folder&groups=mean"))
    card = board.card(TAG)
    card.wait_until_drawn()
    card.board.until(lambda: card.shows("a/seed-0"), "the mean of a")
    return card


def test_the_mean_is_a_line_and_the_band_reaches_from_the_least_to_the_greatest(
    card: Card,
) -> None:
    # The axis shows 1 to 8 and a twentieth of that on each side.
    def place(value: float) -> float:
        return (8.35 - value) / 7.7

    line = card.pixels("a/seed-0", least_alpha=SOLID)
    assert line.mean_y == pytest.approx(place(3.0), abs=0.03)
    band = card.pixels("a/seed-0")
    assert band.top == pytest.approx(place(6.0), abs=0.03)
    assert band.bottom == pytest.approx(place(1.0), abs=0.03)
    assert card.pixels("b/seed-0").mean_y == pytest.approx(place(8.0), abs=0.03)


def test_the_band_may_be_another_or_none(card: Card) -> None:
    board = card.board
    tall = card.pixels("a/seed-0")
    board.get("run-group-by").click()
    board.choose("group-band", "± std error")
    board.until(lambda: card.pixels("a/seed-0").count < tall.count, "a narrower band")
    assert card.shows("a/seed-0")
    board.choose("group-band", "none")
    board.until(lambda: height(card) < 0.05, "no band")
    board.page.wait_for_url("**&band=none")
    board.choose("groups-as", "each run")
    board.until(lambda: height(card) > 0.5, "each run")


def height(card: Card) -> float:
    """How much of the chart a's lines and band reach over."""
    found = card.pixels("a/seed-0")
    return found.bottom - found.top


def test_the_tooltip_says_mean_band_and_number_of_runs(card: Card) -> None:
    rows = {row["group"]: row for row in card.tip_at(0.5)}
    assert set(rows) == {"a", "b"}
    assert rows["a"]["mean"] == "3"
    assert rows["a"]["runs"] == "3"
    assert rows["a"]["band"].split() == ["1", "…", "6"]
    assert rows["b"]["runs"] == "1"


def test_a_hidden_run_does_not_count(card: Card) -> None:
    board = card.board
    expect(board.get("run-row")).to_have_count(4)
    board.get("run-row", run="a/seed-2").get_by_test_id("run-check").uncheck()

    def mean() -> str:
        rows = {row["group"]: row for row in card.tip_at(0.5)}
        return rows.get("a", {}).get("mean", "")

    board.until(lambda: mean() == "1.500", "the mean of the two that are left")


def test_the_statistics_of_a_range_have_a_row_per_group(card: Card) -> None:
    card.element.locator(".chart").focus()
    card.element.locator(".chart").press("m")
    rows = card.get("statistics-row")
    expect(rows).to_have_count(2)

    def cells(group: str) -> dict[str, str]:
        row = card.board.get("statistics-row", group=group)
        columns = row.locator("[data-column]").all()
        return {str(cell.get_attribute("data-column")): cell.inner_text() for cell in columns}

    found = cells("a")
    assert {name: float(found[name]) for name in ("runs", "mean", "std", "min", "max")} == {
        "runs": 3,
        "mean": 3,
        "std": pytest.approx(statistics.stdev(LEVELS), rel=1e-3),
        "min": 1,
        "max": 6,
    }
    assert found["points"] == "150"
    assert (cells("b")["mean"], cells("b")["std"]) == ("8", "\N{EN DASH}")

    def order() -> list[str | None]:
        return [row.get_attribute("data-group") for row in rows.all()]

    for wanted in (["b", "a"], ["a", "b"]):
        card.get("statistics").get_by_role("button", name="mean").click()
        card.board.until(lambda wanted=wanted: order() == wanted, "sorted by mean")
    card.board.get("run-group-by").click()
    card.board.choose("groups-as", "each run")
    expect(rows).to_have_count(4)
