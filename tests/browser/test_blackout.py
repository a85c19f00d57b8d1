"""A blackout in the middle of a live chart: the page stays useful, and goes on where it was."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import keep_screenshot
from tests.browser.test_following import (
    TAG,
    is_the_same_page,
    last_point,
    opened,
    train,
    wait_for_point,
)
from tests.ssh.far import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served
    from tests.browser.test_following import Training
    from tests.ssh.far import FarMachine

__all__ = ["train"]

pytestmark = pytest.mark.slow

LOST_WITHIN_MS = 60_000


class Network:
    """A relay that lives in a thread: the browser's tests have no event loop of their own."""

    def __init__(self, far: FarMachine) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.relay = Relay(far.port)
        self._run(self.relay.start())
        far.configure_client(f"Port {self.relay.port}", f"HostKeyAlias [127.0.0.1]:{far.port}")

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def now(self, what: Callable[[], None]) -> None:
        """Does something to the network."""

        async def do() -> None:
            what()

        self._run(do())

    def close(self) -> None:
        self._run(self.relay.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def network(far: FarMachine) -> Iterator[Network]:
    far.start()
    with contextlib.closing(Network(far)) as network:
        yield network


def steps(served: Served) -> list[int]:
    """The step of every point the board has."""
    question = {"series": [{"source": "gpu1:runs", "run": "a", "tag": TAG}], "width_px": None}
    (series,) = json.loads(served.api.ask("/api/scalars", question))["series"]
    return [int(step) for step in series["step"]]


@pytest.mark.parametrize("ends", ["thaw", "cut"])
def test_a_zoomed_and_smoothed_chart_goes_on_after_a_blackout(
    ends: str,
    far: FarMachine,
    network: Network,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
    request: pytest.FixtureRequest,
) -> None:
    training = train(far.home / "runs" / "a", points=51)
    board = new_page()
    # What is asked for in the very moment of the loss is refused.
    board.allow(r"503 .*/api/")
    served = serve("gpu1:runs", *far.ssh_arguments, "--port", "0")
    epoch = served.api.source()["epoch"]
    card = opened(board, served.link())
    card.wait_for_line("a")
    board.smooth(0.6)
    card.drag(0.2, 0.4)
    expect(card.get("zoom-reset")).to_be_visible()
    card.wait_until_drawn()

    network.now(network.relay.freeze)
    chip, strip = board.get("bar-chip"), board.get("strip")
    expect(chip).to_have_attribute("data-state", "quiet", timeout=LOST_WITHIN_MS)
    expect(chip).to_contain_text("no answer · last data")
    expect(strip).to_have_count(0)
    training.log(7.5)
    expect(strip).to_be_visible(timeout=LOST_WITHIN_MS)
    expect(strip).to_contain_text("gpu1:runs")
    assert chip.get_attribute("data-state") in ("lost", "retrying")
    keep_screenshot(board, f"{request.node.name}-lost")
    # The chart is as it was and still answers the pointer.
    assert card.shows("a")
    assert last_point(card)[0] == pytest.approx(20, abs=1)
    training.log(8.5)

    if ends == "cut":
        network.now(network.relay.cut)
    network.now(network.relay.thaw)
    expect(chip).to_have_attribute("data-state", "live", timeout=LOST_WITHIN_MS)
    expect(strip).to_have_count(0)
    training.log(9.5)
    expect(board.get("run-row", run="a").locator(".row-value")).to_have_text("9.500")
    expect(card.get("zoom-reset")).to_be_visible()
    expect(board.get("smoothing-value")).to_have_value("0.6")
    assert last_point(card)[0] == pytest.approx(20, abs=1)
    card.get("zoom-reset").click()
    board.smooth(0)
    wait_for_point(board, card, 53, 9.5)
    assert steps(served) == list(range(54)), "no gap, no doubled point"
    if ends == "thaw":
        assert served.api.source()["epoch"] == epoch, "the old connection was kept"
    assert is_the_same_page(board)


def test_a_killed_board_and_a_stopped_one_are_told_apart(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    train(tmp_path / "runs" / "a")
    for kill, says in ((True, "farboard stopped on this computer"), (False, "Stopped.")):
        board = new_page()
        board.allow("ERR_CONNECTION_REFUSED")
        served = serve(tmp_path / "runs", "--port", "0")
        card = opened(board, served.link())
        card.wait_for_line("a")
        if kill:
            served.board.process.kill()
            served.board.process.wait()
        else:
            served.end()
        strip = board.get("strip")
        expect(strip).to_contain_text(says)
        expect(strip).to_contain_text(f"farboard {tmp_path / 'runs'}")
        # The last data can still be read.
        assert last_point(card) == (10, 1.0)
        assert is_the_same_page(board)


def test_a_page_from_another_version_asks_to_be_reloaded(
    tmp_path: Path,
    serve: Callable[..., Served],
    new_page: Callable[..., BoardPage],
    train: Callable[..., Training],
) -> None:
    train(tmp_path / "runs" / "a")
    board = new_page()
    served = serve(tmp_path / "runs", "--port", "0")

    def newer(route: Any) -> None:
        socket = route.connect_to_server()

        def pass_on(message: Any) -> None:
            told = json.loads(message)
            if told["type"] == "hello":
                told["hub"]["version"] = "99.0.0"
            route.send(json.dumps(told))

        socket.on_message(pass_on)

    board.page.route_web_socket("**/api/changes", newer)
    card = opened(board, served.link())
    card.wait_for_line("a")
    strip = board.get("strip")
    expect(strip).to_contain_text("farboard was updated")
    strip.get_by_role("button", name="reload the page").click()
    expect(strip).to_contain_text("farboard was updated")
    assert not is_the_same_page(board), "it was reloaded"
