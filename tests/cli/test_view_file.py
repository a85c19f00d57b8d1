"""Views from files: what is one, and what is told about what is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from farboard.cli.view_file import read_view
from farboard.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Farboard


def test_a_view_is_passed_on_as_it_is(tmp_path: Path) -> None:
    view = {"farboard": "view", "name": "a", "fragment": "tags=loss", "layout": {"wide": ["b"]}}
    file = tmp_path / "a.farboard.json"
    file.write_text(json.dumps(view))
    assert read_view(file) == view


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "7", "[" * 99999,
    '{"farboard": 1}', '{"farboard": "view", "fragment": 7}',
])  # fmt: skip
def test_anything_else_is_no_view(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="is no view"):
        read_view(file)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)
    with pytest.raises(UsageError, match="larger than 1 MB"):
        read_view(file)


def test_a_missing_file_is_told_before_anything_starts(farboard: Farboard, tmp_path: Path) -> None:
    assert farboard("gpu1:runs", "--view", str(tmp_path / "a.json")) == 2
    assert "a.json cannot be read: No such file or directory" in farboard.err
    assert farboard.links == []
