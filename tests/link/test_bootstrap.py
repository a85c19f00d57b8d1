"""Where the engine is put on a far machine, and what is done when it cannot be."""

# ruff: noqa: ASYNC221, ASYNC240 - small files on a local disk may hold up a test

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from farboard.errors import RemoteError
from farboard.link import bootstrap
from farboard.link.engine import Engine
from farboard.target import parse_target

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from farboard.link import Link
    from tests.link.helpers import FakeSsh

    MakeLink = Callable[..., Link]

GPU1 = parse_target("gpu1:runs")
RUN = 'exec bash -c "$cmd"'
# What fills a file in memory: without them the engine needs a directory.
FILLERS = ("python3", "python", "perl")


def shared() -> Path:
    return Path(bootstrap.SHARED_DIRECTORIES[0]) / f"farboard-{os.getuid()}"


def engines(directory: Path) -> list[str]:
    return [path.name[:7] for path in directory.iterdir()] if directory.exists() else []


async def start(make_link: MakeLink) -> None:
    link = make_link(GPU1)
    await link.start()
    await link.close()


async def test_the_cache_directory_comes_first(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    fake_ssh.does(f"unset XDG_CACHE_HOME\n{RUN}")
    await start(make_link)
    assert engines(fake_ssh.home / ".cache" / "farboard") == ["engine-"]


async def test_then_the_runtime_directory(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    runtime = fake_ssh.home / "run"
    runtime.mkdir()
    fake_ssh.does(f"export XDG_CACHE_HOME=/proc/none XDG_RUNTIME_DIR={runtime}\n{RUN}")
    await start(make_link)
    assert engines(runtime / "farboard") == ["engine-"]
    await start(make_link)
    assert engines(runtime / "farboard") == ["engine-"]


async def test_then_a_shared_directory_of_our_own(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    fake_ssh.does(f"export XDG_CACHE_HOME=/proc/none\n{RUN}")
    await start(make_link)
    assert shared().stat().st_mode & 0o777 == 0o700
    assert engines(shared()) == ["engine-"]
    (engine,) = shared().iterdir()
    before = engine.stat().st_ino
    await start(make_link)
    assert engine.stat().st_ino == before, "the second time nothing is sent"


async def test_a_shared_directory_others_can_write_to_is_not_trusted(
    make_link: MakeLink, fake_ssh: FakeSsh, fake_engine: Path
) -> None:
    fake_ssh.does(f"export XDG_CACHE_HOME=/proc/none\n{RUN}")
    fake_ssh.lacks(*FILLERS)
    shared().mkdir()
    shared().chmod(0o777)
    # It even holds a program with the right name, which must not be run.
    planted = shared() / f"engine-{Engine(fake_engine, '').sha256[:32]}"
    planted.write_text(f"#!/bin/sh\ntouch {fake_ssh.home}/fell-for-it\necho farboard-engine 0\n")
    planted.chmod(0o755)
    with pytest.raises(RemoteError, match="is not ours alone"):
        await make_link(GPU1).start()
    assert not (fake_ssh.home / "fell-for-it").exists()


async def test_a_link_to_elsewhere_is_not_trusted(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    fake_ssh.does(f"export XDG_CACHE_HOME=/proc/none\n{RUN}")
    fake_ssh.lacks(*FILLERS)
    elsewhere = fake_ssh.home / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    shared().symlink_to(elsewhere)
    with pytest.raises(RemoteError, match="is not ours alone"):
        await make_link(GPU1).start()
    assert engines(elsewhere) == []


async def test_every_directory_is_listed_with_its_reason(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    shared().write_text("a file in the way")
    fake_ssh.does(f"export XDG_CACHE_HOME=/proc/none XDG_RUNTIME_DIR=/proc/nothing\n{RUN}")
    fake_ssh.lacks(*FILLERS)
    with pytest.raises(RemoteError) as caught:
        await make_link(GPU1).start()
    message = caught.value.message
    assert "the engine cannot run on gpu1: /proc/none/farboard cannot be created; " in message
    assert "/proc/nothing/farboard cannot be created; " in message
    assert f"{shared()} cannot be created; " in message
    assert "memory is not to be had (needs Linux, and python3 or perl)" in message


@pytest.fixture
def noexec(tmp_path: Path) -> Iterator[Path]:
    """A file system from which no program may be run."""
    place = tmp_path / "noexec"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "noexec,size=1m", "none", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems can only be mounted by root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_directory_that_runs_no_programs_is_passed_by(
    make_link: MakeLink, fake_ssh: FakeSsh, noexec: Path
) -> None:
    fake_ssh.does(f"export XDG_CACHE_HOME={noexec}\n{RUN}")
    await start(make_link)
    assert engines(shared()) == ["engine-"]
    assert engines(noexec / "farboard") == []


async def test_a_full_disk_is_passed_by(
    make_link: MakeLink, fake_ssh: FakeSsh, fake_engine: Path, noexec: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,exec", str(noexec)], check=True)
    with fake_engine.open("a") as file:
        file.write("#" * 2_000_000)
    fake_ssh.does(f"export XDG_CACHE_HOME={noexec}\n{RUN}")
    await start(make_link)
    assert engines(shared()) == ["engine-"]
    assert engines(noexec / "farboard") == []


@pytest.mark.parametrize(
    "missing", ["gzip", "sha256sum", "sha256sum shasum", "sha256sum shasum openssl", "id"]
)
async def test_machines_without_some_tools(
    missing: str, make_link: MakeLink, fake_ssh: FakeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PATH of links to everything the boot needs, but for what is missing."""
    tools = fake_ssh.home / "tools"
    tools.mkdir()
    for directory in ("/usr/local/bin", "/usr/bin", "/bin"):
        for tool in Path(directory).glob("*"):
            if tool.name not in missing.split() and not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    monkeypatch.setattr(bootstrap, "_BOOT", bootstrap._BOOT.replace("/usr/bin:/bin", str(tools)))
    fake_ssh.does(f'PATH={tools}; export PATH; exec bash -c "$cmd"')
    await start(make_link)
    assert [path.name[:7] for path in fake_ssh.engines] == ["engine-"]


async def test_an_engine_that_arrives_altered_is_not_run(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    (fake_ssh.bin / "sha256sum").write_text("#!/bin/sh\necho 0000 -\n")
    (fake_ssh.bin / "sha256sum").chmod(0o700)
    with pytest.raises(RemoteError, match="the engine arrived altered"):
        await make_link(GPU1).start()
    assert fake_ssh.engines == []


async def test_a_connection_that_breaks_while_sending_leaves_nothing(
    make_link: MakeLink, fake_ssh: FakeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_off(writer: asyncio.StreamWriter, payload: bytes, progress: object) -> None:
        writer.write(payload[: len(payload) // 2])
        writer.close()

    monkeypatch.setattr(bootstrap, "_send", break_off)
    with pytest.raises(RemoteError, match="did not arrive whole"):
        await make_link(GPU1).start()
    assert fake_ssh.engines == []


async def test_engines_unused_for_a_month_are_removed(
    make_link: MakeLink, fake_ssh: FakeSsh, fake_engine: Path
) -> None:
    await start(make_link)
    (engine,) = fake_ssh.engines
    old = engine.with_name("engine-" + "0" * 32)
    recent = engine.with_name("engine-" + "1" * 32)
    torn = engine.with_name("new-4242")
    for path, days in ((old, 31), (recent, 29), (torn, 3), (engine, 31)):
        path.touch()
        os.utime(path, (time.time() - days * 86400,) * 2)
    await start(make_link)
    assert engine.stat().st_mtime > time.time() - 86400, "what is used is fresh"
    with fake_engine.open("a") as file:
        file.write("# another version\n")
    await start(make_link)
    assert {old.name, torn.name}.isdisjoint(path.name for path in fake_ssh.engines)
    assert {engine.name, recent.name} < {path.name for path in fake_ssh.engines}
