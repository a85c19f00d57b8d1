"""`config.toml`: the user's own defaults, and what becomes of nonsense in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from farboard.cli.config import Config, config_file, read_config
from farboard.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Farboard


def read(tmp_path: Path, text: str | bytes) -> Config:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_config(file)


def test_it_is_looked_for_where_configurations_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_file() == tmp_path / "farboard" / "config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_file() == tmp_path / ".config" / "farboard" / "config.toml"


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.toml") == Config()


def test_everything_can_be_set(tmp_path: Path) -> None:
    text = """
        port = 7007
        open = false
        theme = "dark"
        [page]
        smoothing = 0.9
        x = "wall_time"
        tags = "train/loss & more"
    """
    assert read(tmp_path, text) == Config(
        port=7007,
        open_page=False,
        theme="dark",
        page="smoothing=0.9&x=wall_time&tags=train/loss%20%26%20more",
    )


def test_what_is_not_known_is_said_and_ignored(tmp_path: Path) -> None:
    config = read(tmp_path, "prot = 7007")
    assert config.port is None
    (note,) = config.notes
    assert note.endswith("config.toml: prot is not known; ignored")


@pytest.mark.parametrize(("text", "said"), [
    ("port = 70000", "port must be a number from 1 to 65535"),
    ("port = 0", "port must be a number from 1 to 65535"),
    ("port = true", "port must be a number from 1 to 65535"),
    ('open = "no"', "open must be true or false"),
    ('theme = "pink"', 'theme must be one of "system", "light", "dark"'),
    ("page = 3", "page must be a table: [page]"),
    ("[page]\nx = [1]", "page.x must be a text or a number"),
    ("[page]\nx = true", "page.x must be a text or a number"),
    ("port = ", "is not valid TOML"),
    (b"\xff\xfe", "is not valid TOML"),
])  # fmt: skip
def test_nonsense_is_an_error_that_names_the_file(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "config.toml") in caught.value.message
    assert said in caught.value.message


def test_a_directory_in_its_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_config(tmp_path)


def test_an_error_in_it_is_told_before_anything_starts(
    farboard: Farboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "farboard" / "config.toml"
    file.parent.mkdir()
    file.write_text("port = [")
    assert farboard("gpu1:runs") == 2
    assert "config.toml is not valid TOML" in farboard.err
    assert farboard.links == []
