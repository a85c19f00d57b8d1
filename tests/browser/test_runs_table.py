"""The runs as a table in a real browser: columns, order, keys, and what people note about runs."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter
from tests.browser import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

MANY_RUNS = 2000


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link())
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    board.get("run-table").click()
    return board


def run_names(board: BoardPage) -> list[str]:
    names = "(rows) => rows.map((row) => row.dataset.run)"
    return list(board.get("run-row").evaluate_all(names))


def heads(board: BoardPage) -> list[str]:
    names = "(heads) => heads.map((head) => head.dataset.column)"
    return list(board.get("column-head").evaluate_all(names))


def cell(board: BoardPage, run: str, column: str) -> Locator:
    return board.get("run-row", run=run).locator(f'[data-column="{column}"]')


def head(board: BoardPage, column: str) -> Locator:
    return board.get("column-head", column=column).get_by_role("button")


def menu_of(board: BoardPage, run: str) -> Locator:
    row = board.get("run-row", run=run)
    row.hover()
    row.get_by_test_id("run-more").click()
    return board.get("run-menu")


def test_the_list_becomes_a_table_and_a_list_again(board: BoardPage) -> None:
    assert heads(board) == ["name", "value", "state", "step", "speed", "points", "age"]
    expect(board.get("run-rows")).to_have_role("treegrid")
    expect(cell(board, "fast", "state")).to_have_text("running")
    expect(cell(board, "fast", "step")).to_have_text("9999")
    expect(cell(board, "restarted", "points")).to_have_text("252")
    board.page.keyboard.press("t")
    expect(board.get("column-head")).to_have_count(0)
    expect(board.get("run-row", run="restarted").locator(".row-value")).to_have_text("1")


def test_dragging_the_edge_makes_it_a_table(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    board.open(served.link())
    expect(board.get("run-row")).to_have_count(3)
    expect(board.get("column-head")).to_have_count(0)
    edge = board.page.get_by_role("separator", name="width of the runs pane").bounding_box()
    assert edge
    board.page.mouse.move(edge["x"] + 3, 400)
    board.page.mouse.down()
    board.page.mouse.move(500, 400)
    board.page.mouse.move(700, 400)
    board.page.mouse.up()
    expect(board.get("column-head")).to_have_count(7)
    board.page.reload()
    expect(board.get("column-head")).to_have_count(7)


def test_heads_sort(board: BoardPage) -> None:
    board.get("value-tag").select_option("flat/level")
    head(board, "value").click()
    expect(board.get("column-head", column="value")).to_have_attribute("aria-sort", "ascending")
    board.until(lambda: run_names(board) == ["fast", "slow", "restarted"], "by value")
    head(board, "value").click()
    expect(board.get("column-head", column="value")).to_have_attribute("aria-sort", "descending")
    board.until(lambda: run_names(board) == ["restarted", "slow", "fast"], "by value, downwards")
    head(board, "value").click()
    board.until(lambda: run_names(board) == ["fast", "restarted", "slow"], "by name")


def test_columns_are_moved_resized_hidden_and_added(board: BoardPage) -> None:
    source, goal = head(board, "age").bounding_box(), head(board, "state").bounding_box()
    assert source
    assert goal
    board.page.mouse.move(source["x"] + 10, source["y"] + 8)
    board.page.mouse.down()
    board.page.mouse.move(goal["x"] + 60, goal["y"] + 8)
    board.page.mouse.move(goal["x"] + 10, goal["y"] + 8)
    board.page.mouse.up()
    board.until(lambda: heads(board)[:4] == ["name", "value", "age", "state"], "age before state")
    head(board, "age").press("Alt+ArrowRight")
    board.until(lambda: heads(board)[:4] == ["name", "value", "state", "age"], "and back by key")

    before = board.get("column-head", column="step").bounding_box()
    head(board, "step").press("Shift+ArrowRight")
    after = board.get("column-head", column="step").bounding_box()
    assert before
    assert after
    assert after["width"] == pytest.approx(before["width"] + 8)

    head(board, "points").press("Delete")
    expect(board.get("column-head", column="points")).to_have_count(0)
    board.page.route("**/api/hparams", lambda route: route.fulfill(json={"runs": []}))
    board.get("choose-columns").click()
    board.get("column-search").fill("flat")
    board.get("other-columns").get_by_role("button").click()
    board.page.keyboard.press("Escape")
    expect(cell(board, "slow", "last(flat/level)")).to_have_text("2")
    kept = heads(board)
    board.page.wait_for_timeout(400)  # what is set is kept a moment later
    board.page.reload()
    board.until(lambda: heads(board) == kept, "the columns kept")


def test_keys_move_check_and_fold(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    for run in ("exp/a/s0", "exp/a/s1", "exp/b/s0", "exp/b/s1", "plain"):
        with SummaryWriter(tmp_path / "runs" / run) as writer:
            writer.add_scalar("loss", 1.0, 0)
    board = new_page()
    board.open(serve(tmp_path / "runs").link())
    expect(board.get("run-row")).to_have_count(5)
    lines = board.get("run-rows").get_by_role("row")
    board.get("run-filter").focus()
    focused = board.page.locator("[data-index]:focus")
    for _ in range(12):
        board.page.keyboard.press("Tab")
        if focused.count() == 1:
            break
    keys = board.page.keyboard
    expect(focused).to_have_attribute("aria-level", "1")
    expect(focused).to_have_attribute("aria-expanded", "true")
    keys.press("ArrowDown")
    expect(focused).to_have_attribute("aria-level", "2")
    keys.press("ArrowLeft")
    expect(focused).to_have_attribute("aria-expanded", "false")
    expect(lines).to_have_count(6)
    keys.press("ArrowRight")
    expect(lines).to_have_count(8)
    keys.press("ArrowDown")
    expect(focused).to_have_attribute("data-run", "exp/a/s0")
    keys.press(" ")
    expect(focused.get_by_role("checkbox")).not_to_be_checked()
    keys.press("ArrowLeft")
    expect(focused).to_have_attribute("data-testid", "run-group")
    expect(focused.get_by_role("checkbox")).to_have_js_property("indeterminate", True)
    keys.press("End")
    expect(focused).to_have_attribute("data-run", "plain")
    keys.press("Enter")
    board.until(lambda: "only=plain" in board.page.url, "it alone")


def test_two_thousand_runs_scroll(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    for i in range(MANY_RUNS):
        with SummaryWriter(tmp_path / "runs" / f"run-{i:04}") as writer:
            writer.add_scalar("loss", float(i), 0)
    board = new_page()
    board.open(serve(tmp_path / "runs").link())
    rows = board.get("run-rows")
    expect(rows).to_have_attribute("aria-rowcount", str(MANY_RUNS + 1))
    assert board.get("run-row").count() < 100
    rows.evaluate("(list) => { list.scrollTop = list.scrollHeight / 2; }")
    expect(board.get("run-row", run="run-1000")).to_be_in_viewport()
    assert board.get("run-row").count() < 100
    board.get("run-row", run="run-1000").focus()
    board.page.keyboard.press("End")
    last = board.get("run-row", run=f"run-{MANY_RUNS - 1:04}")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    # Scrolled away, the line with the focus stays.
    rows.evaluate("(list) => { list.scrollTop = 0; }")
    expect(board.get("run-row", run="run-0000")).to_be_in_viewport()
    expect(last).to_be_focused()


# What is noted about runs


def test_a_run_is_pinned_named_and_noted(board: BoardPage) -> None:
    menu = menu_of(board, "slow")
    menu.get_by_role("button", name="Pin to the top").click()
    expect(menu).to_have_count(0)
    board.until(lambda: run_names(board) == ["slow", "fast", "restarted"], "slow first")
    menu = menu_of(board, "slow")
    menu.get_by_test_id("run-rename").fill("<b>best</b>")
    menu.get_by_test_id("run-note").fill("try again with warmup")
    board.page.keyboard.press("Escape")
    name = board.get("run-row", run="slow").get_by_test_id("run-name")
    expect(name).to_have_text("<b>best</b>")
    assert "try again with warmup" in (name.get_attribute("title") or "")
    board.card("flat/level").tip_at(0.5, 0.5)
    expect(board.get("tooltip")).to_contain_text("<b>best</b>")
    board.page.reload()
    expect(name).to_have_text("<b>best</b>")
    board.until(lambda: run_names(board)[0] == "slow", "still first")


def test_a_hidden_run_comes_back_when_asked_for(board: BoardPage) -> None:
    card = board.card("flat/level")
    colour = board.colour("slow")
    menu_of(board, "slow").get_by_role("button", name="Hide").click()
    expect(board.get("run-row")).to_have_count(2)
    board.until(lambda: card.pixels_of(colour).count == 0, "the slow line gone")
    expect(board.get("hidden-runs")).to_contain_text("1 run hidden.")
    board.get("hidden-runs").get_by_role("button").click()
    expect(board.get("run-row")).to_have_count(3)
    card.wait_for_line("slow")


def test_a_colour_is_chosen_and_the_same_everywhere(board: BoardPage) -> None:
    card = board.card("flat/level")
    before = board.colour("slow")
    menu = menu_of(board, "slow")
    menu.get_by_role("radio", name="colour 17", exact=True).check()
    board.page.keyboard.press("Escape")
    assert board.colour("slow") != before
    card.wait_for_line("slow")
    board.until(lambda: card.pixels_of(before).count == 0, "the old colour gone")
    menu = menu_of(board, "slow")
    menu.get_by_role("radio", name="by its name").check()
    assert board.colour("slow") == before


def test_values_are_compared_with_a_baseline(board: BoardPage) -> None:
    board.get("value-tag").select_option("flat/level")
    menu_of(board, "slow").get_by_role("button", name="Make it the baseline").click()
    expect(cell(board, "fast", "value")).to_contain_text("\u221250\u202f%")
    expect(cell(board, "restarted", "value")).to_contain_text("+50\u202f%")
    expect(cell(board, "slow", "value")).not_to_contain_text("%")


def test_notes_are_in_all_tabs(board: BoardPage) -> None:
    other = type(board)(board.page.context.new_page())
    other.page.goto(board.page.url)
    expect(other.get("run-row")).to_have_count(3)
    menu = menu_of(board, "fast")
    menu.get_by_test_id("run-rename").fill("the first")
    expect(other.get("run-row", run="fast").get_by_test_id("run-name")).to_have_text("the first")
    other.check()


def test_a_run_that_falls_silent_has_stalled_or_finished(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    now_s = time.time()
    for run, silence_s in (("new", 0.0), ("quiet", 600.0), ("old", 90_000.0)):
        directory = tmp_path / "runs" / run
        with SummaryWriter(directory) as writer:
            for step in range(10):
                writer.add_scalar("loss", 1.0, step, walltime=now_s - silence_s - 10 + step)
        for file in directory.iterdir():
            os.utime(file, (now_s - silence_s, now_s - silence_s))
    board = new_page()
    board.open(serve(tmp_path / "runs").link())
    board.get("run-table").click()
    for run, state in (("new", "running"), ("quiet", "stalled"), ("old", "finished")):
        expect(cell(board, run, "state")).to_have_text(state)
        expect(cell(board, run, "speed")).to_have_text("1")
