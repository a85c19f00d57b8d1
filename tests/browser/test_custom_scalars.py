"""Charts that a layout of custom scalars asks for, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter

from tests.browser.board_page import number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Route

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

STEPS = range(41)
LAYOUT = {
    "overview": {
        "losses": ["Multiline", ["loss/.*", "(val)"]],
        "band": ["Margin", ["m/value", "m/lower", "m/upper"]],
    }
}
MORE = {
    "overview": {"losses": ["Multiline", ["loss/.*", "(val)"]], "rates": ["Multiline", ["lr"]]},
    "broken": {"none": ["Multiline", ["nothing/.*", "("]]},
}
SOLID = 200

# Which section the board was first seen with at its top.
_FIRST_SECTION = """new MutationObserver(() => {
    window.first_section ??= document.querySelector('[data-testid="section"]')?.dataset.group;
}).observe(document, {childList: true, subtree: true});"""


def write(directory: Path) -> None:
    """Two runs, of which each has a layout; `one` is at 1, `two` at 2."""
    for level, run in enumerate(("one", "two"), 1):
        writer = SummaryWriter(str(directory / run))
        for step in STEPS:
            writer.add_scalar("loss/train", level, step)
            writer.add_scalar("loss/val", level + 4, step)
            writer.add_scalar("val", 8, step)
            # Not at the beginning: matched by no pattern.
            writer.add_scalar("other/loss/train", 99, step)
            writer.add_scalar("m/value", 10 * level, step)
            writer.add_scalar("m/lower", 10 * level - 2, step)
            writer.add_scalar("m/upper", 10 * level + 4, step)
            writer.add_scalar("lr", 0.1, step)
        writer.add_custom_scalars(LAYOUT if run == "one" else MORE)
        writer.close()


@pytest.fixture(scope="module")
def served(serve_logs: Callable[..., Served]) -> Served:
    return serve_logs(write)


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link("smoothing=0"))
    expect(board.get("section", group="custom: overview")).to_be_visible()
    return board


def test_layouts_of_runs_are_merged_into_sections(board: BoardPage) -> None:
    overview = board.get("section", group="custom: overview")
    titles = overview.locator("h3")
    expect(titles).to_have_text(["losses", "band", "rates"])
    expect(board.get("section", group="custom: broken").locator("h3")).to_have_text(["none"])
    # The tags have their own cards, too; the layout itself has none.
    expect(board.card("loss/train").element).to_be_visible()
    expect(board.get("card", tag="custom_scalars__config__")).to_have_count(0)
    assert board.get("section").first.get_attribute("data-group") == "custom: overview"


def test_lines_of_all_tags_that_match_are_on_one_chart(board: BoardPage) -> None:
    card = board.card("custom: overview/losses")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("one", "two")
    rows = card.tip_at(0.5, 0.5)
    assert {(row["run"], row["tag"], number(row["value"])) for row in rows} == {
        ("one", "loss/train", 1),
        ("one", "loss/val", 5),
        ("one", "val", 8),
        ("two", "loss/train", 2),
        ("two", "loss/val", 6),
        ("two", "val", 8),
    }
    legend = card.get("card-legend").locator("li")
    expect(legend).to_have_count(3)
    # It is the layout's chart: nothing is taken off it.
    expect(card.get("legend-off")).to_have_count(0)


def test_a_margin_is_a_band_around_its_line(board: BoardPage) -> None:
    card = board.card("custom: overview/band")
    card.element.scroll_into_view_if_needed()
    card.wait_for_line("one", "two")

    # From 8 to 24, and a twentieth of that on each side.
    def place(value: float) -> float:
        return (24.8 - value) / 17.6

    line = card.pixels("one", least_alpha=SOLID)
    assert line.mean_y == pytest.approx(place(10), abs=0.03)
    band = card.pixels("one")
    assert band.top == pytest.approx(place(14), abs=0.03)
    assert band.bottom == pytest.approx(place(8), abs=0.03)
    rows = {row["run"]: row for row in card.tip_at(0.5, 0.5)}
    assert number(rows["two"]["value"]) == 20
    assert [number(edge) for edge in rows["two"]["band"].split(" … ")] == [18, 24]


def test_a_chart_without_tags_says_what_it_asks_for(board: BoardPage) -> None:
    card = board.card("custom: broken/none")
    card.element.scroll_into_view_if_needed()
    expect(card.element).to_contain_text("No visible run has a tag that matches: nothing/.*, (")
    expect(card.element).to_contain_text("“(” is no pattern: ")


def test_it_is_a_kind_and_is_found_by_its_tags(board: BoardPage) -> None:
    board.page.locator('[data-kind="custom_scalars"].kind').click()
    expect(board.get("card")).to_have_count(4)
    board.page.wait_for_url("**kinds=custom_scalars*")
    board.get("tag-filter").fill("loss/val")
    expect(board.get("card")).to_have_count(1)
    expect(board.get("card").locator("h3")).to_have_text("losses")


def test_new_points_and_new_tags_join(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    # Its flush does not wait for what is queued; closing does.
    writer = SummaryWriter(str(tmp_path / "runs" / "one"))
    writer.add_custom_scalars({"a": {"b": ["Multiline", ["x/.*"]]}})
    writer.add_scalar("x/one", 1, 0)
    writer.add_scalar("x/one", 1, 1)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link("smoothing=0"))
    card = board.card("custom: a/b")
    card.wait_for_line("one")
    writer = SummaryWriter(str(tmp_path / "runs" / "one"), filename_suffix=".2")
    writer.add_scalar("x/two", 3, 0)
    writer.add_scalar("x/two", 3, 9)
    writer.close()
    board.until(
        lambda: {number(row["value"]) for row in card.tip_at(1.0, 0.5)} == {1, 3}, "the other tag"
    )


def test_the_board_does_not_move_when_layouts_come(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    held: list[Route] = []
    board.page.route("**/api/values", lambda route: held.append(route))
    board.page.add_init_script(_FIRST_SECTION)
    board.open(served.link("smoothing=0"))
    board.until(lambda: len(held) == 1, "the layouts are asked for")
    held[0].continue_()
    expect(board.get("section", group="custom: overview")).to_be_visible()
    assert board.page.evaluate("window.first_section") == "custom: overview"
