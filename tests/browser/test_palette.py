"""The command palette in a real browser: everything by name, from the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow


def ask(board: BoardPage, text: str) -> None:
    board.page.keyboard.press("Control+k")
    board.get("palette-text").fill(text)


def test_a_tag_is_gone_to(board: BoardPage) -> None:
    board.page.locator('[data-group="flat"] .section-title').click()
    expect(board.card("flat/level").element).to_have_count(0)
    ask(board, "flat/level")
    board.page.keyboard.press("Enter")
    expect(board.get("palette")).to_have_count(0)
    expect(board.card("flat/level").element).to_be_in_viewport()
    expect(board.card("flat/level").element.locator(".chart")).to_be_focused()


def test_a_run_is_shown_alone(board: BoardPage) -> None:
    ask(board, "slow")
    board.get("palette-item").filter(has_text="only this run").first.click()
    expect(board.get("run-row", run="fast").get_by_test_id("run-check")).not_to_be_checked()
    expect(board.get("run-row", run="slow").get_by_test_id("run-check")).to_be_checked()


def test_commands_are_chosen_with_the_arrows(board: BoardPage) -> None:
    ask(board, "axis")
    names = board.get("palette-item").all_text_contents()
    assert len(names) > 1
    selected = board.page.locator('[data-testid="palette-item"][aria-selected="true"]')
    expect(selected).to_have_text(names[0])
    board.page.keyboard.press("ArrowDown")
    expect(selected).to_have_text(names[1])
    board.page.keyboard.press("ArrowUp")
    board.page.keyboard.press("ArrowUp")
    expect(selected).to_have_text(names[-1])
    board.page.keyboard.press("Escape")
    expect(board.get("palette")).to_have_count(0)


def test_nothing_found_says_so(board: BoardPage) -> None:
    ask(board, "no such thing anywhere")
    expect(board.get("palette").get_by_role("status")).to_have_text("Nothing is called so.")
    board.page.keyboard.press("Enter")
    expect(board.get("palette")).to_be_visible()
