"""Charts in a real browser: lines, tooltip, zoom, smoothing, axes, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import logs
from tests.browser.board_page import asked, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

WEIGHT = 0.9


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link())
    return board


def averages(values: list[float], weight: float) -> list[float]:
    """TensorBoard's debiased exponential moving average."""
    last, out = 0.0, []
    for i, value in enumerate(values, 1):
        last = weight * last + (1 - weight) * value
        out.append(last / (1 - weight**i))
    return out


def test_every_tag_has_a_card_with_the_lines_of_its_runs(board: BoardPage) -> None:
    groups = ["flat", "grad", "restart", "train", "val"]
    expect(board.get("section")).to_have_count(len(groups))
    assert [s.get_attribute("data-group") for s in board.get("section").all()] == groups
    card = board.card("train/loss")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast", "slow")
    assert board.colour("fast") != board.colour("slow")
    fast, slow = card.pixels("fast"), card.pixels("slow")
    # Both go through the whole width, each at its own height.
    for line in (fast, slow):
        assert line.left < 0.02
        assert line.right > 0.97
    assert fast.top > slow.bottom
    assert not card.shows("restarted")


def test_only_cards_near_the_window_are_drawn(board: BoardPage) -> None:
    board.page.set_viewport_size({"width": 1000, "height": 300})
    board.card("flat/level").wait_for_line("fast")
    last = board.card("val/decay")
    assert last.element.locator("canvas").count() == 0
    last.element.scroll_into_view_if_needed()
    last.wait_for_line("fast")


def test_the_tooltip_says_every_run_nearest_first(board: BoardPage) -> None:
    card = board.card("flat/level")
    card.wait_for_line(*logs.LEVELS)
    high = card.tip_at(0.5, 0.02)
    assert [row["run"] for row in high] == ["restarted", "slow", "fast"]
    low = card.tip_at(0.5, 0.98)
    assert [row["run"] for row in low] == ["fast", "slow", "restarted"]
    for row in low:
        assert number(row["value"]) == logs.LEVELS[row["run"]]
        assert number(row["smoothed"]) == pytest.approx(logs.LEVELS[row["run"]])
        assert abs(number(row["step"]) - 50) <= 1
        assert row["relative"] != ""
        assert row["time"] != ""
    board.page.mouse.move(2, 2)
    expect(board.get("tooltip")).to_have_count(0)


def test_the_tooltip_says_what_was_written(board: BoardPage) -> None:
    card = board.card("train/loss")
    card.wait_for_line("fast", "slow")
    with board.page.expect_response(card.asks(smoothing=WEIGHT)):
        board.smooth(WEIGHT)
    card.wait_until_drawn()
    for row in card.tip_at(0.37):
        values = logs.noise(row["run"])
        step = int(number(row["step"]))
        assert step == pytest.approx(0.37 * logs.STEPS, rel=0.02)
        assert number(row["value"]) == pytest.approx(values[step], rel=1e-3)
        smoothed = averages(values, WEIGHT)[step]
        assert number(row["smoothed"]) == pytest.approx(smoothed, rel=1e-3)


def zoom_in(board: BoardPage, card: Card) -> None:
    card.drag(0.3, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()


def first_step(card: Card) -> float:
    return number(card.tip_at(0.0)[0]["step"])


def test_dragging_asks_for_the_points_of_the_range(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    card = board.card("train/loss")
    with board.page.expect_response(card.asks()) as first:
        board.open(served.link())
        card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast")
    board.page.mouse.move(2, 2)
    with board.page.expect_response(
        lambda response: card.asks()(response) and asked(response)["range"][0] > 0
    ) as second:
        zoom_in(board, card)
    start, end = asked(second.value)["range"]
    assert (start, end) == pytest.approx((3000, 4000), abs=60)

    def steps_of(response_row: dict[str, list[int]]) -> set[int]:
        return {step for step in response_row["step"] if start <= step <= end}

    coarse = card.answer(first.value, "fast")
    fine = card.answer(second.value, "fast")
    assert not coarse["exact"]
    assert fine["exact"]
    assert len(steps_of(fine)) > 2 * len(steps_of(coarse)) > 0
    assert steps_of(fine) == set(range(int(start) + 1, int(end) + 1))
    assert first_step(card) == pytest.approx(start, abs=60)


@pytest.mark.parametrize("way", ["double click", "button"])
def test_the_whole_range_comes_back(board: BoardPage, way: str) -> None:
    card = board.card("train/loss")
    card.wait_for_line("fast")
    zoom_in(board, card)
    if way == "button":
        card.get("zoom-reset").click()
    else:
        board.page.mouse.dblclick(*card.place(0.5))
    expect(card.get("zoom-reset")).to_have_count(0)
    card.wait_until_drawn()
    board.until(lambda: first_step(card) < 60, "the whole range")


def test_smoothing_redraws_the_line(board: BoardPage) -> None:
    card = board.card("train/loss")
    card.wait_for_line("fast")

    def opaque_height() -> float:
        line = card.pixels("fast", least_alpha=200)
        return line.bottom - line.top

    board.smooth(0)
    board.until(lambda: "smoothed" not in card.tip_at(0.5)[0], "the raw values alone")
    board.until(lambda: opaque_height() > 0.2, "the raw line alone, opaque")
    board.page.mouse.move(2, 2)
    board.smooth(0.99)
    # Past its first points the average stays near its level; behind it the raw values stay, faint.
    board.until(lambda: 0 < opaque_height() < 0.15, "the smoothed line")
    faint = card.pixels("fast")
    assert faint.bottom - faint.top > 0.2
    board.until(lambda: "smoothed" in card.tip_at(0.5)[0], "both values")


def test_the_slider_smooths_too(board: BoardPage) -> None:
    slider = board.get("smoothing-slider")
    slider.focus()
    slider.press("Home")
    expect(board.get("smoothing-value")).to_have_value("0")
    slider.press("End")
    expect(board.get("smoothing-value")).to_have_value("0.999")


@pytest.mark.parametrize("way", ["card", "log", "±log"])
def test_a_logarithmic_axis_makes_the_decay_straight(board: BoardPage, way: str) -> None:
    board.smooth(0)
    card = board.card("val/decay")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast")
    middle = (0.48, -1.0, 0.52, 2.0)
    board.until(lambda: card.pixels("fast", middle).mean_y > 0.85, "near the bottom")
    if way == "card":
        card.get("card-log").click()
    else:
        board.get("y-axis").get_by_role("radio", name=way, exact=True).check()
    board.until(lambda: 0.4 < card.pixels("fast", middle).mean_y < 0.6, "half way")


def test_the_x_axis_may_be_time(board: BoardPage) -> None:
    card = board.card("restart/loss")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("restarted")
    with board.page.expect_response(card.asks(x="relative")):
        board.choose("x-axis", "relative")
    card.wait_until_drawn()
    # Steps 0 to 49, a pause of 1000 s, and then 50 to 100.
    board.until(lambda: number(card.tip_at(1.0)[0]["step"]) > 80, "the last steps at the end")
    assert number(card.tip_at(0.9)[0]["step"]) in (49, 50)
    assert number(card.tip_at(0.02)[0]["step"]) < 30
    with board.page.expect_response(card.asks(x="wall_time")):
        board.choose("x-axis", "wall")


def test_what_is_not_finite_is_marked(board: BoardPage) -> None:
    board.smooth(0)
    card = board.card("grad/norm")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast")
    assert card.shows("fast", (0.2, 0.9, 0.3, 1.0)), "NaN at the bottom"
    assert card.shows("fast", (0.45, 0.0, 0.55, 0.1)), "infinity at the top"
    assert card.shows("fast", (0.7, 0.9, 0.8, 1.0)), "minus infinity at the bottom"
    assert not card.shows("fast", (0.35, 0.9, 0.65, 1.0))
    assert not card.shows("fast", (0.0, 0.0, 0.4, 0.1))
    said = [card.tip_at(step / 20)[0]["value"] for step in (5, 10, 15)]
    assert said == ["NaN", "+∞", "\u2212∞"]


def test_superseded_points_are_hidden_until_asked_for(board: BoardPage) -> None:
    board.smooth(0)
    card = board.card("restart/loss")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("restarted")
    after_restart = (0.55, 0.0, 0.95, 0.3)
    note = card.get("superseded-note")
    expect(note).to_contain_text("50 superseded points hidden")
    assert not card.shows("restarted", after_restart)
    note.get_by_role("button").click()
    expect(note).to_contain_text("shown")
    board.until(lambda: card.shows("restarted", after_restart), "the abandoned part")
    note.get_by_role("button").click()
    expect(note).to_contain_text("hidden")
    board.until(lambda: not card.shows("restarted", after_restart), "hidden again")


def test_a_card_may_take_the_whole_width(board: BoardPage) -> None:
    card = board.card("flat/level")
    card.wait_for_line("fast")
    before = card.plot.bounding_box()
    card.get("card-wide").click()

    def width_ratio() -> float:
        now = card.plot.bounding_box()
        assert now
        assert before
        return now["width"] / before["width"]

    board.until(lambda: width_ratio() > 1.5, "a wider plot")
    card.wait_until_drawn()
    board.until(lambda: card.pixels("fast").right > 0.97, "a line over all of it")
