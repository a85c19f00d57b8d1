"""A laptop whose disk is full: what is kept there is a convenience, and the board works."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.programs import Board, write_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system without a free block: where notes, logs, the index and temporary files go."""
    place = tmp_path / "full"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "none", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems can only be mounted by root")
    try:
        with pytest.raises(OSError, match="No space left"):
            _fill(place / "ballast")
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@pytest.fixture
def board(tmp_path: Path, full_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    monkeypatch.setenv("TMPDIR", str(full_disk))
    write_run(tmp_path / "runs" / "a", points=12)
    # The board's own places are those of `programs.environment`: all of them on that disk.
    board = Board(full_disk, str(tmp_path / "runs"), "--port", "0", "--no-open", "-v")
    yield board
    board.close()


def test_the_board_is_shown_all_the_same(board: Board) -> None:
    api = board.api()
    entry = api.until(lambda entry: (entry["load"] or {}).get("state") == "live")
    assert entry["load"]["points"] == 12
    assert entry["index"]["state"] in ("unwritable", "full")
    body = {"series": [{"source": entry["source"], "run": "a", "tag": "train/loss"}]}
    assert b'"points":12' in api.ask("/api/scalars", body).replace(b" ", b"")
    assert board.end() == 130
    assert "Traceback" not in board.said
    assert "Stopped." in board.said
