"""What a card says of its points, and what its menu saves and copies, in a real browser."""

from __future__ import annotations

import base64
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect

from tests.browser import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

_SVG = "{http://www.w3.org/2000/svg}"
# How many pixels of a picture have a colour, and how large it is.
_IN_PICTURE = """async ([base64, colour]) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, image.width, image.height);
    const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
        if (wanted.every((part, k) => Math.abs(part - data[i + k]) < 14)) count++;
    }
    return {count, width: image.width, height: image.height};
}"""


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page(permissions=["clipboard-read", "clipboard-write"])
    board.open(served.link("smoothing=0"))
    board.card("flat/level").wait_for_line(*logs.LEVELS)
    return board


def choose(card: Card, item: str) -> None:
    """Chooses from the card's menu."""
    card.element.scroll_into_view_if_needed()
    card.element.hover()
    card.get("card-more").click()
    card.get(item).click()


def saved(card: Card, item: str) -> Path:
    """The file that an item of the menu saves, under the name it is given."""
    with card.board.page.expect_download() as download:
        choose(card, item)
    path = Path(download.value.path())
    return path.rename(path.with_name(download.value.suggested_filename))


def test_a_card_says_what_stands_behind_it(board: BoardPage) -> None:
    level = board.card("flat/level").get("card-status")
    expect(level).to_have_attribute("data-points", str(3 * logs.SHORT_STEPS))
    expect(level).to_contain_text("exact")
    expect(level).to_contain_text("1 … 3")

    card = board.card("train/loss")
    card.wait_for_line("fast", "slow")
    status = card.get("card-status")
    expect(status).to_have_attribute("data-points", str(2 * logs.STEPS))
    expect(status).to_have_attribute("data-exact", "false")
    values = [value for run in ("fast", "slow") for value in logs.noise(run)]
    explained = status.get_attribute("title")
    assert explained
    assert f"lowest is {min(values):.5f}"[:-2] in explained
    assert f"highest {max(values) - 1e-5:.5f}"[:-2] in explained
    card.drag(0.5, 0.52)
    card.wait_until_drawn()
    expect(status).to_have_attribute("data-exact", "true")
    points = int(status.get_attribute("data-points") or 0)
    assert points == pytest.approx(400, abs=40)

    broken = board.card("grad/norm")
    broken.element.scroll_into_view_if_needed()
    broken.wait_for_line("fast")
    expect(broken.element).to_contain_text("▲ NaN")
    expect(board.card("flat/level").element).not_to_contain_text("NaN")


def test_the_picture_of_lines_is_lines(board: BoardPage) -> None:
    card = board.card("flat/level")
    path = saved(card, "save-svg")
    assert path.name == "flat_level.svg"
    picture = ET.parse(path).getroot()
    said = [text.text for text in picture.iter(f"{_SVG}text")]
    assert {"flat/level", "step", *logs.LEVELS} <= set(said)
    assert "100" in said
    heights = {}
    for run in logs.LEVELS:
        lines = [p for p in picture.iter(f"{_SVG}path") if p.get("stroke") == board.colour(run)]
        line, sample = lines
        assert sample.get("d", "").count("L") == 1
        corners = [corner.split() for corner in line.attrib["d"][1:].split("L")]
        assert len(corners) == logs.SHORT_STEPS
        heights[run] = {float(y) for _, y in corners}
        assert len(heights[run]) == 1
    assert min(heights["restarted"]) < min(heights["slow"]) < min(heights["fast"])
    assert not list(picture.iter(f"{_SVG}image"))


def test_the_picture_of_pixels_has_the_lines(board: BoardPage) -> None:
    card = board.card("flat/level")
    path = saved(card, "save-png")
    assert path.name == "flat_level.png"
    text = base64.b64encode(path.read_bytes()).decode()
    for run in logs.LEVELS:
        found = board.page.evaluate(_IN_PICTURE, [text, board.colour(run)])
        plot = card.plot.bounding_box()
        assert plot
        assert found["width"] > 2 * plot["width"]
        assert found["count"] > plot["width"]


def test_points_in_view_and_every_point(board: BoardPage) -> None:
    card = board.card("flat/level")
    card.drag(0.2, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()
    rows = list(csv.DictReader(saved(card, "save-seen-csv").open()))
    steps = sorted({int(row["step"]) for row in rows})
    assert steps[0] == pytest.approx(20, abs=1)
    assert steps == list(range(steps[0], steps[0] + len(steps)))
    assert steps[-1] == pytest.approx(40, abs=1)
    assert {(row["run"], float(row["value"])) for row in rows} == set(logs.LEVELS.items())

    seen = json.loads(saved(card, "save-seen-json").read_text())
    assert {series["run"] for series in seen["series"]} == set(logs.LEVELS)
    for series in seen["series"]:
        assert series["exact"]
        assert series["step"] == steps
        assert set(series["value"]) == {logs.LEVELS[series["run"]]}

    everything = list(csv.DictReader(saved(card, "save-csv").open()))
    assert len(everything) == 3 * logs.SHORT_STEPS
    lines = saved(card, "save-jsonl").read_text().splitlines()
    assert len(lines) == 3 * logs.SHORT_STEPS


def test_a_link_shows_the_card_as_it_is(
    board: BoardPage, served: Served, new_page: Callable[..., BoardPage]
) -> None:
    card = board.card("flat/level")
    card.drag(0.2, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    choose(card, "copy-link")
    link = board.page.evaluate("navigator.clipboard.readText()")
    assert "code=" not in link
    assert "zoom=flat/level:" in unquote(link)
    other = new_page()
    other.open(served.link(link.partition("#")[2]))
    expect(other.get("card")).to_have_count(1)
    there = other.card("flat/level")
    there.wait_for_line(*logs.LEVELS)
    expect(there.get("zoom-reset")).to_be_visible()


def test_what_cannot_be_saved_is_said(board: BoardPage) -> None:
    board.allow(r"500 .*/api/export")
    refusal = '{"error": {"code": "internal", "message": "gpu1 is gone", "hint": ""}}'
    board.page.route("**/api/export", lambda route: route.fulfill(status=500, body=refusal))
    board.allow("500")
    card = board.card("flat/level")
    choose(card, "save-csv")
    expect(card.element.get_by_role("status")).to_contain_text("gpu1 is gone")
    choose(card, "copy-tag")
    expect(card.element.get_by_role("status")).to_have_count(0)
