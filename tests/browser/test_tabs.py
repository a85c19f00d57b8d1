"""Many tabs of one board: every one of them is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

TABS = 10  # More than the six connections a browser opens to one host.


def test_ten_tabs_are_live(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    with SummaryWriter(tmp_path / "runs" / "a", max_queue=1) as writer:
        for step in range(11):
            writer.add_scalar("train/loss", 1.0, step)
        served = serve(tmp_path / "runs")
        first = new_page()
        first.open(served.link())
        boards = [first]
        while len(boards) < TABS:
            # A tab of the same browser: it knows the secret already.
            page = first.page.context.new_page()
            page.goto(served.link().partition("#")[0])
            boards.append(type(first)(page))
        for board in boards:
            expect(board.get("bar-chip")).to_have_attribute("data-state", "live")
            board.card("train/loss").wait_until_drawn()
        for step in range(11, 20):
            writer.add_scalar("train/loss", float(step), step)
        for board in boards:
            row = board.get("run-row", run="a")
            expect(row.locator(".row-value")).to_have_text("19")
            board.check()
