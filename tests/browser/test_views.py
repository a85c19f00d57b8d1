"""Views in a real browser: kept by name, saved to files, opened by the page and by `--view`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow


def keep(board: BoardPage, name: str) -> None:
    board.get("views").click()
    board.get("view-name").fill(name)
    board.get("view-keep").click()
    expect(board.get("view-name")).to_have_count(0)


def test_a_view_is_kept_opened_and_removed(board: BoardPage) -> None:
    board.get("tag-filter").fill("level")
    board.smooth(0.9)
    keep(board, "levels")
    board.get("tag-filter").fill("")
    board.smooth(0)
    board.page.reload()
    board.get("views").click()
    board.get("view-open").click()
    expect(board.get("tag-filter")).to_have_value("level")
    expect(board.get("smoothing-value")).to_have_value("0.9")
    board.page.wait_for_url("**#smoothing=0.9&tags=level")
    board.get("views").click()
    board.get("view-remove").click()
    expect(board.get("view-open")).to_have_count(0)


def test_a_view_goes_through_a_file(board: BoardPage, tmp_path: Path) -> None:
    board.card("flat/level").get("card-wide").click()
    keep(board, "wide level")
    board.card("flat/level").get("card-wide").click()
    board.get("views").click()
    with board.page.expect_download() as downloaded:
        board.get("view-save").click()
    file = tmp_path / downloaded.value.suggested_filename
    assert file.name == "wide_level.farboard.json"
    downloaded.value.save_as(file)
    board.get("view-remove").click()
    board.get("view-file").set_input_files(file)
    wide = board.card("flat/level").get("card-wide")
    expect(wide).to_have_attribute("aria-pressed", "true")
    board.get("views").click()
    expect(board.get("view-open")).to_have_text("wide level")


def test_what_is_no_view_says_so(board: BoardPage, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"farboard": "run"}')
    board.get("views").click()
    board.get("view-file").set_input_files(tmp_path / "a.json")
    expect(board.get("view-trouble")).to_contain_text("This is no view")


def test_the_command_line_opens_a_view_once(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    logs.write_logs(tmp_path / "runs")
    layout = {"wide": ["flat/level"]}
    file = tmp_path / "levels.farboard.json"
    file.write_text(json.dumps({"farboard": "view", "fragment": "tags=level", "layout": layout}))
    served = serve(tmp_path / "runs", "--port", "0", "--view", file)
    board = new_page()
    board.open(served.link())
    expect(board.get("tag-filter")).to_have_value("level")
    wide = board.card("flat/level").get("card-wide")
    expect(wide).to_have_attribute("aria-pressed", "true")
    wide.click()
    board.get("tag-filter").fill("lev")
    board.page.wait_for_url("**#tags=lev")
    board.page.goto("about:blank")
    board.open(served.link())
    expect(board.get("tag-filter")).to_have_value("lev")
    expect(wide).to_have_attribute("aria-pressed", "false")


def test_defaults_of_ones_own(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    logs.write_logs(tmp_path / "runs")
    file = tmp_path / "farboard" / "config.toml"
    file.parent.mkdir(mode=0o700)
    file.write_text('theme = "dark"\n[page]\nsmoothing = 0.25\n')
    served = serve(tmp_path / "runs", "--port", "0")
    board = new_page()
    board.open(served.link())
    expect(board.get("smoothing-value")).to_have_value("0.25")
    expect(board.page.locator("html")).to_have_attribute("data-theme", "dark")
    # What an address says goes before them.
    board.page.goto("about:blank")
    board.open(served.link("smoothing=0.75"))
    expect(board.get("smoothing-value")).to_have_value("0.75")
