"""Notes about running boards: for this user alone, and never believed without asking."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from farboard.hub import running as running_module
from farboard.hub.running import Running, find_running, remembered

if TYPE_CHECKING:
    from pathlib import Path


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
