"""Whatever ends, and however: nothing is left running or lying about, here or there.

`far.stop` looks that nobody is logged in any more and that nothing runs there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link import Timing
from farboard.link.engine import find_engine
from farboard.target import parse_target
from tests.browser.served import is_alive
from tests.cli.programs import PATIENCE_S, Board, write_run
from tests.link.helpers import children, engine_pid, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from farboard.link import Link
    from tests.ssh.far import FarMachine, Relay

    MakeLink = Callable[..., Link]
    StartBoard = Callable[..., Board]

pytestmark = pytest.mark.slow

LINK = r"http://\S+?/#code=[\w-]+"
NOTHING_LEFT = "Stopped. Nothing is left running on gpu1."


@pytest.fixture
def start_board(far: FarMachine, tmp_path: Path) -> Iterator[StartBoard]:
    """Starts `farboard gpu1:runs` in a session of its own."""
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")
    own = tmp_path / "here"
    own.mkdir()
    write_run(far.home / "runs" / "a")
    with contextlib.ExitStack() as stack:

        def start(*, in_terminal: bool = False) -> Board:
            arguments = ("gpu1:runs", *far.ssh_arguments, "--port", "0", "--no-open")
            board = Board(own, *arguments, in_terminal=in_terminal)
            stack.callback(board.close)
            board.wait_for(LINK)
            return board

        yield start


def gone(pids: set[int]) -> None:
    """Waits until none of these processes runs."""
    deadline_s = time.monotonic() + PATIENCE_S
    while left := {pid for pid in pids if is_alive(pid)}:
        assert time.monotonic() < deadline_s, left
        time.sleep(0.05)


def far_engine(board: Board) -> int:
    """The process id of the engine over there, which is here."""
    return int(board.api().source()["engine"]["pid"])


def clean(far: FarMachine, board_directory: Path) -> None:
    """Nothing lies about but the cached engine and its index."""
    assert sorted(path.name for path in far.home.iterdir()) == ["runs"]
    index, engines = [
        [path for path in far.engines if (path.name == "index") is is_index]
        for is_index in (True, False)
    ]
    assert len(index) <= 1
    assert len(engines) == 1, "the cached engine"
    assert engines[0].is_file()
    left = [path for path in board_directory.rglob("*") if path.is_file()]
    assert left == [], "notes and redirect files are removed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_both_sides(
    number: int, far: FarMachine, start_board: StartBoard, tmp_path: Path
) -> None:
    far.start()
    board = start_board()
    started = children(board.process.pid)
    assert started
    assert board.end(number) == 128 + number
    assert NOTHING_LEFT in board.said
    gone(started)
    far.stop()
    clean(far, tmp_path / "here")


def test_ctrl_c_in_the_terminal_restores_it(far: FarMachine, start_board: StartBoard) -> None:
    far.start()
    board = start_board(in_terminal=True)
    started = children(board.process.pid)
    board.press(b"\x03")
    assert board.wait() == 128 + signal.SIGINT
    assert NOTHING_LEFT in board.said
    gone(started)


def test_a_closed_terminal_ends_both_sides(
    far: FarMachine, start_board: StartBoard, tmp_path: Path
) -> None:
    far.start()
    board = start_board(in_terminal=True)
    started = children(board.process.pid)
    board.hang_up()
    board.process.wait(PATIENCE_S)
    gone(started)
    far.stop()
    clean(far, tmp_path / "here")


def test_a_killed_hub_leaves_nothing_running(far: FarMachine, start_board: StartBoard) -> None:
    far.start()
    board = start_board()
    started = children(board.process.pid)
    engine = far_engine(board)
    board.process.kill()
    board.process.wait()
    gone({*started, engine})


@pytest.mark.parametrize("who", ["ssh", "sshd", "engine"])
def test_whoever_is_killed_everything_begins_anew_once(
    who: str, far: FarMachine, start_board: StartBoard
) -> None:
    far.start()
    board = start_board()
    api = board.api()
    entry = api.source()
    engine, epoch = int(entry["engine"]["pid"]), entry["epoch"]
    victims = {
        "ssh": children(board.process.pid),
        "sshd": far.processes - {engine},
        "engine": {engine},
    }
    for pid in victims[who]:
        os.kill(pid, signal.SIGKILL)
    entry = api.until(lambda e: e["state"] == "live" and e["epoch"] not in (None, epoch))
    gone({engine})
    assert entry["engine"]["pid"] != engine
    assert len(children(board.process.pid)) == 1, "one ssh"
    board.wait_for("gpu1:runs: back after")
    assert board.end() == 128 + signal.SIGINT
    assert NOTHING_LEFT in board.said


def test_a_closed_lid_and_an_opened_one(far: FarMachine, start_board: StartBoard) -> None:
    """The whole group stands still, as in sleep; what comes back is the same connection."""
    far.start()
    board = start_board()
    api = board.api()
    entry = api.until(lambda e: e["state"] == "live")
    os.killpg(board.process.pid, signal.SIGSTOP)
    write_run(far.home / "runs" / "b")
    time.sleep(8.0)  # Longer than what counts as sleep.
    os.killpg(board.process.pid, signal.SIGCONT)
    after = api.until(lambda e: e["state"] == "live" and e["load"]["runs"] == 2)
    assert after["epoch"] == entry["epoch"]
    assert far.log.read_text().count("Accepted publickey") == 1
    assert "no connection" not in board.said
    assert board.end() == 128 + signal.SIGINT
    assert NOTHING_LEFT in board.said


async def test_over_a_dead_link_no_goodbye_is_claimed(
    far: FarMachine, relay: Relay, start_board: StartBoard
) -> None:
    far.start()
    board = await asyncio.to_thread(start_board)
    started = children(board.process.pid)
    relay.freeze()
    assert await asyncio.to_thread(board.end) == 128 + signal.SIGINT
    assert "Nothing is left" not in board.said
    assert "Stopped. What runs on gpu1 will end by itself within 60 s." in board.said
    await relay.stop()
    await asyncio.to_thread(gone, started)


async def test_an_engine_that_is_cut_off_ends_by_itself(
    far: FarMachine, relay: Relay, make_link: MakeLink
) -> None:
    """Its sshd does not notice anything; it does, after a minute, here after two seconds."""
    far.start()
    timing = Timing(ping_s=0.3, quiet_s=60.0, lost_s=120.0, silence_s=2)
    link = make_link(parse_target("gpu1:runs"), timing=timing, engine=find_engine().path)
    await link.start()
    engine = await engine_pid(link)
    await asyncio.sleep(3.0)
    assert is_alive(engine), "it stays for as long as it hears pings"
    relay.freeze()
    await until(lambda: not is_alive(engine), 30)
    assert link.state.state == "live", "nobody here knows yet"
    await relay.stop()
