"""Cards in a real browser: pinned, moved, hidden, and after a reload where they were put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import logs

if TYPE_CHECKING:
    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow


def sections(board: BoardPage) -> dict[str, list[str]]:
    """The tags of each section as they stand on the page."""
    return {
        section.locator("h2").inner_text(): [
            str(card.get_attribute("data-tag")) for card in section.get_by_test_id("card").all()
        ]
        for section in board.get("section").all()
    }


def choose(board: BoardPage, tag: str, item: str) -> None:
    board.card(tag).get("card-more").click()
    board.page.get_by_role("button", name=item, exact=True).click()


def test_pinned_cards_stand_above_and_are_moved(board: BoardPage) -> None:
    before = sections(board)
    choose(board, "val/decay", "Pin above all others")
    chart = board.card("flat/level").element.locator(".chart")
    chart.focus()
    chart.press("p")
    expect(board.get("section").first.locator("h2")).to_have_text("pinned")
    expect(board.get("section").first.get_by_test_id("card")).to_have_count(2)
    assert sections(board)["pinned"] == ["val/decay", "flat/level"]
    choose(board, "flat/level", "Move forward")
    board.until(
        lambda: sections(board)["pinned"] == ["flat/level", "val/decay"], "the order changed"
    )
    board.page.wait_for_timeout(500)  # What is set is written a moment later.
    board.page.reload()
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    assert sections(board)["pinned"] == ["flat/level", "val/decay"]
    choose(board, "flat/level", "Unpin")
    choose(board, "val/decay", "Unpin")
    board.until(lambda: sections(board) == before, "all as it was")


def test_hidden_cards_can_be_had_back(board: BoardPage) -> None:
    choose(board, "flat/level", "Hide this card")
    expect(board.card("flat/level").element).to_have_count(0)
    expect(board.get("unhide")).to_have_text("1 hidden · show")
    board.get("unhide").click()
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    # Whoever looks for a hidden card by its name finds it.
    choose(board, "flat/level", "Hide this card")
    board.page.keyboard.press("Control+k")
    board.get("palette-text").fill("flat/level")
    board.page.keyboard.press("Enter")
    expect(board.card("flat/level").element).to_be_in_viewport()
