"""Several machines in one board: added, removed, with runs of the same names, one of them dead."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter
from tests.browser.board_page import number
from tests.browser.conftest import keep_screenshot
from tests.browser.served import is_alive
from tests.link.helpers import children

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served
    from tests.ssh.far import FarMachine

pytestmark = pytest.mark.slow

TAG = "train/loss"


def write(directory: Path, level: float, *runs: str) -> str:
    """Runs with a level of their own; returns the directory as it is typed."""
    for run in runs:
        with contextlib.closing(SummaryWriter(directory / run, max_queue=100)) as writer:
            for step in range(11):
                writer.add_scalar(TAG, level, step)
    return str(directory)


def sources_of(served: Served) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(served.api.ask("/api/status"))["sources"]
    return entries


def add(board: BoardPage, target: str) -> None:
    board.get("add-target").click()
    expect(board.get("add-text")).to_be_focused()
    board.page.keyboard.type(target)
    board.page.keyboard.press("Enter")


def levels_at(board: BoardPage, card: Card) -> dict[str, float]:
    """The values in the tooltip by the names of the runs as they stand there."""
    values = [number(row["value"]) for row in card.tip_at(0.5)]
    names = board.get("tooltip-row").locator(".middle").all_text_contents()
    return dict(zip(names, values, strict=True))


def colour_of(board: BoardPage, source: str, run: str) -> str:
    box = board.get("run-row", source=source, run=run).get_by_test_id("run-check")
    return str(box.evaluate("(box) => getComputedStyle(box).getPropertyValue('--run').trim()"))


def test_a_target_is_added_and_removed_while_one_looks(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    one = write(tmp_path / "one", 1.0, "a", "b")
    two = write(tmp_path / "two", 3.0, "a")
    served = serve(one, "--port", "0")
    board = new_page()
    board.open(served.link())
    card = board.card(TAG)
    card.wait_until_drawn()
    card.drag(0.2, 0.6)
    expect(card.get("zoom-reset")).to_be_visible()
    before = {run: colour_of(board, one, run) for run in ("a", "b")}
    board.page.evaluate("window.never_reloaded = true")

    add(board, two)
    expect(board.get("bar-chip")).to_have_count(2)
    expect(board.get("bar-chip", source=two)).to_have_attribute("data-state", "live")
    expect(board.get("add-form")).to_have_count(0)
    expect(board.get("run-row", source=two, run="a")).to_have_count(1)
    # Nothing of what was there has moved, and the new run of the same name looks different.
    assert {run: colour_of(board, one, run) for run in ("a", "b")} == before
    assert colour_of(board, two, "a") not in before.values()
    expect(card.get("zoom-reset")).to_be_visible()
    board.until(lambda: {"one/a", "two/a"} <= levels_at(board, card).keys(), "names with sources")
    keep_screenshot(board, "machines-added")

    engines = children(served.board.process.pid)
    board.get("bar-chip", source=two).click()
    board.get("remove-target").click()
    expect(board.get("bar-chip")).to_have_count(1)
    expect(board.get("run-row", source=two)).to_have_count(0)
    expect(board.get("undo-remove")).to_be_focused()
    board.until(lambda: sum(map(is_alive, engines)) == len(engines) - 1, "its engine ended")
    board.page.keyboard.press("Enter")
    expect(board.get("bar-chip", source=two)).to_have_attribute("data-state", "live")
    expect(board.get("run-row", source=two, run="a")).to_have_count(1)
    expect(board.get("removed-chip")).to_have_count(0)
    assert board.page.evaluate("window.never_reloaded === true")
    served.board.wait_for(r"two was added in the page")
    served.board.wait_for(r"two was removed in the page")


def test_what_cannot_be_added_says_why_where_it_was_typed(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    served = serve(write(tmp_path / "one", 1.0, "a"), "--port", "0")
    board = new_page()
    board.allow(r"400 .*/api/sources")
    board.open(served.link())
    add(board, "-oProxyCommand=x:runs")
    expect(board.get("add-trouble")).to_contain_text("begins with")
    expect(board.get("add-text")).to_be_focused()
    expect(board.get("add-text")).to_have_value("-oProxyCommand=x:runs")
    board.page.keyboard.press("Escape")
    expect(board.get("add-form")).to_have_count(0)
    expect(board.get("add-target")).to_be_focused()
    assert len(sources_of(served)) == 1
    # A directory that is not there is one that may still come.
    add(board, str(tmp_path / "late"))
    expect(board.get("bar-chip", source=str(tmp_path / "late"))).to_contain_text("no such path")
    write(tmp_path / "late", 2.0, "x")
    expect(board.get("run-row", run="x")).to_have_count(1)
    # What was added of late is offered again when it is gone.
    board.get("bar-chip", source=str(tmp_path / "late")).click()
    board.get("remove-target").click()
    expect(board.get("bar-chip")).to_have_count(1)
    board.get("add-target").click()
    board.get("add-recent").click()
    expect(board.get("run-row", run="x")).to_have_count(1)


def test_runs_of_the_same_name_are_told_apart_in_whichever_order(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    one = write(tmp_path / "one", 1.0, "a", "b")
    two = write(tmp_path / "two", 3.0, "a", "b")
    seen = []
    for order in ((one, two), (two, one)):
        board = new_page()
        board.open(serve(*order, "--port", "0").link())
        card = board.card(TAG)
        card.wait_until_drawn()
        board.until(lambda board=board: board.get("run-row").count() == 4, "four runs")  # type: ignore[misc]
        assert levels_at(board, card) == {"one/a": 1.0, "one/b": 1.0, "two/a": 3.0, "two/b": 3.0}
        seen.append({(s, r): colour_of(board, s, r) for s in (one, two) for r in ("a", "b")})
    assert seen[0] == seen[1]
    assert len(set(seen[0].values())) == 4


def test_a_dead_machine_holds_up_nothing(
    tmp_path: Path,
    far: FarMachine,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
) -> None:
    """Nobody listens at its port; only its chip says so."""
    here = write(tmp_path / "here", 1.0, "a")
    served = serve("gpu1:runs", here, *far.ssh_arguments, "--port", "0")
    board = new_page()
    board.open(served.link())
    board.card(TAG).wait_for_line("a")
    expect(board.get("bar-chip", source="gpu1:runs")).to_have_attribute("data-state", "failed")
    expect(board.get("bar-chip", source=here)).to_have_attribute("data-state", "live")
    expect(board.get("strip")).to_have_count(1)
    rows = served.api.ask("/api/export", {"series": None}).decode()
    assert rows.count("\n") == 12
    # It comes up later, and is asked for by hand.
    write(far.home / "runs", 2.0, "a")
    far.start()
    board.get("strip").get_by_role("button").click()
    expect(board.get("bar-chip", source="gpu1:runs")).to_have_attribute("data-state", "live")
    expect(board.get("run-row", run="a")).to_have_count(2)


def test_the_same_directory_is_shown_once(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    one = write(tmp_path / "one", 1.0, "a")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    again = str(tmp_path / "link")
    served = serve(one, "--port", "0")
    board = new_page()
    board.open(served.link())
    board.card(TAG).wait_for_line("a")
    if "identity" not in sources_of(served)[0]["logdir"]:
        pytest.skip(
            "this engine is older than the source and does not tell which directory it reads"
        )
    board.until(lambda: sources_of(served)[0]["logdir"]["identity"], "which directory it is")
    add(board, again)
    chip = board.get("bar-chip", source=again)
    expect(chip).to_contain_text("shown once")
    expect(board.get("run-row")).to_have_count(1)
    board.get("bar-chip", source=one).click()
    board.get("remove-target").click()
    expect(board.get("run-row", source=again, run="a")).to_have_count(1)
    expect(chip).not_to_contain_text("shown once")
