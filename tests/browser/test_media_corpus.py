"""Images, texts and sounds that others wrote, over the years: each of them is shown."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage

CORPUS = os.environ.get("FARBOARD_CORPUS")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CORPUS, reason="FARBOARD_CORPUS is not set"),
]

KINDS = ("image", "text", "audio")
# What says that a value is not shown.
_TROUBLE = "picture-trouble", "picture-unshown", "text-trouble", "audio-trouble"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("corpus")
    for entry in _entries():
        run = directory / "runs" / entry["slug"]
        run.mkdir(parents=True, exist_ok=True)
        source = Path(str(CORPUS)) / entry["file"]
        # The slugs tell the files apart; a name without `tfevents` is no event file.
        shutil.copyfile(source, run / source.name)
    served = Served(directory, directory / "runs", "--port", "0")
    yield served
    served.end()


def _entries() -> list[dict[str, str]]:
    lines = (Path(str(CORPUS)) / "manifest.jsonl").read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry for entry in entries if set(KINDS) & set(entry["tag_counts"])]


def is_shown(card: Locator, kind: str) -> bool:
    """Whether there is something of each run of a card."""
    # Cards above may have grown meanwhile, and pushed it out of the window.
    card.scroll_into_view_if_needed()
    if kind == "image":
        tiles = card.get_by_test_id("image-tile").count()
        return 0 < tiles <= card.locator("img[data-width]").count()
    if kind == "text":
        entries = card.get_by_test_id("text-entry").count()
        return 0 < entries == card.locator('[data-testid="text-shown"]:not(:empty)').count()
    clips = card.get_by_test_id("audio-clip").count()
    return 0 < clips == card.get_by_test_id("audio-picture").count()


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_a_kind_is_shown(
    served: Served, new_page: Callable[..., BoardPage], kind: str
) -> None:
    board = new_page()
    board.open(served.link(f"kinds={kind}"))
    cards = board.get("card", kind=kind)
    expect(cards.first).to_be_visible()
    # Of many cards the later sections are folded.
    for folded in board.page.locator('.section-title[aria-expanded="false"]').all():
        folded.click()
    seen = 0
    for card in cards.all():
        tag = card.get_attribute("data-tag") or ""
        board.until(lambda card=card: is_shown(card, kind), f"{kind} {tag}")  # type: ignore[misc]
        for trouble in _TROUBLE:
            expect(card.get_by_test_id(trouble)).to_have_count(0)
        seen += 1
    assert seen == cards.count() >= 4
