"""The engine runs from memory where no directory keeps and runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from farboard.errors import RemoteError
from farboard.link.engine import Engine
from farboard.target import parse_target
from tests.link.helpers import status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from farboard.link import Link
    from tests.link.helpers import FakeSsh

    MakeLink = Callable[..., Link]

GPU1 = parse_target("gpu1:runs")


@pytest.fixture
def nowhere(fake_ssh: FakeSsh, tmp_path: Path) -> FakeSsh:
    """A far machine that keeps nothing."""
    (tmp_path / "shared").rmdir()
    (tmp_path / "shared").write_text("a file in the way")
    fake_ssh.does('export XDG_CACHE_HOME=/proc/none\nexec bash -c "$cmd"')
    return fake_ssh


@pytest.mark.parametrize(
    "lacking", [(), ("python3",), ("python3", "python")], ids=["python3", "python", "perl"]
)
async def test_it_is_filled_by_what_there_is(
    lacking: tuple[str, ...], make_link: MakeLink, nowhere: FakeSsh
) -> None:
    nowhere.lacks(*lacking)
    link = make_link(GPU1)
    await link.start()
    answer = await status(link)
    assert answer["arguments"][0] == "serve"
    assert answer["arguments"][1:3] == ["--logdir-hex", b"runs".hex()]
    assert await link.close()
    assert nowhere.engines == []


@pytest.mark.parametrize("lacking", [(), ("python3", "python")], ids=["python3", "perl"])
async def test_what_arrives_altered_does_not_run(
    lacking: tuple[str, ...],
    make_link: MakeLink,
    nowhere: FakeSsh,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere.lacks(*lacking)
    monkeypatch.setattr(Engine, "sha256", "0" * 64)
    with pytest.raises(RemoteError, match="the engine arrived altered"):
        await make_link(GPU1).start()


async def test_with_nothing_to_fill_it_every_reason_is_told(
    make_link: MakeLink, nowhere: FakeSsh
) -> None:
    nowhere.lacks("python3", "python", "perl")
    with pytest.raises(RemoteError) as caught:
        await make_link(GPU1).start()
    assert "/proc/none/farboard cannot be created; " in caught.value.message
    assert "memory is not to be had (needs Linux, and python3 or perl)" in caught.value.message
