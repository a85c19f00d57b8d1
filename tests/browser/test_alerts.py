"""Alerts in a real browser: what happens while one looks elsewhere is told, listed and led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard import SummaryWriter
from tests.cli.programs import write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow


@pytest.fixture
def board(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> BoardPage:
    for run in ("a", "b"):
        write_run(tmp_path / "runs" / run)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    expect(board.get("run-row")).to_have_count(2)
    return board


def write(tmp_path: Path, *values: float, tag: str = "train/loss") -> None:
    with SummaryWriter(str(tmp_path / "runs" / "a")) as writer:
        for step, value in enumerate(values):
            writer.add_scalar(tag, value, 1000 + step)


def test_nan_is_told_and_leads_to_its_run_and_chart(board: BoardPage, tmp_path: Path) -> None:
    write(tmp_path, 1.0)
    expect(board.card("train/loss").element).to_have_count(1)
    expect(board.get("alerts")).to_have_accessible_name("alerts")
    write(tmp_path, float("nan"))
    expect(board.get("alerts")).to_have_accessible_name("alerts: 1 new")
    assert board.page.title().startswith("(1) ")
    board.get("alerts").click()
    alert = board.get("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("NaN or Inf in train/loss: 1 NaN at step 1000")
    alert.get_by_role("button").first.click()
    expect(board.get("run-row", run="b").get_by_test_id("run-check")).not_to_be_checked()
    expect(board.card("train/loss").element).to_be_in_viewport()
    expect(board.get("alerts")).to_have_accessible_name("alerts")


def test_nan_is_told_though_the_newest_value_is_a_number(board: BoardPage, tmp_path: Path) -> None:
    write(tmp_path, 1.0)
    expect(board.card("train/loss").element).to_have_count(1)
    # One file, closed at once: no line of changes ends with the NaN.
    write(tmp_path, 1.0, float("nan"), float("-inf"), float("nan"), 0.5)
    board.get("alerts").click()
    said = "NaN or Inf in train/loss: 2 NaN, 1 Inf, the last at step 1003"
    expect(board.get("alert")).to_contain_text(said)
    board.page.reload()
    expect(board.card("train/loss").element).to_have_count(1)
    expect(board.get("alerts")).to_have_accessible_name("alerts")


def test_a_rule_that_is_off_tells_nothing(board: BoardPage, tmp_path: Path) -> None:
    write(tmp_path, 1.0)
    expect(board.card("train/loss").element).to_have_count(1)
    board.get("alerts").click()
    expect(board.get("alert-rule")).to_have_count(5)
    board.get("alert-rule", rule="non_finite").uncheck()
    board.page.keyboard.press("Escape")
    write(tmp_path, float("nan"))
    # What comes after it has come as well.
    write(tmp_path, 3.0, tag="after")
    expect(board.card("after").element).to_have_count(1)
    expect(board.get("alerts")).to_have_accessible_name("alerts")
    board.page.reload()
    board.get("alerts").click()
    expect(board.get("alert-rule", rule="non_finite")).not_to_be_checked()
    expect(board.get("alert-rule", rule="jumped")).to_be_checked()
