"""What the tests of the link share: a stand-in engine, and the rule that nothing stays."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from farboard.link import Link, LinkOptions, LinkState, Timing, bootstrap
from tests.link.helpers import FAKE_ENGINE, QUICK, FakeSsh, children

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from farboard.target import Target


@pytest.fixture
def fake_engine(tmp_path: Path) -> Path:
    """A program that behaves like the engine, as one file that can be sent."""
    path = tmp_path / "farboard-engine"
    # A far login has an environment of its own.
    environment = f"PYTHONPATH={shlex.quote(os.pathsep.join(sys.path))}"
    program = f"{shlex.quote(sys.executable)} {shlex.quote(str(FAKE_ENGINE))}"
    command = f"exec env {environment} {program}"
    path.write_text(f'#!/bin/sh\n{command} "$@"\n')
    path.chmod(0o700)
    return path


@pytest.fixture
async def make_link(fake_engine: Path) -> AsyncIterator[Callable[..., Link]]:
    """Makes links with quick timing, and closes them."""
    links: list[Link] = []

    def make(
        target: Target,
        on_state: Callable[[LinkState], None] | None = None,
        timing: Timing = QUICK,
        **options: object,
    ) -> Link:
        options.setdefault("engine", fake_engine)
        link = Link(target, LinkOptions(timing=timing, **options), on_state)  # type: ignore[arg-type]
        links.append(link)
        return link

    yield make
    for link in links:
        await link.close()


@pytest.fixture
def fake_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSsh:
    """An `ssh` that runs commands here, or fails as told."""
    directory = tmp_path / "far"
    directory.mkdir()
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(bootstrap, "SHARED_DIRECTORIES", (str(shared),))
    ssh = FakeSsh(directory)
    monkeypatch.setenv("PATH", f"{ssh.bin}{os.pathsep}{os.environ['PATH']}")
    return ssh


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """After each test no process that it started is alive."""
    before = children()
    yield
    assert children() - before == set()
