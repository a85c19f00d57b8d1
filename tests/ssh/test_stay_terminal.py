"""What the terminal says while a link is away, and what Enter does there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.programs import write_run
from tests.ssh.far import new_key
from tests.ssh.test_stay_ends import start_board

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.programs import Board
    from tests.ssh.far import FarMachine, Relay

    StartBoard = Callable[..., Board]

__all__ = ["start_board"]

pytestmark = pytest.mark.slow

CLEARED = r"\r\x1b\[2K(?:\x1b\[2m)?"


def hang_up(far: FarMachine) -> None:
    """Ends the connection over there; one can log in again, if one may."""
    for pid in far.processes:
        os.kill(pid, signal.SIGKILL)


async def test_a_lost_connection_is_one_line_rewritten_in_place(
    far: FarMachine, relay: Relay, start_board: StartBoard
) -> None:
    far.start()
    board = await asyncio.to_thread(start_board, in_terminal=True)
    relay.freeze()
    await asyncio.to_thread(
        board.wait_for, CLEARED + r"gpu1:runs: no connection since \d\d:\d\d:\d\d"
    )
    write_run(far.home / "runs" / "b", points=7)
    relay.thaw()
    await asyncio.to_thread(board.wait_for, r"gpu1:runs: back after \d+ s")
    lines = board.said.split("\n")
    assert sum("no connection since" in re.split(CLEARED, line)[-1] for line in lines) == 0
    assert await asyncio.to_thread(board.end) == 128 + signal.SIGINT


def test_a_login_that_is_needed_rings_once_and_enter_logs_in(
    far: FarMachine, start_board: StartBoard
) -> None:
    far.start()
    board = start_board(in_terminal=True)
    api = board.api()
    authorized = far.directory / "authorized_keys"
    key = authorized.read_text()
    authorized.write_text("")
    hang_up(far)
    board.wait_for(r"gpu1:runs: login needed — press Enter \(.*Permission denied|tried: publickey")
    entry = api.until(lambda e: e["state"] == "needs_you")
    assert entry["cause"] == "login"
    refused = far.log.read_text().count("Connection closed by authenticating user")
    # One click is one attempt.
    api.ask("/api/retry", {"source": "gpu1:runs"})
    api.until(
        lambda e: (
            e["state"] == "needs_you"
            and far.log.read_text().count("Connection closed by authenticating user") == refused + 1
        )
    )
    authorized.write_text(key)
    board.press(b"\n")
    api.until(lambda e: e["state"] == "live")
    board.wait_for("gpu1:runs: back after")
    assert board.said.count("\a") == 1
    assert board.end() == 128 + signal.SIGINT


def test_another_identity_is_never_talked_to(
    far: FarMachine, start_board: StartBoard, tmp_path: Path
) -> None:
    far.start()
    board = start_board(in_terminal=True)
    api = board.api()
    far.trust(new_key(tmp_path / "imposter"))
    hang_up(far)
    board.wait_for("the identity of gpu1 has changed; stopped, nothing was sent")
    board.wait_for("ssh-keygen -R")
    entry = api.until(lambda e: e["state"] == "needs_you")
    assert entry["cause"] == "identity"
    far.trust(far.host_key)
    board.press(b"\n")
    api.until(lambda e: e["state"] == "live")
    assert board.end() == 128 + signal.SIGINT


def test_an_engine_that_is_killed_again_and_again(far: FarMachine, start_board: StartBoard) -> None:
    far.start()
    board = start_board()
    api = board.api()
    for _ in range(3):
        entry = api.until(lambda e: e["state"] == "live")
        os.kill(entry["engine"]["pid"], signal.SIGKILL)
        api.until(lambda e, epoch=entry["epoch"]: e["state"] != "live" or e["epoch"] != epoch)
    entry = api.until(lambda e: e["state"] == "lost" and e["next_try_at_s"])
    assert entry["message"] == (
        "gpu1: the reader on the server keeps being killed; the login node may limit memory"
    )
    assert entry["cause"] == "engine"
    # Whoever knows better need not wait five minutes.
    api.ask("/api/retry", {"source": "gpu1:runs"})
    api.until(lambda e: e["state"] == "live")
    assert board.end() == 128 + signal.SIGINT
