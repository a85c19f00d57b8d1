"""Several tags on one chart in a real browser: dragged together, by a pattern, on a second axis."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser import logs
from tests.browser.board_page import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link("smoothing=0"))
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    return board


def drag_onto(board: BoardPage, guest: str, host: str) -> None:
    title = board.card(guest).element.locator("h3")
    title.drag_to(board.card(host).element)


def test_a_card_dragged_onto_another_shares_its_chart(board: BoardPage) -> None:
    card = board.card("flat/level")
    drag_onto(board, "grad/norm", "flat/level")
    expect(board.card("grad/norm").element).to_have_count(0)
    expect(card.get("card-legend").locator("li")).to_have_count(2)
    card.wait_until_drawn()
    # The other tag has 21 steps: both are said, each with its name.
    rows = card.tip_at(0.03)
    said = {(row["run"], row["tag"]): row["value"] for row in rows}
    assert number(said["fast", "grad/norm"]) == 1
    assert number(said["slow", "flat/level"]) == logs.LEVELS["slow"]
    expect(board.get("tag-count")).to_have_text("5 tags")
    board.until(lambda: "join=flat/level;grad/norm" in unquote(board.page.url), "the address")

    board.page.reload()
    expect(card.get("card-legend").locator("li")).to_have_count(2)
    card.get("card-legend").locator('[data-tag="grad/norm"]').get_by_test_id("legend-off").click()
    expect(card.get("card-legend")).to_have_count(0)
    expect(board.card("grad/norm").element).to_have_count(1)
    card.wait_until_drawn()
    assert "tag" not in card.tip_at(0.03)[0]


def test_a_pattern_joins_tags_and_an_axis_of_its_own_gives_each_its_room(
    board: BoardPage,
) -> None:
    field = board.get("join-pattern")
    field.fill("(flat|val)/(level|decay)")
    field.press("Enter")
    card = board.card("flat/level")
    expect(board.card("val/decay").element).to_have_count(0)
    expect(card.element.locator("h3")).to_have_text("(flat|val)/(level|decay)")
    card.wait_for_line("fast")
    # The decay from 1 to 0 lies below all levels, in the lowest third.
    top = (-1.0, -1.0, 2.0, 0.3)
    board.until(lambda: not card.shows("fast", top), "one axis for both")
    card.get("card-legend").locator('[data-tag="val/decay"]').get_by_test_id("legend-right").click()
    board.until(lambda: card.shows("fast", top), "an axis of its own")
    said = {row["tag"]: row["value"] for row in card.tip_at(0.5) if row["run"] == "fast"}
    assert number(said["val/decay"]) == pytest.approx(logs.decay(50), rel=0.2)
    board.until(lambda: ";;val/decay" in unquote(board.page.url), "the axis in the address")

    field.fill("(flat")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(card.get("card-legend").locator("li")).to_have_count(2)
