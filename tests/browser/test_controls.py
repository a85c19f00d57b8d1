"""What surrounds the charts in a real browser: searches, check boxes, keys, themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import logs
from tests.cli.programs import write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

_CANVAS_COLOURS = """() => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const brightness = (colour) => {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
        return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    };
    const card = getComputedStyle(document.querySelector('[data-testid="card"]'));
    const page = getComputedStyle(document.body);
    return [page.backgroundColor, card.backgroundColor, page.color].map(brightness);
}"""
_FOCUSED = """() => {
    const {dataset, name, className} = document.activeElement;
    return dataset.testid || name || className || document.activeElement.tagName;
}"""


def run_names(board: BoardPage) -> list[str | None]:
    return [row.get_attribute("data-run") for row in board.get("run-row").all()]


# Runs and tags


def test_the_run_search_is_a_regular_expression(board: BoardPage) -> None:
    assert run_names(board) == ["fast", "restarted", "slow"]
    board.get("run-filter").fill("^(f|s)")
    expect(board.get("run-row")).to_have_count(2)
    assert run_names(board) == ["fast", "slow"]
    expect(board.get("run-count")).to_have_text("2 runs")
    card = board.card("flat/level")
    board.get("run-filter").press("Escape")
    expect(board.get("run-row")).to_have_count(3)
    card.wait_for_line("restarted")


def test_what_is_not_found_is_not_drawn(board: BoardPage) -> None:
    slow = board.colour("slow")
    assert board.card("flat/level").shows("slow")
    board.get("run-filter").fill("fast")
    card = board.card("flat/level")
    board.until(lambda: card.pixels_of(slow).count == 0, "the slow line gone")
    assert card.shows("fast")


def test_an_invalid_search_says_so(board: BoardPage) -> None:
    field = board.get("run-filter")
    field.fill("fast(")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(board.get("runs-pane").get_by_role("status")).to_contain_text("nterminated group")
    expect(board.get("run-row")).to_have_count(0)
    expect(board.get("runs-pane")).to_contain_text("No run matches.")
    field.fill("fast")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    expect(board.get("run-row")).to_have_count(1)


def test_check_boxes_show_and_hide_lines(board: BoardPage) -> None:
    card = board.card("flat/level")
    box = board.get("run-row", run="slow").get_by_test_id("run-check")
    box.uncheck()
    board.until(lambda: not card.shows("slow"), "the slow line gone")
    assert card.shows("fast")
    expect(board.get("run-count")).to_have_text("2 of 3 runs")
    board.get("check-all").check()
    expect(box).to_be_checked()
    card.wait_for_line("slow")
    board.get("check-all").uncheck()
    expect(board.get("empty")).to_contain_text("No run is checked.")
    board.get("empty").get_by_role("button").click()
    card.wait_for_line(*logs.LEVELS)


def test_a_click_on_a_name_shows_it_alone(board: BoardPage) -> None:
    card = board.card("flat/level")
    name = board.get("run-row", run="slow").get_by_test_id("run-name")
    name.click()
    board.until(lambda: not card.shows("fast"), "the fast line gone")
    assert card.shows("slow")
    board.until(lambda: "only=slow" in board.page.url, "an address to share")
    name.click()
    card.wait_for_line(*logs.LEVELS)


def test_the_tag_search_chooses_cards(board: BoardPage) -> None:
    board.get("tag-filter").fill("loss$")
    expect(board.get("card")).to_have_count(2)
    expect(board.get("tag-count")).to_have_text("2 of 5 tags")
    board.get("tag-filter").fill("nothing like it")
    expect(board.get("empty")).to_contain_text("No tag matches")
    board.get("tag-filter").press("Escape")
    expect(board.get("card")).to_have_count(5)


def test_a_shared_address_brings_the_same_view(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    board.open(served.link("smoothing=0.9&x=relative&tags=flat&only=slow"))
    card = board.card("flat/level")
    card.wait_for_line("slow")
    assert not card.shows("fast")
    expect(board.get("card")).to_have_count(1)
    expect(board.get("smoothing-value")).to_have_value("0.9")
    expect(board.get("x-axis").get_by_role("radio", name="relative")).to_be_checked()
    assert "code=" not in board.page.url


# Keys


def test_the_keyboard_reaches_every_control(board: BoardPage) -> None:
    wanted = {
        *("pane-toggle", "bar-chip", "tag-filter", "theme-toggle", "help-button"),
        *("run-filter", "check-all", "run-check", "run-name", "run-order", "value-tag", "divider"),
        *("smoothing-slider", "smoothing-value", "smoothing-kind", "x axis", "y axis", "outliers"),
        *(
            "link-zoom",
            "join-pattern",
            "section-title",
            "card-measure",
            "card-log",
            "card-wide",
            "card-more",
            "chart",
        ),
    }
    reached = set()
    for _ in range(80):
        board.page.keyboard.press("Tab")
        reached.add(board.page.evaluate(_FOCUSED))
    assert wanted - reached == set()


def test_shortcuts(board: BoardPage) -> None:
    keys = board.page.keyboard
    keys.press("?")
    expect(board.get("help")).to_be_visible()
    keys.press("Escape")
    expect(board.get("help")).to_have_count(0)
    keys.press("/")
    expect(board.get("run-filter")).to_be_focused()
    keys.press("Escape")
    keys.press("g")
    expect(board.get("tag-filter")).to_be_focused()
    keys.press("Escape")
    keys.press("s")
    expect(board.get("smoothing-value")).to_be_focused()
    keys.press("Enter")
    keys.press("y")
    expect(board.get("y-axis").get_by_role("radio", name="log", exact=True)).to_be_checked()
    keys.press("b")
    expect(board.get("runs-pane")).to_have_count(0)


def test_the_keys_of_a_chart(board: BoardPage) -> None:
    card = board.card("flat/level")
    keys = board.page.keyboard
    card.element.locator(".chart").focus()
    keys.press("ArrowRight")
    expect(board.get("tooltip-row")).to_have_count(3)
    keys.press("+")
    expect(card.get("zoom-reset")).to_be_visible()
    keys.press("0")
    expect(card.get("zoom-reset")).to_have_count(0)
    keys.press("l")
    expect(card.get("card-log")).to_have_attribute("aria-pressed", "true")
    keys.press("Escape")
    expect(board.get("tooltip")).to_have_count(0)


# Looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_is_the_systems(
    served: Served, new_page: Callable[..., BoardPage], scheme: str
) -> None:
    board = new_page(color_scheme=scheme)
    board.open(served.link())
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    page, card, text = board.page.evaluate(_CANVAS_COLOURS)
    if scheme == "dark":
        assert max(page, card) < 0.2
        assert text > 0.7
    else:
        assert min(page, card) > 0.9
        assert text < 0.3


def test_the_theme_may_be_chosen_and_is_remembered(board: BoardPage) -> None:
    card = board.card("flat/level")
    light_blue = board.colour("fast")
    board.get("theme-toggle").click()
    board.get("theme-toggle").click()
    expect(board.get("theme-toggle")).to_have_attribute("aria-label", "theme: dark")
    board.until(lambda: board.page.evaluate(_CANVAS_COLOURS)[0] < 0.2, "a dark page")
    card.wait_for_line("fast")
    assert board.colour("fast") != light_blue
    board.page.reload()
    card.wait_for_line("fast")
    assert board.page.evaluate(_CANVAS_COLOURS)[0] < 0.2


def test_a_narrow_window_never_scrolls_sideways(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page(viewport={"width": 380, "height": 740}, has_touch=True)
    board.open(served.link())
    card = board.card("flat/level")
    expect(card.element).to_have_attribute("data-state", "drawn")

    def overflow_px() -> int:
        return int(board.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    assert overflow_px() <= 0
    box = card.element.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 380
    if board.get("runs-pane").count() == 0:
        board.get("pane-toggle").click()
    expect(board.get("runs-pane")).to_be_visible()
    assert overflow_px() <= 0
    board.get("run-row", run="slow").get_by_test_id("run-check").uncheck()
    expect(board.get("run-count")).to_have_text("2 of 3 runs")
    board.get("pane-toggle").click()
    board.get("bar-chip").click()
    expect(board.get("source-details")).to_be_visible()
    assert overflow_px() <= 0


def test_a_chip_tells_the_details_of_its_source(board: BoardPage) -> None:
    expect(board.get("bar-chip")).to_have_attribute("data-state", "live")
    expect(board.get("bar-chip")).to_contain_text("live ·")
    board.get("bar-chip").click()
    details = board.get("source-details")
    expect(details).to_contain_text("losses")
    expect(details).to_contain_text("none")
    board.page.keyboard.press("Escape")
    expect(details).to_have_count(0)


def test_damaged_records_are_told(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    write_run(tmp_path / "runs" / "a", points=20)
    (file,) = (tmp_path / "runs" / "a").iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    board.card("train/loss").wait_for_line("a")
    expect(board.get("bar-chip")).to_contain_text("▲ 1")
    board.get("bar-chip").click()
    expect(board.get("losses").get_by_role("listitem")).to_have_count(1)
    expect(board.get("losses")).to_contain_text(f"a/{file.name}")
    board.get("losses").locator("summary").click()
    expect(board.get("losses")).to_contain_text("1 record with a wrong checksum")
    expect(board.get("losses")).to_contain_text("@ ")
