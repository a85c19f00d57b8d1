"""The kinds of smoothing in a real browser, against their definitions; and outliers clipped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser import logs
from tests.browser.board_page import number

if TYPE_CHECKING:
    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

SIGMA = 4.0
HALF_LIFE_S = 0.01


def bell(values: list[float]) -> list[float]:
    """The weighted mean of the points within four sigma."""
    out = []
    for i in range(len(values)):
        near = [j for j in range(len(values)) if abs(i - j) <= 4 * SIGMA]
        weights = [math.exp(-((i - j) ** 2) / (2 * SIGMA**2)) for j in near]
        sum_ = sum(w * values[j] for w, j in zip(weights, near, strict=True))
        out.append(sum_ / sum(weights))
    return out


def fading(values: list[float], wall_times: list[float]) -> list[float]:
    """The mean of all points so far, each weighted by its age."""
    out = []
    for i, now in enumerate(wall_times):
        weights = [2 ** (-(now - then) / HALF_LIFE_S) for then in wall_times[: i + 1]]
        sum_ = sum(w * v for w, v in zip(weights, values, strict=False))
        out.append(sum_ / sum(weights))
    return out


@pytest.mark.parametrize("kind", ["gaussian", "time_ema"])
def test_the_line_is_smoothed_as_it_says(board: BoardPage, kind: str) -> None:
    card = board.card("val/decay")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast")
    amount = SIGMA if kind == "gaussian" else HALF_LIFE_S
    board.get("smoothing-kind").select_option(kind)
    card.wait_until_drawn()
    how = {"kind": kind, "unit": "points" if kind == "gaussian" else "wall_time"}
    how["sigma" if kind == "gaussian" else "half_life"] = amount  # type: ignore[assignment]
    with board.page.expect_response(card.asks(smoothing=how)) as response:
        board.smooth(amount)
    card.wait_until_drawn()
    row = card.answer(response.value, "fast")
    assert len(row["value"]) == logs.SHORT_STEPS
    wanted = bell(row["value"]) if kind == "gaussian" else fading(row["value"], row["wall_time"])
    assert row["smoothed"] == pytest.approx(wanted, rel=1e-6)
    board.until(
        lambda: number(card.tip_at(0.5)[0]["smoothed"]) == pytest.approx(wanted[50], rel=0.1),
        "the smoothed line",
    )
    name = f"smoothing={'gauss' if kind == 'gaussian' else 'time'}:{amount:g}"
    board.until(lambda: name in unquote(board.page.url), "the address")
    board.page.reload()
    expect(board.get("smoothing-kind")).to_have_value(kind)
    expect(board.get("smoothing-value")).to_have_value(f"{amount:g}")


def test_outliers_are_clipped_by_percent(board: BoardPage) -> None:
    board.smooth(0)
    card = board.card("val/decay")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("fast")
    low = (0.15, -1.0, 0.17, 0.68)
    assert not card.shows("fast", low)
    board.get("outliers").select_option("5")
    # The steep beginning is above the chart; what follows has its room.
    board.until(lambda: card.shows("fast", low), "a lower top")
    board.until(lambda: "clip=5" in board.page.url, "the address")
    board.page.reload()
    expect(board.get("outliers")).to_have_value("5")
