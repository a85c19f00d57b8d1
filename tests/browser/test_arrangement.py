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


def edge(board: BoardPage, tag: str, share: float) -> tuple[float, float]:
    """A point at a share of a card's width, in the middle of its height."""
    box = board.card(tag).element.bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + 0.5 * box["height"]


def drag(board: BoardPage, tag: str, to: tuple[float, float]) -> None:
    """Takes a card by its title to a point of the window, and holds it there."""
    board.card(tag).element.locator("h3").hover()
    board.page.mouse.down()
    # A browser drags from the second movement on.
    board.page.mouse.move(*to, steps=4)
    board.page.mouse.move(*to)


def test_a_card_is_dragged_between_others(board: BoardPage) -> None:
    for tag in ("flat/level", "val/decay", "grad/norm"):
        choose(board, tag, "Pin above all others")
    expect(board.get("section").first.get_by_test_id("card")).to_have_count(3)
    board.page.evaluate("scrollTo(0, 0)")
    drag(board, "grad/norm", edge(board, "flat/level", 0.02))
    expect(board.card("flat/level").element).to_have_attribute("data-drag", "before")
    board.page.mouse.up()
    moved = ["grad/norm", "flat/level", "val/decay"]
    board.until(lambda: sections(board)["pinned"] == moved, "it stands before the first")

    drag(board, "grad/norm", edge(board, "flat/level", 1.005))
    expect(board.card("flat/level").element).to_have_attribute("data-drag", "after")
    board.page.mouse.up()
    moved = ["flat/level", "grad/norm", "val/decay"]
    board.until(lambda: sections(board)["pinned"] == moved, "it stands in the gap")
    expect(board.page.locator("[data-drag]")).to_have_count(0)
    expect(board.get("card-legend")).to_have_count(0)


def test_a_drag_can_be_given_up(board: BoardPage) -> None:
    before = sections(board)
    drag(board, "grad/norm", edge(board, "flat/level", 0.5))
    expect(board.card("flat/level").element).to_have_attribute("data-drag", "join")
    expect(board.card("grad/norm").element).to_have_attribute("data-drag", "dragged")
    board.page.keyboard.press("Escape")
    expect(board.page.locator("[data-drag]")).to_have_count(0)
    board.page.mouse.up()
    assert sections(board) == before
