"""Notes about running boards: for this user alone, and never believed without asking."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from farboard.hub import running as running_module
from farboard.hub.running import (
    Running,
    all_running,
    find_running,
    leave_farewell,
    remembered,
    same_running,
)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "farboard"


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Running:
    """A note whose board answers."""
    monkeypatch.setattr(Running, "new_code", lambda _: "a code")
    return Running(os.getpid(), 6006, "secret", ["here"])


def test_a_note_is_for_its_user_alone_and_goes_with_the_board(
    board: Running, runtime: Path
) -> None:
    with remembered(board):
        (note,) = runtime.iterdir()
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
        assert find_running(["here"], None) == (board, "a code")
    assert list(runtime.iterdir()) == []
    assert find_running(["here"], None) is None


def test_other_targets_and_ports_are_another_board(board: Running) -> None:
    with remembered(board):
        assert find_running(["there"], None) is None
        assert find_running(["here", "there"], None) is None
        assert find_running(["here"], 6007) is None
        assert find_running(["here"], 6006) is not None


def test_a_board_that_does_not_answer_is_not_opened() -> None:
    with remembered(Running(os.getpid(), 1, "secret", ["here"])):
        assert find_running(["here"], None) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", "nonsense", '{"pid":1}'])
def test_a_damaged_note_is_removed(runtime: Path, content: str) -> None:
    runtime.mkdir(mode=0o700)
    note = runtime / "hub-1.json"
    note.write_text(content)
    assert find_running(["here"], None) is None
    assert not note.exists()


def test_the_note_of_a_dead_process_is_removed(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    note = runtime / "hub-1.json"
    fields = {"pid": 2**22 + 1, "port": 6006, "secret": "", "targets": ["here"]}
    note.write_text(json.dumps(fields))
    assert find_running(["here"], None) is None
    assert not note.exists()


def test_a_directory_open_to_others_is_not_used(board: Running, runtime: Path) -> None:
    runtime.mkdir()
    runtime.chmod(0o755)
    with remembered(board):
        assert list(runtime.iterdir()) == []
    assert find_running(["here"], None) is None


def test_a_directory_that_is_a_link_is_not_used(
    board: Running, runtime: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    runtime.symlink_to(elsewhere)
    with remembered(board):
        assert list(elsewhere.iterdir()) == []


def test_no_place_for_notes_is_no_error(board: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_module, "_directory", lambda: None)
    with remembered(board):
        assert find_running(["here"], None) is None


@pytest.mark.parametrize("pid", [0, -1, 1, "7", None])
def test_a_note_never_names_a_group_of_processes(runtime: Path, pid: object) -> None:
    runtime.mkdir(mode=0o700)
    note = runtime / "hub-1.json"
    note.write_text(json.dumps({"pid": pid, "port": 6006, "secret": "", "targets": []}))
    assert all_running() == []
    assert not note.exists()


def test_a_hung_board_is_known_but_not_opened() -> None:
    hung = Running(os.getpid(), 1, "secret", ["here"])
    with remembered(hung):
        assert same_running(["here"], None) == [hung]
        assert find_running(["here"], None) is None
        assert hung.status() is None
        assert not hung.is_itself(), "nobody holds its port"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_board_that_hangs_is_known_by_its_port() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ours = Running(os.getpid(), port, "secret", ["here"])
        assert ours.is_itself()
        assert not Running(os.getppid(), port, "secret", ["here"]).is_itself()


def test_last_words_are_taken_once(runtime: Path) -> None:
    board = Running(os.getpid(), 6006, "secret", ["here"])
    board.await_farewell()
    leave_farewell("Stopped. Nothing is left running on gpu1.")
    (file,) = runtime.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all_running() == []
    assert board.take_farewell() == "Stopped. Nothing is left running on gpu1."
    assert board.take_farewell() == ""
    assert list(runtime.iterdir()) == []


def test_last_words_that_nobody_waits_for_are_not_left(runtime: Path) -> None:
    leave_farewell("Stopped.")
    assert list(runtime.iterdir()) == []


def test_last_words_that_nobody_took_go(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / f"bye-{2**22 + 1}.txt").write_text("Stopped.")
    assert all_running() == []
    assert list(runtime.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_process_that_has_ended_runs_no_more() -> None:
    ended = subprocess.Popen(["true"])
    running = Running(ended.pid, 6006, "secret", ["here"])
    while running.alive:  # and nobody has asked for its exit code
        time.sleep(0.01)
    assert Path(f"/proc/{ended.pid}").exists()
    ended.wait()
