"""axe finds nothing to complain about, in any view, light or dark, wide or narrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.media_logs import write_media_logs
from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
    const {violations} = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    });
    return violations.map(({id, help, nodes}) => ({
        id, help, where: nodes.slice(0, 5).map(({html, failureSummary}) => [html, failureSummary]),
    }));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm --prefix web ci")
    return AXE.read_text("utf-8")


@pytest.fixture(
    params=[("light", 1280), ("dark", 1280), ("light", 380), ("dark", 380)],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def page(request: pytest.FixtureRequest, new_page: Callable[..., BoardPage]) -> BoardPage:
    theme, width = request.param
    return new_page(color_scheme=theme, viewport={"width": width, "height": 900})


@pytest.fixture
def board(page: BoardPage, served: Served) -> BoardPage:
    page.open(served.link())
    page.card("flat/level").wait_until_drawn()
    return page


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("media")
    write_media_logs(directory / "runs")
    media = Served(directory, directory / "runs", "--port", "0")
    yield media
    media.end()


def complaints(board: BoardPage, axe: str) -> list[dict[str, Any]]:
    board.page.evaluate(axe)
    found = board.page.evaluate(_RUN)
    assert isinstance(found, list)
    return found


def test_the_board(board: BoardPage, axe: str) -> None:
    assert complaints(board, axe) == []


@pytest.mark.parametrize("menu", ["views", "alerts", "add-target", "card-more"])
def test_menus(board: BoardPage, axe: str, menu: str) -> None:
    board.get(menu).first.click()
    expect(board.page.locator(".menu-panel")).to_be_visible()
    assert complaints(board, axe) == []


@pytest.mark.parametrize(
    ("key", "opens"), [("?", "help"), ("Control+k", "palette"), ("h", "run-relate")]
)
def test_dialogs(board: BoardPage, axe: str, key: str, opens: str) -> None:
    board.page.keyboard.press(key)
    expect(board.get(opens)).to_be_visible()
    assert complaints(board, axe) == []


def test_the_runs_as_a_table(board: BoardPage, axe: str) -> None:
    board.page.keyboard.press("t")
    expect(board.get("run-row").first).to_be_visible()
    assert complaints(board, axe) == []


def test_the_tooltip(board: BoardPage, axe: str) -> None:
    board.card("flat/level").tip_at(0.5)
    assert complaints(board, axe) == []


@pytest.mark.parametrize("kind", ["image", "text", "audio"])
def test_images_texts_and_sounds(page: BoardPage, media: Served, axe: str, kind: str) -> None:
    page.open(media.link(f"kinds={kind}"))
    shown = {"image": "image-open", "text": "text-shown", "audio": "audio-picture"}[kind]
    expect(page.get(shown).first).to_be_visible()
    assert complaints(page, axe) == []


@pytest.mark.parametrize("kind", ["histogram", "pr_curve", "custom_scalars"])
def test_plots(page: BoardPage, media: Served, axe: str, kind: str) -> None:
    page.open(media.link(f"kinds={kind}"))
    drawn = page.page.locator('.plot-area, [data-tag^="custom: "][data-state="drawn"]')
    expect(drawn.first).to_be_visible()
    page.page.locator(".plot-host, .chart").first.focus()
    page.page.keyboard.press("ArrowLeft")
    assert complaints(page, axe) == []


def test_the_viewer_of_images(page: BoardPage, media: Served, axe: str) -> None:
    page.open(media.link("kinds=image"))
    page.get("image-open").first.click()
    expect(page.get("viewer-pane")).to_be_visible()
    assert complaints(page, axe) == []
    page.get("viewer-mode").get_by_role("radio", name="swipe").check()
    expect(page.get("viewer-split")).to_be_visible()
    assert complaints(page, axe) == []


def test_the_login(served: Served, new_page: Callable[..., BoardPage], axe: str) -> None:
    board = new_page()
    board.page.goto(served.api.url)
    expect(board.page.get_by_role("textbox").first).to_be_visible()
    assert complaints(board, axe) == []
