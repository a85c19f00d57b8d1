"""Other x axes in a real browser, from event files: another tag, logarithmic, one chart alone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from farboard import SummaryWriter
from tests.browser.board_page import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

LOSS, LR, TOKENS = "train/loss", "train/lr", "train/tokens"
STEPS = 101
TOKENS_PER_STEP = {"a": 100, "b": 200}
LEVELS = {"a": 1.0, "b": 2.0, "bare": 3.0}


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[dict[str, SummaryWriter]]:
    """Two runs that count tokens, and one that does not."""
    writers = {run: SummaryWriter(tmp_path / "runs" / run, flush_secs=0) for run in LEVELS}
    for run in LEVELS:
        write(writers, run, range(STEPS))
    yield writers
    for writer in writers.values():
        writer.close()


def write(writers: dict[str, SummaryWriter], run: str, steps: range) -> None:
    writer = writers[run]
    for step in steps:
        writer.add_scalar(LOSS, LEVELS[run], step)
        writer.add_scalar(LR, 1.0, step)
        if run in TOKENS_PER_STEP:
            writer.add_scalar(TOKENS, TOKENS_PER_STEP[run] * step, step)
    writer.flush()


@pytest.fixture
def opened(
    tmp_path: Path,
    writers: dict[str, SummaryWriter],
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
) -> Callable[[str], BoardPage]:
    assert writers
    served = serve(tmp_path / "runs", "--port", "0")

    def opened(fragment: str) -> BoardPage:
        board = new_page()
        board.open(served.link(f"smoothing=0&{fragment}"))
        return board

    return opened


def fragment(board: BoardPage) -> str:
    return unquote(board.page.url.partition("#")[2])


def column(card: Card, x: float, name: str) -> dict[str, float]:
    rows = card.tip_at(x)
    card.board.page.mouse.move(2, 2)
    return {row["run"]: tip_number(row[name]) for row in rows}


def tip_number(text: str) -> float:
    return number(text.removesuffix("k")) * (1000 if text.endswith("k") else 1)


def test_another_tag_is_x_for_the_runs_that_have_it(opened: Callable[[str], BoardPage]) -> None:
    board = opened(f"x=tag({TOKENS})")
    card = board.card(LOSS)
    card.wait_for_line("a", "b")
    # Both have as many steps, but one has seen twice as many tokens.
    assert card.pixels("a").right == pytest.approx(0.5, abs=0.02)
    assert card.pixels("b").right > 0.97
    assert not card.shows("bare")
    expect(card.get("missing-note")).to_have_text(f"1 run without {TOKENS}")
    assert column(card, 0.25, TOKENS) == pytest.approx({"a": 5000, "b": 5000}, abs=200)
    assert column(card, 0.25, "step") == pytest.approx({"a": 50, "b": 25}, abs=2)


def test_the_tag_is_chosen_by_its_name(opened: Callable[[str], BoardPage]) -> None:
    board = opened("")
    card = board.card(LOSS)
    card.wait_for_line("a", "b", "bare")
    board.choose("x-axis", "tag")
    field = board.get("x-tag")
    expect(field).to_be_focused()
    # What people count by comes first.
    assert field.evaluate("(field) => field.list.options[0].value") == TOKENS
    field.fill("train/token")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(TOKENS)
    field.press("Enter")
    board.until(lambda: not card.shows("bare"), "tokens as x")
    card.wait_for_line("a", "b")
    board.until(lambda: f"x=tag({TOKENS})" in fragment(board), "x in the address")
    board.choose("x-axis", "step")
    card.wait_for_line("bare")
    board.until(lambda: "x=" not in fragment(board), "no x in the address")


def test_a_chart_says_why_it_is_empty(opened: Callable[[str], BoardPage]) -> None:
    board = opened("x=tag(epochs)")
    expect(board.card(LOSS).element).to_contain_text("No visible run has epochs.")


def test_the_axis_grows_with_the_tag(
    opened: Callable[[str], BoardPage], writers: dict[str, SummaryWriter]
) -> None:
    card = opened(f"x=tag({TOKENS})").card(LOSS)
    card.wait_for_line("a", "b")
    write(writers, "b", range(STEPS, 2 * STEPS))
    card.board.until(lambda: 0.2 < card.pixels("a").right < 0.27, "an axis twice as long")
    assert card.pixels("b").right > 0.97


def test_zoom_history_and_statistics_are_in_units_of_the_tag(
    opened: Callable[[str], BoardPage],
) -> None:
    board = opened(f"x=tag({TOKENS})")
    card = board.card(LOSS)
    card.wait_for_line("a", "b")
    card.drag(0.2, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()
    assert column(card, 0.5, TOKENS) == pytest.approx({"a": 6000, "b": 6000}, abs=250)
    card.get("card-measure").click()
    row = card.get("statistics-row").and_(board.page.locator('[data-run="b"]'))
    points = row.locator('[data-column="points"]')
    board.until(lambda: abs(number(points.inner_text()) - 20) <= 2, "points of 4000 tokens")
    card.get("zoom-back").click()
    card.wait_for_line("a", "b")
    board.until(lambda: card.pixels("a").right < 0.55, "the whole range")


def test_one_chart_may_have_its_own_x(opened: Callable[[str], BoardPage]) -> None:
    board = opened("zoomall=")
    loss, lr = board.card(LOSS), board.card(LR)
    loss.wait_for_line("bare")
    loss.element.hover()
    loss.get("card-more").click()
    loss.get("card-x").select_option("tag")
    loss.get("card-x-tag").fill(TOKENS)
    loss.get("card-x-tag").press("Enter")
    board.page.keyboard.press("Escape")
    board.until(lambda: not loss.shows("bare"), "tokens as x")
    board.until(lambda: f"xof={LOSS}:tag({TOKENS})" in fragment(board), "x in the address")
    # Steps and tokens have nothing to do with one another: the zoom is not shared.
    loss.wait_for_line("a", "b")
    loss.drag(0.2, 0.4)
    expect(loss.get("zoom-reset")).to_be_visible()
    expect(lr.get("zoom-reset")).to_have_count(0)
    lr.wait_for_line("bare")


def test_a_logarithmic_axis_says_what_has_no_place(opened: Callable[[str], BoardPage]) -> None:
    board = opened("")
    card = board.card(LOSS)
    card.wait_for_line("a", "b")
    board.get("x-scale").select_option("log")
    expect(card.get("missing-note")).to_have_text("3 points at x ≤ 0 have no place on a log axis")
    card.wait_for_line("a", "b")
    # Steps 1 to 100: ten is in the middle.
    board.until(lambda: set(column(card, 0.5, "step").values()) == {10.0}, "ten in the middle")
    assert set(column(card, 0.0, "step").values()) == {1.0}
    card.drag(0.5, 1.0)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()
    assert set(column(card, 0.5, "step").values()) < {31.0, 32.0, 33.0}
    assert "xscale=log" in fragment(board)


def test_a_symlog_axis_has_a_place_for_zero(opened: Callable[[str], BoardPage]) -> None:
    card = opened("xscale=symlog").card(LOSS)
    card.wait_for_line("a", "b", "bare")
    assert set(column(card, 0.0, "step").values()) == {0.0}
    # asinh: half of the axis from 0 to 100, straight up to 0.01, ends below 1.
    assert set(column(card, 0.45, "step").values()) <= {0.0, 1.0}
    expect(card.get("missing-note")).to_have_count(0)


def test_groups_are_drawn_along_the_tag(opened: Callable[[str], BoardPage]) -> None:
    board = opened(f"x=tag({TOKENS})&group=part(1)&groups=mean&only=a,b")
    card = board.card(LOSS)
    card.wait_for_line("b")
    rows = card.tip_at(0.25)
    assert {number(row["mean"]) for row in rows} == {1.0, 2.0}
    assert [tip_number(row[TOKENS]) for row in rows] == pytest.approx([5000, 5000], abs=250)


def test_saved_points_say_their_x(opened: Callable[[str], BoardPage], tmp_path: Path) -> None:
    board = opened(f"x=tag({TOKENS})&only=a")
    card = board.card(LOSS)
    card.wait_for_line("a")
    card.element.hover()
    card.get("card-more").click()
    with board.page.expect_download() as download:
        card.get("save-seen-csv").click()
    file = tmp_path / "seen.csv"
    download.value.save_as(file)
    head, first, second, *_ = file.read_text().splitlines()
    assert head.endswith(",superseded,x")
    assert [line.rpartition(",")[2] for line in (first, second)] == ["0", "100"]
