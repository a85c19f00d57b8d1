"""Texts in a real browser: formatted without harm, at every step, and what changed between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter
from tensorboardX.proto.summary_pb2 import Summary

from tests.browser.media_logs import RUNS, STEPS, flush, strings_value, write_media_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

WRITTEN = "notes/config"
# As tensorboardX names it.
TAG = f"{WRITTEN}/text_summary"
NEWEST = STEPS[-1]

HOSTILE = """before

<script>document.title = "ran"; window.ran = true</script>

<img src="https://stranger.example/a.png" alt="a plot" onerror="window.ran = true">

![another](https://stranger.example/b.png)

<b onclick="window.ran = true" style="position: fixed; inset: 0" id="app" class="card">bold</b>

<iframe src="https://stranger.example/"></iframe>
<form action="https://stranger.example/"><input name="secret"><button>send</button></form>
<link rel="stylesheet" href="https://stranger.example/a.css">
<svg onload="window.ran = true"><style>* { display: none }</style></svg>
<math><mtext></p><img src="https://stranger.example/c.png" onerror="window.ran = true">

[harmless](https://example.org/page) [harmful](javascript:window.ran=true) [own](/api/status)

after
"""


@pytest.fixture(scope="module")
def served(serve_logs: Callable[..., Served]) -> Served:
    return serve_logs(write_media_logs)


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link("kinds=text"))
    return board


@pytest.fixture
def show(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> Callable[..., BoardPage]:
    """Opens a board with texts of one run, one for each step."""

    def start(*texts: str) -> BoardPage:
        writer = SummaryWriter(str(tmp_path / "runs" / "first"))
        for step, text in enumerate(texts):
            writer.add_text(WRITTEN, text, step)
        writer.close()
        board = new_page()
        board.open(serve(tmp_path / "runs", "--port", "0").link())
        return board

    return start


def entry(card: Card, run: str) -> Locator:
    """What a run has written."""
    return card.element.locator(f'[data-testid="text-entry"][data-run="{run}"]')


def choose(card: Card, mode: str) -> None:
    """Chooses what is shown of the texts."""
    card.element.scroll_into_view_if_needed()
    card.element.hover()
    card.get("text-mode").get_by_role("radio", name=mode).check()


def test_markdown_is_formatted_at_every_step(board: BoardPage) -> None:
    card = board.card(TAG)
    for run in RUNS:
        expect(entry(card, run).locator("h1")).to_have_text(f"{run} at {NEWEST}")
        expect(entry(card, run).locator("td").last).to_have_text(str(NEWEST))
    card.element.locator(".media-body").focus()
    board.page.keyboard.press("Home")
    for step in STEPS:
        for run in RUNS:
            expect(entry(card, run).locator("h1")).to_have_text(f"{run} at {step}")
        board.page.keyboard.press("ArrowRight")
    card.element.hover()
    card.get("text-raw").click()
    expect(entry(card, "first").locator("pre")).to_contain_text(f"# first at {NEWEST}")
    expect(entry(card, "first").locator("h1")).to_have_count(0)


def test_nothing_in_a_text_runs_or_loads(show: Callable[..., BoardPage]) -> None:
    board = show(HOSTILE)
    shown = entry(board.card(TAG), "first").get_by_test_id("text-shown")
    expect(shown).to_contain_text("before")
    expect(shown).to_contain_text("after")
    # What would be loaded is told.
    expect(shown).to_contain_text("a plot (https://stranger.example/a.png)")
    expect(shown).to_contain_text("another (https://stranger.example/b.png)")
    assert shown.locator("img, script, iframe, form, input, button, link, svg, style").count() == 0
    assert shown.locator("[id], [style], [onclick], [class]").count() == 0
    links = shown.locator("a[href]")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.org/page")
    expect(links).to_have_attribute("target", "_blank")
    expect(links).to_have_attribute("rel", "noopener noreferrer")
    shown.get_by_text("bold").click()
    board.page.wait_for_timeout(300)
    assert board.page.evaluate("window.ran") is None
    # And BoardPage.check: no policy was broken, and nothing was asked of strangers.
    assert board.strangers == []


def test_code_is_coloured(show: Callable[..., BoardPage]) -> None:
    board = show('```python\ndef f():\n    return "x"\n```\n\n```yaml\nlr: 0.1\n```')
    shown = entry(board.card(TAG), "first").get_by_test_id("text-shown")
    expect(shown.locator(".hljs-keyword").first).to_have_text("def")
    expect(shown.locator(".hljs-attr")).to_have_text("lr:")


def write_strings(directory: Path, strings: Sequence[str], shape: Sequence[int]) -> None:
    writer = SummaryWriter(str(directory))
    value = strings_value(TAG, "text", [text.encode() for text in strings], shape)
    writer.file_writer.add_summary(Summary(value=[value]), 0)
    writer.close()


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        ((3,), [["*0*"], ["*1*"], ["*2*"]]),
        ((2, 2), [["*0*", "*1*"], ["*2*", "*3*"]]),
        ((2, 2, 2), [["*0*", "*1*"], ["*2*", "*3*"]]),
    ],
)
def test_texts_of_several_strings_are_tables(
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    tmp_path: Path,
    shape: tuple[int, ...],
    rows: list[list[str]],
) -> None:
    count = 1
    for size in shape:
        count *= size
    write_strings(tmp_path / "runs" / "first", [f"*{i}*" for i in range(count)], shape)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    first = entry(board.card(TAG), "first")
    expect(first.locator("tr")).to_have_count(len(rows))
    found = first.locator("tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    assert found == [[text.strip("*") for text in row] for row in rows]
    expect(first.locator("em")).to_have_count(sum(map(len, rows)))
    note = first.locator(".text-note")
    expect(note).to_have_count(int(len(shape) > 2))
    if len(shape) > 2:
        expect(note).to_contain_text("a text of 2")


def test_a_long_text_is_shown_whole_when_asked(show: Callable[..., BoardPage]) -> None:
    board = show("word " * 30_000 + "the very end")
    first = entry(board.card(TAG), "first")
    expect(first.get_by_test_id("text-cut")).to_contain_text("Only the beginning is here")
    expect(first).not_to_contain_text("the very end")
    whole = first.get_by_test_id("text-all")
    expect(whole).to_have_text("Show all (150\N{NARROW NO-BREAK SPACE}kB)")
    whole.click()
    expect(first).to_contain_text("the very end")
    expect(first.get_by_test_id("text-cut")).to_have_count(0)


def test_what_is_searched_for_is_marked(board: BoardPage) -> None:
    card = board.card(TAG)
    expect(entry(card, "second").locator("h1")).to_be_visible()
    card.get("text-search").fill("SECOND")
    expect(card.get("text-found")).to_have_text("1 place")
    expect(card.element.locator("mark")).to_have_text("second")
    card.get("text-search").fill("nowhere")
    expect(card.get("text-found")).to_have_text("not found here")
    card.get("text-search").fill("")
    expect(card.element.locator("mark")).to_have_count(0)
    expect(entry(card, "second").locator("h1")).to_have_text(f"second at {NEWEST}")


def test_the_history_begins_with_the_newest_and_has_every_step(
    show: Callable[..., BoardPage],
) -> None:
    board = show(*(f"text {step}" for step in range(45)))
    card = board.card(TAG)
    choose(card, "history")
    entries = card.get("text-entry")
    expect(entries).to_have_count(20)
    expect(entries.first).to_contain_text("text 44")
    card.get("text-more").click()
    card.get("text-more").click()
    expect(entries).to_have_count(45)
    expect(entries.last).to_contain_text("text 0")


def test_two_texts_are_compared_line_by_line(show: Callable[..., BoardPage]) -> None:
    lines = [f"key {i}: value" for i in range(40)]
    changed = [*lines[:20], "key 20: another", *lines[21:], "key 40: new"]
    board = show("\n".join(lines), "\n".join(changed))
    card = board.card(TAG)
    choose(card, "difference")
    expect(card.get("diff-said")).to_have_text("2 lines added, 1 removed")
    expect(card.element.locator(".diff-removed")).to_contain_text("key 20: value")
    expect(card.element.locator(".diff-added").first).to_have_text("+ key 20: another")
    expect(card.element.locator(".diff-added").last).to_have_text("+ key 40: new")
    expect(card.element.locator(".diff-fold").first).to_contain_text("17 lines alike")


def test_new_texts_come_by_themselves(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    writer.add_text(WRITTEN, "one", 0)
    flush(writer)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    first = entry(board.card(TAG), "first")
    expect(first.get_by_test_id("text-shown")).to_have_text("one")
    writer.add_text(WRITTEN, "two", 1)
    flush(writer)
    expect(first.get_by_test_id("text-shown")).to_have_text("two")
    writer.close()


def test_tables_keep_their_alignment_and_their_words_whole(show: Callable[..., BoardPage]) -> None:
    board = show(
        "| parameter | value | note |\n|:--|--:|:-:|\n| lr | 1 | a long note |\n\n3. three"
    )
    board.page.set_viewport_size({"width": 390, "height": 900})
    shown = entry(board.card(TAG), "first").get_by_test_id("text-shown")
    cells = shown.locator("td")
    for cell, wanted in enumerate(("left", "right", "center")):
        expect(cells.nth(cell)).to_have_css("text-align", wanted)
    assert shown.locator("th").first.evaluate("(cell) => cell.clientHeight") < 40
    expect(shown.locator("ol")).to_have_attribute("start", "3")
