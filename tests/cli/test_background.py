"""Boards in the background: they outlive their terminal, are listed, and are ended in order."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.cli.programs import PATIENCE_S, PROGRAM, Board, environment, write_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def _engine() -> None:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_run(tmp_path / "runs" / "a")
    return tmp_path / "runs"


def run(tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=60,
        check=False,
    )


def boards(tmp_path: Path) -> list[dict[str, Any]]:
    found = json.loads(run(tmp_path, "boards", "--json").stdout)["boards"]
    assert isinstance(found, list)
    return found


def until(condition: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Board]]:
    """Starts boards; those that are left in the background are ended."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: object, in_terminal: bool = True) -> Board:
            texts = [*map(str, arguments), "--no-open"]
            board = Board(tmp_path, *texts, in_terminal=in_terminal)
            stack.callback(board.close)
            return board

        yield start
    run(tmp_path, "stop", "--all")
    assert boards(tmp_path) == []


def test_it_outlives_its_terminal(tmp_path: Path, runs: Path, start: Callable[..., Board]) -> None:
    starter = start("-d", runs, "--port", "0")
    assert starter.wait() == 0, starter.said
    api = starter.api()
    pid = int(starter.wait_for(r"In the background, pid (\d+)")[1])
    assert pid != starter.process.pid
    starter.hang_up()
    (entry,) = boards(tmp_path)
    assert (entry["pid"], entry["background"], entry["answers"]) == (pid, True, True)
    assert entry["url"] == f"{api.url}/"
    api.until(lambda source: source["state"] == "live" and source["load"]["points"] == 10)
    assert os.getsid(pid) == pid
    for file in (0, 1, 2):
        assert "pts" not in str(Path(f"/proc/{pid}/fd/{file}").readlink())
    done = run(tmp_path, "stop")
    assert done.returncode == 0
    assert done.stderr == f"{api.url}/ (pid {pid}): Stopped.\n"
    assert boards(tmp_path) == []
    assert list((tmp_path / "farboard").glob("*.json")) == []
    assert list((tmp_path / "farboard").glob("*.txt")) == []


def test_what_goes_wrong_is_the_starters_end(
    tmp_path: Path, runs: Path, start: Callable[..., Board]
) -> None:
    starter = start("-d", runs / "nothing", "--port", "0")
    assert starter.wait() == 5
    assert "has no" in starter.said
    assert boards(tmp_path) == []


def test_ctrl_c_while_it_connects_ends_all(
    tmp_path: Path, start: Callable[..., Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "bin" / "ssh"
    silent.parent.mkdir()
    silent.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/ssh_pid\nexec sleep 600\n")
    silent.chmod(0o700)
    monkeypatch.setenv("PATH", f"{silent.parent}:{os.environ['PATH']}")
    starter = start("-d", "gpu1:runs", "--port", "0")
    pid_file = tmp_path / "ssh_pid"
    until(lambda: pid_file.exists() and pid_file.read_text().strip() != "", "ssh never started")
    starter.press(b"\x03")
    assert starter.wait() == 130
    # Nothing but a newline; what passes by is wiped.
    assert starter.said.partition("^C")[2].replace("\x1b[2K", "").strip() == ""
    assert boards(tmp_path) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_started_twice_it_is_opened(
    tmp_path: Path, runs: Path, start: Callable[..., Board]
) -> None:
    write_run(tmp_path / "more" / "b")
    starter = start("-d", runs, tmp_path / "more", "--port", "0")
    assert starter.wait() == 0
    api = starter.api()
    for again in (("-d", tmp_path / "more", runs), (f"{runs}/", f"{tmp_path}/runs/../more")):
        done = run(tmp_path, *again, "--no-open")
        assert done.returncode == 0
        assert f"Already running: {api.url}/" in done.stderr
    assert len(boards(tmp_path)) == 1
    assert run(tmp_path, "stop", f"{runs}/.").returncode == 0, "one of its targets names it"


def test_stop_finds_its_board(tmp_path: Path, runs: Path, start: Callable[..., Board]) -> None:
    write_run(tmp_path / "more" / "b")
    first, second = start("-d", runs, "--port", "0"), start("-d", tmp_path / "more", "--port", "0")
    assert (first.wait(), second.wait()) == (0, 0)
    which = run(tmp_path, "stop")
    assert which.returncode == 2
    assert "2 boards run" in which.stderr
    assert run(tmp_path, "stop", "elsewhere").returncode == 1
    assert run(tmp_path, "stop", f"{runs}/../runs").returncode == 0
    (left,) = boards(tmp_path)
    assert left["url"] == f"{second.api().url}/"
    assert run(tmp_path, "stop", left["pid"]).returncode == 0
    assert run(tmp_path, "stop").returncode == 1


def test_a_board_that_hangs_is_told_of_and_ended(
    tmp_path: Path, runs: Path, start: Callable[..., Board]
) -> None:
    starter = start("-d", runs, "--port", "0")
    assert starter.wait() == 0
    pid = boards(tmp_path)[0]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        (hung,) = boards(tmp_path)
        assert hung["answers"] is False
        assert hung["targets"][0]["target"] == str(runs)
        other = start("-d", runs)
        assert other.wait() == 0
        assert "shows the same but does not answer" in other.said
        assert len(boards(tmp_path)) == 2
    finally:
        os.kill(pid, signal.SIGCONT)
    assert run(tmp_path, "stop", "--all").returncode == 0


def test_idle_ends_it(tmp_path: Path, runs: Path, start: Callable[..., Board]) -> None:
    starter = start("-d", runs, "--port", "0", "--idle", "1s")
    assert starter.wait() == 0
    until(lambda: boards(tmp_path) == [], "it never ended")
    (log,) = (tmp_path / "farboard" / "log").glob("*.log")
    assert "Nobody has looked for 1 s (--idle)." in log.read_text()
    assert log.read_text().endswith(" Stopped.\n")


def test_a_board_in_a_terminal_is_listed_and_stopped_too(
    tmp_path: Path, runs: Path, start: Callable[..., Board]
) -> None:
    board = start(runs, "--port", "0", "-v")
    api = board.api()
    listed = run(tmp_path, "boards").stdout
    assert f"{api.url}/  pid {board.process.pid}, in a terminal" in listed
    assert f"  {runs}  live" in listed
    # A process that has ended, but whose parent has not looked yet, runs no more.
    assert run(tmp_path, "stop").returncode == 0
    assert board.wait() == 143
    (log,) = (tmp_path / "farboard" / "log").glob("*.log")
    text = log.read_text()
    assert "hub: GET /api/status 200" in text
    assert api.secret not in text
    code = board.wait_for(r"#code=([\w-]+)")[1]
    assert code not in text
