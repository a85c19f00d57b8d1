"""The page follows what is written, through losses of the link, from one machine or several."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter
from tests.browser.board_page import number
from tests.browser.conftest import keep_screenshot
from tests.cli.programs import PATIENCE_S
from tests.ssh.far import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served
    from tests.ssh.far import FarMachine

pytestmark = pytest.mark.slow

TAG = "train/loss"


class Training:
    """A run that is being written; each point is there at once."""

    def __init__(self, directory: Path, points: int = 11, level: float = 1.0) -> None:
        self.writer = SummaryWriter(directory, max_queue=1)
        self.steps = 0
        for _ in range(points):
            self.log(level)

    def log(self, value: float) -> None:
        self.writer.add_scalar(TAG, value, self.steps)
        self.steps += 1


@pytest.fixture
def train() -> Iterator[Callable[..., Training]]:
    with contextlib.ExitStack() as stack:

        def start(directory: Path, points: int = 11, level: float = 1.0) -> Training:
            training = Training(directory, points, level)
            stack.callback(training.writer.close)
            return training

        yield start


def last_point(card: Card) -> tuple[int, float]:
    """Step and value at the right end of the chart, as the tooltip says them."""
    (row,) = card.tip_at(1.0)
    return int(number(row["step"])), number(row["value"])


def wait_for_point(board: BoardPage, card: Card, step: int, value: float) -> None:
    board.until(lambda: last_point(card) == (step, value), f"step {step} at {value}")


def opened(board: BoardPage, link: str) -> Card:
    """The card, drawn, on a page that would tell of a reload."""
    board.open(link)
    card = board.card(TAG)
    card.wait_until_drawn()
    board.page.evaluate("window.never_reloaded = true")
    return card


def is_the_same_page(board: BoardPage) -> bool:
    return bool(board.page.evaluate("window.never_reloaded === true"))


# As it is written


def test_a_point_appears_by_itself(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    training = train(tmp_path / "runs" / "a")
    board = new_page()
    card = opened(board, serve(tmp_path / "runs", "--port", "0").link())
    assert last_point(card) == (10, 1.0)
    before = card.pixels("a")
    training.log(7.5)
    wait_for_point(board, card, 11, 7.5)
    # A flat line has become one that ends high.
    assert before.bottom - before.top < 0.2
    board.until(lambda: card.pixels("a").bottom - card.pixels("a").top > 0.7, "the rise")
    expect(board.get("run-row", run="a").locator(".row-value")).to_have_text("7.500")
    expect(board.get("run-row", run="a").get_by_test_id("run-life")).to_have_attribute(
        "data-life", "running"
    )
    assert is_the_same_page(board)


def test_a_zoomed_chart_stays_where_it_is(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    training = train(tmp_path / "runs" / "a", points=51)
    board = new_page()
    card = opened(board, serve(tmp_path / "runs", "--port", "0").link())
    card.drag(0.2, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    training.log(7.5)
    expect(board.get("run-row", run="a").locator(".row-value")).to_have_text("7.500")
    assert last_point(card)[0] == pytest.approx(20, abs=1)
    card.get("zoom-reset").click()
    wait_for_point(board, card, 51, 7.5)


def test_runs_and_tags_appear_by_themselves(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    train(tmp_path / "runs" / "a")
    board = new_page()
    card = opened(board, serve(tmp_path / "runs", "--port", "0").link())
    colour = board.colour("a")
    second = train(tmp_path / "runs" / "b", level=3.0)
    expect(board.get("run-row")).to_have_count(2)
    card.wait_for_line("a", "b")
    assert board.colour("a") == colour
    second.writer.add_scalar("val/accuracy", 0.5, 1)
    accuracy = board.card("val/accuracy")
    accuracy.wait_for_line("b")
    assert is_the_same_page(board)


def test_an_empty_directory_is_watched(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    (tmp_path / "runs").mkdir()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    expect(board.get("empty")).to_contain_text(f"No runs in {tmp_path / 'runs'} yet. Watching")
    train(tmp_path / "runs" / "a")
    board.card(TAG).wait_for_line("a")
    expect(board.get("empty")).to_have_count(0)


def test_a_missing_directory_is_named_and_watched(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    board = new_page()
    board.open(serve("--logdir", tmp_path / "late", "--port", "0").link())
    expect(board.get("empty")).to_contain_text("late")
    expect(board.get("empty")).to_contain_text("Watching")
    train(tmp_path / "late" / "a")
    board.card(TAG).wait_for_line("a")


def test_targets_stand_side_by_side(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    names = [str(tmp_path / name) for name in ("one", "two")]
    train(tmp_path / "one" / "a", level=1.0)
    train(tmp_path / "two" / "a", level=3.0)
    board = new_page()
    card = opened(board, serve(*names, "--port", "0").link())
    expect(board.get("bar-chip")).to_have_count(2)
    expect(board.get("run-group")).to_have_count(2)
    for name, group in zip(names, board.get("run-group").all(), strict=True):
        expect(group).to_contain_text(name.rpartition("/")[2])
        expect(board.get("run-row", source=name, run="a")).to_have_count(1)
    rows = card.tip_at(0.5, 0.98)
    assert [number(row["value"]) for row in rows] == [1.0, 3.0]
    board.get("run-group").first.get_by_role("checkbox").uncheck()
    board.until(lambda: len(card.tip_at(0.5)) == 1, "one target's run")
    assert number(card.tip_at(0.5)[0]["value"]) == 3.0


# From far away


def test_the_link_breaks_and_comes_back(
    far: FarMachine,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
    request: pytest.FixtureRequest,
) -> None:
    far.start()
    training = train(far.home / "runs" / "a", points=51)
    board = new_page()
    # What is asked for in the very moment of the loss is refused.
    board.allow(r"503 .*/api/")
    served = serve("gpu1:runs", *far.ssh_arguments, "--port", "0")
    card = opened(board, served.link())
    card.wait_for_line("a")
    card.drag(0.2, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()

    far.fall_silent()
    strip = board.get("strip")
    expect(strip).to_contain_text("gpu1 closed the connection (job ended?). Data until ")
    chip = board.get("bar-chip")
    expect(chip).to_contain_text("reconnecting · last data")
    assert chip.get_attribute("data-state") in ("lost", "retrying")
    keep_screenshot(board, f"{request.node.name}-lost")
    # The chart is as it was and still answers the pointer.
    assert card.shows("a")
    assert last_point(card)[0] == pytest.approx(20, abs=1)
    training.log(7.5)

    far.start()
    strip.get_by_role("button", name="try gpu1:runs now").click()
    expect(chip).to_have_attribute("data-state", "live", timeout=60_000)
    expect(strip).to_have_count(0)
    expect(board.get("run-row", run="a").locator(".row-value")).to_have_text("7.500")
    expect(card.get("zoom-reset")).to_be_visible()
    assert last_point(card)[0] == pytest.approx(20, abs=1)
    card.get("zoom-reset").click()
    wait_for_point(board, card, 51, 7.5)
    training.log(9.5)
    wait_for_point(board, card, 52, 9.5)
    assert is_the_same_page(board)


@pytest.fixture
def forward(far: FarMachine) -> Iterator[Callable[[int, int], None]]:
    """`ssh -L`, as it is typed: from a port of this machine to one of the far machine."""
    log = far.directory / "forward.log"
    with contextlib.ExitStack() as stack:

        def start(local_port: int, port: int) -> None:
            where = f"{local_port}:localhost:{port}"
            options = ("-o", "ExitOnForwardFailure=yes", "-N", "-v")
            command = ["ssh", *far.ssh_arguments, *options, "-L", where, far.name]
            with log.open("wb") as said:
                ssh = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=said)
            stack.callback(ssh.wait)
            stack.callback(ssh.terminate)
            deadline_s = time.monotonic() + PATIENCE_S
            while "Entering interactive session" not in log.read_text():
                assert ssh.poll() is None, log.read_text()
                assert time.monotonic() < deadline_s, log.read_text()
                time.sleep(0.05)

        yield start


def test_the_classic_way(
    tmp_path: Path,
    far: FarMachine,
    serve: Callable[..., Served],
    forward: Callable[[int, int], None],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    """The board runs over there, and ssh forwards another port of this machine to it."""
    far.start()
    training = train(tmp_path / "logs" / "a")
    port, local_port = free_port(), free_port()
    served = serve("--logdir", tmp_path / "logs", "--port", port)
    forward(local_port, port)
    code = served.printed_link.partition("#")[2]
    board = new_page()
    card = opened(board, f"http://localhost:{local_port}/#{code}")
    card.wait_for_line("a")
    training.log(7.5)
    wait_for_point(board, card, 11, 7.5)
    assert board.page.url.startswith(f"http://localhost:{local_port}/")
    assert is_the_same_page(board)
