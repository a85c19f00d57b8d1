"""Which engine program is found, and for which platform it is."""

from __future__ import annotations

import platform
import struct
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link import engine as engine_module
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path


def program(path: Path, content: bytes = b"#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def elf(machine: int) -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 2, machine) + bytes(44)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no engine is installed."""
    monkeypatch.delenv("FARBOARD_ENGINE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python" / "python3"))
    monkeypatch.setattr(sysconfig, "get_path", lambda *names: str(tmp_path / "-".join(names)))
    monkeypatch.setattr(engine_module, "__file__", str(tmp_path / "a/b/c/d/engine.py"))
    return tmp_path


def test_where_it_is_looked_for(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FarboardError, match="missing from this installation"):
        find_engine()
    name = "farboard-engine"
    # From the last place to the first: each one found wins over those before.
    for path in (
        nowhere / "a/engine/target/release" / name,
        nowhere / "a/engine/target/x86_64-unknown-linux-gnu/release" / name,
        nowhere / "path" / name,
        nowhere / "scripts-posix_user" / name,
        nowhere / "python" / name,
        nowhere / "scripts" / name,
    ):
        assert find_engine_or_none() != path
        program(path)
        assert find_engine().path == path
    from_environment = program(nowhere / "env")
    monkeypatch.setenv("FARBOARD_ENGINE", str(from_environment))
    assert find_engine().path == from_environment
    asked = program(nowhere / "asked")
    assert find_engine(asked).path == asked


def find_engine_or_none() -> Path | None:
    try:
        return find_engine().path
    except FarboardError:
        return None


def test_what_was_asked_for_is_never_replaced_by_another(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(nowhere / "scripts" / "farboard-engine")
    with pytest.raises(FarboardError, match="is not a program"):
        find_engine(nowhere / "none")
    monkeypatch.setenv("FARBOARD_ENGINE", str(nowhere / "none"))
    with pytest.raises(FarboardError, match="is not a program"):
        find_engine()


@pytest.mark.parametrize(
    ("machine", "name"), [(62, "Linux x86_64"), (183, "Linux aarch64"), (21, "Linux ppc64le")]
)
def test_the_platform_is_read_from_the_program(tmp_path: Path, machine: int, name: str) -> None:
    engine = find_engine(program(tmp_path / "engine", elf(machine)))
    assert engine.platform == name
    assert engine.runs_on(name)
    assert not engine.runs_on("Linux riscv64")
    assert not engine.runs_on(name.replace("Linux", "FreeBSD"))


def test_machines_with_two_names(tmp_path: Path) -> None:
    engine = find_engine(program(tmp_path / "engine", elf(183)))
    assert engine.runs_on("Linux arm64")


def test_a_program_without_header_is_for_this_machine(tmp_path: Path) -> None:
    engine = find_engine(program(tmp_path / "engine"))
    assert engine.platform == f"{platform.system()} {platform.machine()}"
