"""Who may enter, in a real browser; and that names from the logs are text and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter
from tests.cli.programs import write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

REFUSED = r"the server responded with a status of 401 .*/api/login"


@pytest.fixture
def served(tmp_path: Path, serve: Callable[..., Served]) -> Served:
    write_run(tmp_path / "runs" / "a")
    return serve(tmp_path / "runs", "--port", "0")


def test_the_printed_link_opens_the_board_and_again_without_a_code(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    board.open(served.printed_link)
    board.card("train/loss").wait_for_line("a")
    address = board.page.url
    assert "code" not in address
    board.page.reload()
    board.card("train/loss").wait_for_line("a")
    second = board.page.context.new_page()
    second.goto(address)
    expect(second.get_by_test_id("card")).to_have_count(1)


def test_a_stranger_gets_nothing_until_a_link_is_pasted(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    address = served.printed_link.partition("#")[0]
    board.page.goto(address)
    expect(board.get("login")).to_be_visible()
    assert board.get("card").count() == 0
    assert board.get("run-row").count() == 0
    field = board.get("login-field")
    expect(field).to_be_focused()
    field.fill("http://127.0.0.1/nothing")
    field.press("Enter")
    expect(board.get("login").get_by_role("alert")).to_be_visible()
    field.fill(served.link())
    field.press("Enter")
    board.card("train/loss").wait_for_line("a")


def test_a_link_works_once(served: Served, new_page: Callable[..., BoardPage]) -> None:
    link = served.link()
    new_page().open(link)
    late = new_page()
    late.allow(REFUSED)
    late.page.goto(link)
    expect(late.get("login")).to_be_visible()
    expect(late.get("login").get_by_role("alert")).to_be_visible()
    assert late.get("card").count() == 0


def test_names_from_the_logs_are_text(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    attack = "<img src=x onerror=document.title='taken'>"
    with SummaryWriter(tmp_path / "runs" / attack) as writer:
        for step in range(11):
            writer.add_scalar(f"{attack}/{attack}", step, step)
            writer.add_scalar("\u202egnp.exe\x00\x1b[31m", step, step)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    expect(board.get("card")).to_have_count(2)
    expect(board.get("run-row").get_by_test_id("run-name")).to_contain_text("onerror=")
    expect(board.get("section").filter(has_text=attack).first).to_be_visible()
    card = board.get("card").filter(has_text=attack)
    expect(card).to_have_attribute("data-state", "drawn")
    card.locator(".u-over").hover()
    expect(board.get("tooltip-row")).to_contain_text("onerror=")
    assert board.page.locator("img").count() == 0
    assert "taken" not in board.page.title()
