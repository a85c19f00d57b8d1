"""The search box of the runs in a real browser: queries, groups, and runs side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter
from tests.browser import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

_LINE = re.compile(r"^M[\d. ]+(L[\d. ]+)+$")
HPARAMS: dict[str, dict[str, Any]] = {
    "fast": {"lr": 0.1, "optimizer": "adam"},
    "slow": {"lr": 0.01, "optimizer": "adam"},
    "restarted": {"lr": 0.1, "optimizer": "<i>sgd</i>"},
}


def with_hparams(board: BoardPage) -> BoardPage:
    """Gives the runs of logs.py, which have none, hyperparameters."""
    source = str(board.get("bar-chip").first.get_attribute("data-source"))
    runs = [
        {"run": run, "source": source, "session": {"run": run, "hparams": hparams}, "files": []}
        for run, hparams in HPARAMS.items()
    ]
    board.page.route("**/api/hparams", lambda route: route.fulfill(json={"runs": runs}))
    return board


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link())
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    return with_hparams(board)


def run_names(board: BoardPage) -> list[str]:
    names = "(rows) => rows.map((row) => row.dataset.run)"
    return list(board.get("run-row").evaluate_all(names))


def test_a_query_finds_runs_and_draws_only_them(board: BoardPage) -> None:
    slow = board.colour("slow")
    board.get("run-filter").fill("lr > 0.05 and flat/level < 5 and state == running")
    board.until(lambda: run_names(board) == ["fast", "restarted"], "two found")
    card = board.card("flat/level")
    board.until(lambda: card.pixels_of(slow).count == 0, "the slow line gone")
    board.get("run-filter").fill('optimizer =~ "^ad" or `flat/level` == 3')
    board.until(lambda: len(run_names(board)) == 3, "three found")
    board.get("run-filter").fill("flat/level >= 3")
    board.until(lambda: run_names(board) == ["restarted"], "one found")
    board.until(lambda: "runs=flat/level >= 3" in unquote(board.page.url), "in the address")
    address = board.page.url
    board.page.goto("about:blank")
    board.page.goto(address)
    board.until(lambda: run_names(board) == ["restarted"], "the same by the address")


def test_a_wrong_query_says_where(board: BoardPage) -> None:
    field = board.get("run-filter")
    field.fill("flat/level < 1.5")
    board.until(lambda: run_names(board) == ["fast"], "one found")
    field.fill("flat/level < 1.5 and flat/lev < 3")
    expect(field).to_have_attribute("aria-invalid", "true")
    said = board.get("runs-pane").get_by_role("status").filter(has_text="no column")
    expect(said).to_have_text('there is no column "flat/lev" (at 22)')
    assert run_names(board) == ["fast"]


def test_an_expression_that_others_never_finish_does_not_stop_the_page(board: BoardPage) -> None:
    board.get("run-filter").fill(r"((\w+)+)+\d((a|b|c|d|e|s|t)*)*!")
    expect(board.get("run-row")).to_have_count(0)
    board.get("run-filter").fill("")
    expect(board.get("run-row")).to_have_count(3)


def test_queries_are_saved_and_forgotten(board: BoardPage) -> None:
    board.get("run-filter").fill("flat/level < 2.5")
    board.get("queries").click()
    board.get("save-query").click()
    board.page.keyboard.press("Escape")
    board.get("run-filter").fill("")
    board.page.wait_for_timeout(400)  # what is set is kept a moment later
    board.page.reload()
    board.get("queries").click()
    saved = board.get("saved-queries")
    saved.get_by_role("button", name="flat/level < 2.5", exact=True).click()
    board.until(lambda: run_names(board) == ["fast", "slow"], "found by the saved query")
    board.get("queries").click()
    saved.get_by_role("button", name="forget").click()
    expect(saved).to_have_count(0)


# Groups


def test_groups_have_one_colour_each(board: BoardPage) -> None:
    board.get("run-group-by").click()
    board.get("grouping", value="hparam(lr)").click()
    expect(board.get("run-group")).to_have_count(2)
    expect(board.get("run-group").first).to_contain_text("lr 0.01")
    assert run_names(board) == ["slow", "fast", "restarted"]
    assert board.colour("fast") == board.colour("restarted") != board.colour("slow")
    board.card("flat/level").wait_for_line("fast", "slow")
    board.until(lambda: "group=hparam(lr)" in unquote(board.page.url), "in the address")
    board.get("run-group").first.get_by_role("checkbox").uncheck()
    expect(board.get("run-count")).to_have_text("2 of 3 runs")
    board.get("run-group-by").click()
    board.get("group-pattern").fill("st$|ed$")
    board.get("group-use").click()
    expect(board.get("run-group")).to_have_count(3)
    board.get("group-pattern").fill("(st")
    board.get("group-use").click()
    expect(board.get("runs-pane").get_by_role("alert")).to_have_text("Unterminated group")
    board.get("grouping", value="").click()
    expect(board.get("run-group")).to_have_count(0)


# Side by side


def test_checked_runs_are_compared(board: BoardPage) -> None:
    board.get("run-row", run="restarted").get_by_test_id("run-check").uncheck()
    board.page.keyboard.press("c")
    dialog = board.get("run-compare")
    expect(dialog.locator("thead th[data-run]")).to_have_count(2)
    cells = dialog.locator('tr[data-name="lr"] td')
    expect(cells).to_have_text(["0.1", "0.01"])
    expect(dialog.locator('tr[data-name="optimizer"]')).to_have_count(0)
    dialog.get_by_test_id("only-different").uncheck()
    expect(dialog.locator('tr[data-name="optimizer"] td')).to_have_text(["adam", "adam"])
    level = dialog.locator('tr[data-name="flat/level"] td')
    expect(level).to_have_text(["1", "2+100\u202f%"])
    board.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    board.get("run-row", run="fast").get_by_test_id("run-name").click()
    board.page.keyboard.press("c")
    expect(dialog).to_contain_text("Check two runs or more")


def test_names_from_files_are_text(board: BoardPage) -> None:
    board.page.keyboard.press("c")
    dialog = board.get("run-compare")
    expect(dialog.locator('tr[data-name="optimizer"]')).to_contain_text("<i>sgd</i>")
    assert dialog.locator("i").count() == 0


# From real files


def test_columns_and_queries_read_configurations_and_statistics(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    for run, lr, dip in (("a", "1e-3", 0.25), ("b", "0.1", 0.75)):
        with SummaryWriter(tmp_path / "runs" / run) as writer:
            for step in range(101):
                writer.add_scalar("val/loss", dip if step == 50 else 2.0, step)
        config = f"optim:\n  lr: {lr}\nmodel: resnet\n"
        (tmp_path / "runs" / run / "config.yaml").write_text(config)
    (tmp_path / "runs" / "b" / "hparams.json").write_text("{broken")
    board = new_page()
    board.open(serve(tmp_path / "runs").link())
    expect(board.get("run-row")).to_have_count(2)
    board.get("run-table").click()
    board.get("choose-columns").click()
    board.get("column-kind").select_option("min")
    others = board.get("other-columns")
    others.locator('[data-column="min(val/loss)"]').get_by_role("button").click()
    others.locator('[data-column="hparam(optim/lr)"]').get_by_role("button").click()
    board.get("column-kind").select_option("curve")
    others.locator('[data-column="curve(val/loss)"]').get_by_role("button").click()
    board.page.keyboard.press("Escape")
    row = board.get("run-row", run="a")
    expect(row.locator('[data-column="min(val/loss)"]')).to_have_text("0.2500")
    expect(row.locator('[data-column="hparam(optim/lr)"]')).to_have_text("0.001")
    expect(row.get_by_test_id("run-curve").locator("path")).to_have_attribute("d", _LINE)
    board.get("run-filter").fill("min(val/loss) > 0.5 and optim/lr > 0.01")
    board.until(lambda: run_names(board) == ["b"], "found by its least value")
    board.get("run-filter").fill("at50(val/loss) < 0.5 and mean(val/loss) == 2")
    board.until(lambda: run_names(board) == ["a"], "found by its value at a step")
    board.get("run-filter").fill("")
    board.page.keyboard.press("Escape")
    board.get("runs-pane").get_by_test_id("compare-runs").click()
    dialog = board.get("run-compare")
    expect(dialog.locator('tr[data-name="optim/lr"] td')).to_have_text(["0.001", "0.1"])
    expect(dialog).to_contain_text("hparams.json")
