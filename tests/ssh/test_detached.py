"""A board in the background over a real sshd: it asks first, outlives the terminal, comes back."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.served import is_alive
from tests.cli.programs import PATIENCE_S, PROGRAM, Board, environment, write_run
from tests.ssh.far import new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.ssh.far import FarMachine

pytestmark = pytest.mark.slow


class Detached:
    """Starts boards in the background, and asks about them."""

    def __init__(self, far: FarMachine, engine: Path, here: Path) -> None:
        self._far, self._engine, self._here = far, engine, here
        self._starters: list[Board] = []

    def start(self, *more: str) -> Board:
        arguments = ("-d", "gpu1:runs", *self._far.ssh_arguments, "--engine", str(self._engine))
        board = Board(self._here, *arguments, "--no-open", *more, in_terminal=True)
        self._starters.append(board)
        return board

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments],
            capture_output=True,
            text=True,
            env=environment(self._here),
            timeout=60,
            check=False,
        )

    def boards(self) -> list[dict[str, Any]]:
        found = json.loads(self.run("boards", "--json").stdout)["boards"]
        assert isinstance(found, list)
        return found

    def state(self) -> str:
        (board,) = self.boards()
        return str(board["targets"][0]["state"])

    def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline_s, self.boards()
            time.sleep(0.1)

    def close(self) -> None:
        self.run("stop", "--all")
        for board in self._starters:
            board.close()
        assert self.boards() == []


@pytest.fixture
def detached(far: FarMachine, engine: Path, tmp_path: Path) -> Iterator[Detached]:
    (tmp_path / "here").mkdir()
    (far.home / "runs").mkdir()
    boards = Detached(far, engine, tmp_path / "here")
    yield boards
    boards.close()


def test_ssh_asks_in_the_terminal_before_it_is_left(far: FarMachine, detached: Detached) -> None:
    secret = "open sesame"
    (far.directory / "client_key").unlink()
    (far.directory / "client_key.pub").unlink()
    new_key(far.client_key, secret)
    far.start()
    starter = detached.start("-v")
    starter.wait_for("passphrase for key")
    starter.press(f"{secret}\n".encode())
    assert starter.wait() == 0, starter.said
    starter.hang_up()
    write_run(far.home / "runs" / "a")
    assert detached.state() == "live"
    (log,) = (detached._here / "farboard" / "log").glob("*.log")
    assert secret not in log.read_text()
    done = detached.run("stop", "gpu1:runs")
    assert "Stopped. Nothing is left running on gpu1." in done.stderr


def test_it_reconnects_without_a_terminal(far: FarMachine, detached: Detached) -> None:
    far.start()
    starter = detached.start("--port", "0")
    assert starter.wait() == 0, starter.said
    api = starter.api()
    starter.hang_up()
    far.fall_silent()
    detached.until(lambda: detached.state() in ("lost", "retrying"))
    far.start()
    # A server that hung up in order is tried again at once, and then once a minute.
    api.ask("/api/retry", {"source": "gpu1:runs"})
    detached.until(lambda: detached.state() == "live")


def test_a_login_is_asked_for_by_the_next_start(far: FarMachine, detached: Detached) -> None:
    far.start()
    starter = detached.start("--port", "0")
    assert starter.wait() == 0, starter.said
    api = starter.api()
    starter.hang_up()
    (before,) = detached.boards()
    far.fall_silent()
    keys = far.directory / "other_keys"
    keys.write_text("")
    far.start(f"AuthorizedKeysFile {keys}")
    detached.until(lambda: detached.state() == "needs_you")
    assert "needs you to log in" in detached.run("boards").stdout
    # Whoever could answer is not there: nothing is taken over, the page is opened.
    again = detached.run("-d", "gpu1:runs", *far.ssh_arguments, "--no-open")
    assert "Already running" in again.stderr
    keys.write_text(far.client_key.with_suffix(".pub").read_text())
    second = detached.start()
    assert second.wait() == 0, second.said
    assert "needs a login; taking its place here" in second.said
    (after,) = detached.boards()
    assert after["url"] == before["url"]
    assert after["pid"] != before["pid"]
    # The page that is open goes on: its secret is still the right one.
    api.until(lambda source: source["state"] == "live")
    assert not is_alive(before["pid"])
