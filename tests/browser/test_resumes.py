"""Where runs were resumed, in a real browser, from event files of restarted jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

RUN = "restarted"
SOLID = 150
SAID = f"{RUN} resumed at step 50, 50 points superseded"


def opened(served: Served, new_page: Callable[..., BoardPage], fragment: str = "") -> Card:
    board = new_page()
    board.open(served.link(f"smoothing=0&tags=restart&{fragment}"))
    card = board.card("restart/loss")
    card.wait_for_line(RUN)
    return card


def notch(card: Card, x: float) -> bool:
    """Whether the run's colour is on the axis, below all lines."""
    return card.pixels(RUN, (x - 0.02, 0.975, x + 0.02, 0.999), SOLID).count > 0


def said(card: Card, x: float) -> str:
    card.tip_at(x)
    rows = card.board.get("tooltip-resume").all_inner_texts()
    card.board.page.mouse.move(2, 2)
    return " ".join(rows)


def test_a_notch_on_the_axis_says_where_and_how_much_was_superseded(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    card = opened(served, new_page)
    assert notch(card, 0.5)
    assert not any(notch(card, x) for x in (0.1, 0.3, 0.7, 0.9))
    assert said(card, 0.5) == SAID
    assert said(card, 0.3) == ""


def test_it_is_there_on_a_clock_too(served: Served, new_page: Callable[..., BoardPage]) -> None:
    # The second part begins 1050 s after the first point of all, and takes 50 s.
    card = opened(served, new_page, "x=relative")
    assert notch(card, 1050 / 1100)
    assert said(card, 1050 / 1100) == SAID


def test_it_stays_when_superseded_points_are_shown_and_when_others_are_in_view(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    card = opened(served, new_page)
    card.get("superseded-note").get_by_role("button").click()
    expect(card.get("superseded-note")).to_contain_text("shown")
    card.wait_for_line(RUN)
    assert notch(card, 0.5)
    card.drag(0.4, 0.8)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()
    card.board.page.mouse.move(2, 2)
    card.board.until(lambda: notch(card, 0.25), "the notch a quarter in")
    assert not notch(card, 0.5)
