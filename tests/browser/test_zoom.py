"""Zooming and moving charts in a real browser: wheel, hand, fingers, the way back, linked, kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser import logs
from tests.browser.board_page import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

STEPS = logs.SHORT_STEPS - 1


def steps(card: Card) -> tuple[float, float]:
    """The first and the last step in view, as the tooltip has them at the edges."""
    seen = tuple(number(card.tip_at(x)[0]["step"]) for x in (0.0, 1.0))
    card.board.page.mouse.move(2, 2)
    return seen  # type: ignore[return-value]


def wait_for_steps(card: Card, first: float, last: float, within: float = 2.0) -> None:
    """Waits until about these steps are at the edges."""
    card.element.scroll_into_view_if_needed()
    card.wait_until_drawn()
    wanted = pytest.approx((first, last), abs=within)
    card.board.until(lambda: steps(card) == wanted, f"steps {first} to {last}, not {steps(card)}")


def fragment(board: BoardPage) -> str:
    return unquote(board.page.url.partition("#")[2])


def wheel(card: Card, x: float, by: float, *keys: str) -> None:
    """Turns the wheel over a place, with keys held."""
    page = card.board.page
    page.mouse.move(*card.place(x))
    for key in keys:
        page.keyboard.down(key)
    page.mouse.wheel(0, by)
    for key in keys:
        page.keyboard.up(key)


def test_the_wheel_zooms_at_the_cursor_with_ctrl(board: BoardPage) -> None:
    card = board.card("flat/level")
    for _ in range(4):
        wheel(card, 0.25, -150, "Control")
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()
    first, last = steps(card)
    assert last - first < 0.5 * STEPS
    assert first + 0.25 * (last - first) == pytest.approx(0.25 * STEPS, abs=2)
    for _ in range(12):
        wheel(card, 0.5, 150, "Control")
    expect(card.get("zoom-reset")).to_have_count(0)
    wait_for_steps(card, 0, STEPS)


def test_the_wheel_alone_scrolls_unless_the_chart_has_the_focus(board: BoardPage) -> None:
    board.page.set_viewport_size({"width": 1000, "height": 400})
    card = board.card("flat/level")
    main = board.page.locator("main.board")

    def scrolled() -> float:
        return float(main.evaluate("(main) => main.scrollTop"))

    before = scrolled()
    wheel(card, 0.5, 60)
    board.until(lambda: scrolled() > before, "scrolling")
    expect(card.get("zoom-reset")).to_have_count(0)

    card.element.locator(".chart").focus()
    card.place(0.5)
    before = scrolled()
    wheel(card, 0.5, -200)
    expect(card.get("zoom-reset")).to_be_visible()
    assert scrolled() == before


def test_shift_and_the_middle_button_push_the_chart_along(board: BoardPage) -> None:
    card = board.card("train/loss")
    card.wait_for_line("fast")
    card.drag(0.4, 0.5)
    wait_for_steps(card, 4000, 5000, within=60)
    mouse = board.page.mouse

    board.page.keyboard.down("Shift")
    mouse.move(*card.place(0.2))
    mouse.down()
    mouse.move(*card.place(0.7), steps=3)
    # What comes into view is there before it has been asked for.
    assert card.shows("fast", (0.0, 0.0, 0.3, 1.0))
    mouse.up()
    board.page.keyboard.up("Shift")
    wait_for_steps(card, 3500, 4500, within=60)

    mouse.move(*card.place(0.9))
    mouse.down(button="middle")
    mouse.move(*card.place(0.1), steps=3)
    mouse.up(button="middle")
    wait_for_steps(card, 4300, 5300, within=60)

    # Not beyond the end.
    for _ in range(8):
        mouse.move(*card.place(0.95))
        mouse.down(button="middle")
        mouse.move(*card.place(0.05), steps=2)
        mouse.up(button="middle")
    wait_for_steps(card, logs.STEPS - 1000, logs.STEPS, within=60)
    # One gesture is one step of the way back.
    for _ in range(8 + 2):
        card.element.hover()
        if card.get("zoom-back").is_disabled():
            break
        card.get("zoom-back").click()
    wait_for_steps(card, 0, logs.STEPS, within=120)


def test_the_way_back_and_forward(board: BoardPage) -> None:
    card = board.card("flat/level")
    card.drag(0.2, 0.6)
    wait_for_steps(card, 20, 60)
    card.drag(0.5, 1.0)
    wait_for_steps(card, 40, 60)
    card.element.hover()
    card.get("zoom-back").click()
    wait_for_steps(card, 20, 60)
    chart = card.element.locator(".chart")
    chart.focus()
    chart.press("z")
    expect(card.get("zoom-reset")).to_have_count(0)
    wait_for_steps(card, 0, STEPS)
    chart.press("Shift+Z")
    wait_for_steps(card, 20, 60)
    card.get("zoom-forward").click()
    wait_for_steps(card, 40, 60)
    expect(card.get("zoom-forward")).to_be_disabled()
    chart.press("0")
    wait_for_steps(card, 0, STEPS)


def test_a_flat_drag_zooms_along_x_and_another_into_the_box(board: BoardPage) -> None:
    card = board.card("flat/level")
    mouse = board.page.mouse
    mouse.move(*card.place(0.2, 0.5))
    mouse.down()
    mouse.move(*card.place(0.5, 0.55), steps=3)
    mouse.up()
    wait_for_steps(card, 20, 50)
    assert card.shows("fast")
    assert card.shows("restarted")
    mouse.move(*card.place(0.2, 0.05))
    mouse.down()
    mouse.move(*card.place(0.9, 0.7), steps=3)
    mouse.up()
    board.until(lambda: not card.shows("fast"), "only what is in the box")
    assert card.shows("restarted")
    board.until(lambda: ";" in fragment(board), "a box in the address")


def test_linked_charts_go_together(board: BoardPage) -> None:
    level, decay = board.card("flat/level"), board.card("val/decay")
    level.drag(0.2, 0.6)
    wait_for_steps(level, 20, 60)
    wait_for_steps(decay, 0, STEPS)
    board.get("link-zoom").click()
    wait_for_steps(decay, 20, 60)
    decay.drag(0.5, 1.0)
    wait_for_steps(decay, 40, 60)
    wait_for_steps(level, 40, 60)
    level.element.hover()
    level.get("zoom-back").click()
    wait_for_steps(decay, 20, 60)
    board.until(lambda: re.search(r"zoomall=flat/level:(19|20)\b", fragment(board)), "the address")
    board.page.reload()
    wait_for_steps(decay, 20, 60)
    expect(board.get("link-zoom")).to_have_attribute("aria-pressed", "true")
    board.get("link-zoom").click()
    # The card that was zoomed last keeps its zoom; the others are whole again.
    wait_for_steps(decay, 0, STEPS)
    wait_for_steps(level, 20, 60)


def test_the_address_keeps_a_zoom(
    board: BoardPage, served: Served, new_page: Callable[..., BoardPage]
) -> None:
    card = board.card("flat/level")
    card.drag(0.2, 0.6)
    wait_for_steps(card, 20, 60)
    board.until(lambda: fragment(board).startswith("zoom=flat/level:"), "the address")
    kept = fragment(board)
    board.page.reload()
    wait_for_steps(card, 20, 60)
    expect(card.get("zoom-reset")).to_be_visible()

    other = new_page()
    other.open(served.link(kept))
    there = other.card("flat/level")
    wait_for_steps(there, 20, 60)
    # There is something around it to go to at once, though only the zoom was asked for.
    wheel(there, 0.5, 300, "Control")
    wheel(there, 0.5, 300, "Control")
    assert there.shows("fast", (0.0, 0.0, 0.1, 1.0))
    board.choose("x-axis", "relative")
    board.until(lambda: "zoom" not in fragment(board), "no zoom on another axis")


class Fingers:
    """Fingers on the screen of a page."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.session = card.board.page.context.new_cdp_session(card.board.page)

    def _send(self, kind: str, shares: list[float]) -> None:
        places = [self.card.place(share) for share in shares]
        points: list[dict[str, Any]] = [
            {"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def stroke(self, *paths: tuple[float, float]) -> None:
        """Each finger goes from one share of the width to another."""
        self._send("touchStart", [start for start, _ in paths])
        for share in (0.25, 0.5, 0.75, 1.0):
            self._send("touchMove", [start + (end - start) * share for start, end in paths])
        self._send("touchEnd", [])


def test_two_fingers_zoom_and_one_pushes(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page(has_touch=True)
    board.open(served.link())
    card = board.card("flat/level")
    card.wait_for_line(*logs.LEVELS)

    stroke = Fingers(card).stroke

    # With nothing to push, a finger looks.
    stroke((0.3, 0.5))
    expect(board.get("tooltip")).to_be_visible()
    expect(card.get("zoom-reset")).to_have_count(0)

    stroke((0.45, 0.3), (0.55, 0.7))
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()
    first, last = steps(card)
    assert 0 < first < 0.5 * STEPS < last < STEPS
    assert last - first < 0.5 * STEPS

    stroke((0.8, 0.2))
    card.wait_until_drawn()
    pushed = steps(card)
    assert pushed[0] > first + 5
    assert pushed[1] - pushed[0] == pytest.approx(last - first, abs=2)
