"""Scrubbing through many pictures: what comes is seen, what nobody needs is given up, and the last is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter

from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page, Request, Route

    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

TAG = "train/sample"
RUNS = ("first", "second")
STEPS = 800
# So many of each kind may be under way at once.
AT_ONCE = {"values": 3, "blob": 4}

# The step of a picture, which its first pixels tell in bits; -1 for none.
_STEP_OF = """(image) => {
    if (!image.complete || image.naturalWidth === 0) return -1;
    const context = new OffscreenCanvas(16, 1).getContext("2d", {willReadFrequently: true});
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, 16, 1);
    return Array.from({length: 16}, (_, bit) => data[4 * bit] > 127 ? 1 << bit : 0)
        .reduce((sum, each) => sum + each, 0);
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("scrubbing")
    for run in RUNS:
        writer = SummaryWriter(str(directory / "runs" / run))
        for step in range(STEPS):
            writer.add_image(TAG, picture(step), step, dataformats="HWC")
        writer.close()
    served = Served(directory, directory / "runs", "--port", "0")
    yield served
    served.end()


def picture(step: int) -> np.ndarray:
    """Twice as wide as high; the first row tells the step, bit by bit."""
    image = np.full((16, 32, 3), 90, np.uint8)
    image[0, :16] = [[255 if step >> bit & 1 else 0] * 3 for bit in range(16)]
    return image


def image_of(board: BoardPage, run: str) -> Locator:
    """The picture of a run."""
    return board.get("image-tile", run=run).locator("img")


def step_of(board: BoardPage, run: str) -> int:
    """Which step's picture is seen."""
    image = image_of(board, run)
    return int(image.evaluate(_STEP_OF)) if image.count() == 1 else -1


class Traffic:
    """Requests for values and pictures: how many were under way at once, and which were aborted."""

    def __init__(self, page: Page) -> None:
        self.now = dict.fromkeys(AT_ONCE, 0)
        self.most = dict.fromkeys(AT_ONCE, 0)
        self.aborted = 0
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._fail)

    def _kind(self, request: Request) -> str | None:
        return next((kind for kind in AT_ONCE if f"/api/{kind}" in request.url), None)

    def _begin(self, request: Request) -> None:
        if kind := self._kind(request):
            self.now[kind] += 1
            self.most[kind] = max(self.most[kind], self.now[kind])

    def _end(self, request: Request) -> None:
        if kind := self._kind(request):
            self.now[kind] -= 1

    def _fail(self, request: Request) -> None:
        self._end(request)
        self.aborted += self._kind(request) is not None


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link("kinds=image"))
    for run in RUNS:
        board.until(lambda run=run: step_of(board, run) == STEPS - 1, f"the newest of {run}")  # type: ignore[misc]
    return board


def test_what_comes_is_seen_while_the_hand_moves(board: BoardPage) -> None:
    held: list[Route] = []
    shape = image_of(board, "first").bounding_box()
    board.page.route("**/api/values", held.append)
    slider = board.get("card", tag=TAG).get_by_role("slider")
    for _ in range(3):
        slider.press("PageDown")
        board.page.wait_for_timeout(50)
    board.until(lambda: len(held) == 3, "three questions")
    # What was seen before stays, in its place and as large.
    assert step_of(board, "first") == STEPS - 1
    assert image_of(board, "first").bounding_box() == shape
    # The second is given up; the first may come, and is seen though the third is wanted.
    held[0].continue_()
    board.until(lambda: step_of(board, "first") not in (-1, STEPS - 1), "the first that came")
    seen = step_of(board, "first")
    wanted = int(slider.input_value())
    assert wanted < seen < STEPS - 1
    board.page.unroute("**/api/values")
    held[2].continue_()
    for run in RUNS:
        board.until(lambda run=run: step_of(board, run) == wanted, f"the last of {run}")  # type: ignore[misc]
    held[1].abort()


def test_a_quick_hand_leaves_no_questions_behind(board: BoardPage) -> None:
    traffic = Traffic(board.page)
    slider = board.get("card", tag=TAG).get_by_role("slider")
    box = slider.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    board.page.mouse.move(box["x"] + box["width"] - 8, middle)
    board.page.mouse.down()
    for share in (*np.linspace(0.97, 0.05, 40), *np.linspace(0.05, 0.6, 40)):
        board.page.mouse.move(box["x"] + float(share) * box["width"], middle)
    board.page.mouse.up()
    wanted = int(slider.input_value())
    assert 0 < wanted < STEPS - 1
    for run in RUNS:
        board.until(lambda run=run: step_of(board, run) == wanted, f"step {wanted} of {run}")  # type: ignore[misc]
        label = board.get("image-tile", run=run).locator("[data-step]")
        expect(label).to_have_attribute("data-step", str(wanted))
    board.until(lambda: set(traffic.now.values()) == {0}, "nothing is under way")
    for kind, most in AT_ONCE.items():
        assert traffic.most[kind] <= most
    assert traffic.aborted > 0
