"""Scrubbing through pictures: what comes is seen, what nobody needs is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter

from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from playwright.sync_api import Locator, Route

    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

TAG = "train/sample"
RUNS = ("first", "second")
STEPS = 809
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

# Counts what is asked for and neither answered nor given up. From outside the page an aborted
# request is seen to end too late.
_WATCH = """(kinds) => {
    const real = window.fetch;
    window.traffic = {now: {}, most: {}, aborted: 0};
    for (const kind of kinds) traffic.now[kind] = traffic.most[kind] = 0;
    window.fetch = (address, init) => {
        const kind = kinds.find((kind) => String(address).includes(`/api/${kind}`));
        if (!kind) return real(address, init);
        traffic.most[kind] = Math.max(traffic.most[kind], ++traffic.now[kind]);
        init?.signal?.addEventListener("abort", () => traffic.aborted++, {once: true});
        return real(address, init).finally(() => traffic.now[kind]--);
    };
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


def picture(step: int) -> npt.NDArray[np.uint8]:
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


def traffic(board: BoardPage) -> dict[str, Any]:
    """What `_WATCH` counted."""
    found = board.page.evaluate("window.traffic")
    assert isinstance(found, dict)
    return found


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
    board.page.route("**/api/values", lambda route: held.append(route))
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
    # The rest of the questions, and all that come after them.
    board.page.unroute("**/api/values")
    for run in RUNS:
        board.until(lambda run=run: step_of(board, run) == wanted, f"the last of {run}")  # type: ignore[misc]


def test_a_quick_hand_leaves_no_questions_behind(board: BoardPage) -> None:
    board.page.evaluate(_WATCH, list(AT_ONCE))
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
    board.until(lambda: not any(traffic(board)["now"].values()), "nothing is under way")
    found = traffic(board)
    assert all(found["most"][kind] <= most for kind, most in AT_ONCE.items()), found
    assert found["aborted"] > 0
