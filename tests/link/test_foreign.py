# ruff: noqa: ASYNC240 - small files on a local disk may hold up a test
"""Engines for machines of another platform: where they are looked for, and how they are got."""

from __future__ import annotations

import struct
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from farboard import __version__
from farboard.errors import RemoteError
from farboard.link import engine as engine_module
from farboard.link import foreign
from farboard.link.foreign import find_foreign_engine
from farboard.target import parse_target
from tests.link.helpers import status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from farboard.link import Link
    from tests.link.helpers import FakeSsh

GPU1 = parse_target("gpu1:runs")
ARM = "Linux aarch64"


def elf(machine: int = 183, more: bytes = b"") -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, machine) + bytes(44) + more


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer with an engine of its own, and no other anywhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    (tmp_path / "index").mkdir()
    monkeypatch.setattr(foreign, "program_directories", lambda: iter([tmp_path / "bin"]))
    monkeypatch.setattr(foreign, "built_engines", lambda: iter(()))
    return tmp_path


def make_wheel(
    index: Path, program: bytes, tag: str = "manylinux2014_aarch64", name: str = "farboard-engine"
) -> None:
    """A wheel as far as pip and we look at it."""
    stem = f"farboard-{__version__}"
    with zipfile.ZipFile(index / f"{stem}-py3-none-{tag}.whl", "w") as wheel:
        wheel.writestr(f"{stem}.data/scripts/{name}", program)
        wheel.writestr(
            f"{stem}.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: farboard\nVersion: {__version__}\n",
        )
        wheel.writestr(
            f"{stem}.dist-info/WHEEL",
            f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n",
        )
        wheel.writestr(f"{stem}.dist-info/RECORD", "")


async def find(notes: list[str], asked: Path | None = None) -> Path:
    found = await find_foreign_engine(ARM, GPU1, asked, notes.append)
    assert found.runs_on(ARM)
    return found.path


async def test_it_is_looked_for_beside_ours_by_name_and_header(alone: Path) -> None:
    beside = alone / "bin" / "farboard-engine-linux-aarch64"
    beside.parent.mkdir()
    beside.write_bytes(elf(62))
    with pytest.raises(RemoteError):
        await find([])
    beside.write_bytes(elf())
    notes: list[str] = []
    assert await find(notes) == beside
    assert notes == []


async def test_the_index_is_asked_once(alone: Path) -> None:
    make_wheel(alone / "index", elf(more=b"the engine"))
    notes: list[str] = []
    path = await find(notes)
    assert path.read_bytes() == elf(more=b"the engine")
    assert path.stat().st_mode & 0o777 == 0o700
    assert path.is_relative_to(alone / "cache" / "farboard" / "engines" / __version__)
    assert notes == [f"getting the engine for {ARM} from the package index, once"]
    next((alone / "index").iterdir()).unlink()
    assert await find(notes) == path
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("program", "name", "says"),
    [
        (elf(62), "farboard-engine", "is no engine for Linux aarch64"),
        (b"#!/bin/sh\n", "farboard-engine", "is no engine for Linux aarch64"),
        (elf(), "something-else", "there is no engine in farboard"),
    ],
)
async def test_what_else_is_in_a_wheel_is_not_run(
    program: bytes, name: str, says: str, alone: Path
) -> None:
    make_wheel(alone / "index", program, name=name)
    with pytest.raises(RemoteError, match=says):
        await find([])
    assert not list((alone / "cache").glob("**/farboard-engine*"))


async def test_what_pip_says_is_passed_on(alone: Path) -> None:
    with pytest.raises(RemoteError) as caught:
        await find([])
    assert caught.value.message.startswith(f"gpu1 is {ARM}; this Farboard carries engines for ")
    assert 'pip says: "ERROR: No matching distribution found' in caught.value.message
    assert "--engine PATH" in caught.value.hint


async def test_without_pip(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = alone / "python"
    python.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(RemoteError, match="No module named pip"):
        await find([])


async def test_a_platform_nobody_builds_for(alone: Path) -> None:
    with pytest.raises(RemoteError, match="no wheel is made for it"):
        await find_foreign_engine("Linux ppc64le", GPU1, None, lambda _: None)


async def test_an_engine_for_another_machine_than_asked_for(
    alone: Path, fake_engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--engine` named one for gpu2; gpu1 gets the one that is carried."""
    asked = alone / "for-gpu2"
    asked.write_bytes(elf(21))
    asked.chmod(0o700)
    monkeypatch.setenv("FARBOARD_ENGINE", str(fake_engine))
    ours = engine_module.find_engine()
    assert (await find_foreign_engine(ours.platform, GPU1, asked, lambda _: None)).path == ours.path


async def test_within_the_session_the_other_engine_is_looked_for_and_sent(
    alone: Path,
    fake_engine: Path,
    fake_ssh: FakeSsh,
    make_link: Callable[..., Link],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stand-in is no program of any platform, so what it is has to be said here."""
    monkeypatch.setattr(foreign, "platform_of_program", lambda _: "Linux riscv64")
    cached = str(alone / "cache")
    monkeypatch.setattr(
        foreign,
        "platform_of",
        lambda path: "Linux riscv64" if str(path).startswith(cached) else "Linux x86_64",
    )
    monkeypatch.setitem(foreign._WHEEL_TAGS, "Linux riscv64", ("manylinux2014_aarch64",))
    make_wheel(alone / "index", fake_engine.read_bytes())
    uname = fake_ssh.bin / "uname"
    uname.write_text("#!/bin/sh\necho Linux riscv64\n")
    uname.chmod(0o700)
    for _ in range(2):
        link = make_link(GPU1)
        await link.start()
        assert (await status(link))["arguments"][0] == "serve"
        await link.close()
    assert len(fake_ssh.calls) == 2
    assert len(fake_ssh.engines) == 1
