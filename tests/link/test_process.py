"""Children: deaf to Ctrl-C, ended in order, never waited for through their pipes."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from farboard.link.process import Child
from tests.link.helpers import children, until

if TYPE_CHECKING:
    from pathlib import Path


async def sh(script: str) -> Child:
    return await Child.start(["/bin/sh", "-c", script])


async def test_it_speaks_and_ends_with_its_input() -> None:
    child = await sh("cat; exit 7")
    child.stdin.write(b"hello\n")
    assert await child.stdout.readline() == b"hello\n"
    assert child.spoken
    assert await child.end(5.0) == 7


async def test_it_is_deaf_to_ctrl_c_and_stays_in_our_group() -> None:
    child = await sh("echo ready; exec cat")
    await child.stdout.readline()
    os.kill(child.pid, signal.SIGINT)
    child.stdin.write(b"still here\n")
    assert await child.stdout.readline() == b"still here\n"
    assert os.getpgid(child.pid) == os.getpgrp()
    assert os.getsid(child.pid) == os.getsid(0)
    assert await child.end(5.0) == 0


async def test_the_last_lines_of_stderr_are_kept_as_they_come() -> None:
    lines: list[str] = []
    child = await Child.start(
        ["/bin/sh", "-c", "for i in $(seq 500); do echo line $i >&2; done; printf 'no end' >&2"],
        on_stderr_line=lines.append,
    )
    await child.wait()
    await until(lambda: child.stderr.endswith("no end"))
    assert lines == [f"line {i}" for i in range(1, 501)]
    assert child.stderr.splitlines()[-2:] == ["line 500", "no end"]
    assert len(child.stderr.splitlines()) <= 101
    await child.end(0)


async def test_pipes_held_open_by_somebody_else_are_not_waited_for() -> None:
    child = await sh("sleep 60 & echo $!; exit 3")
    background = int(await child.stdout.readline())
    assert await asyncio.wait_for(child.wait(), 10.0) == 3
    assert await child.end(0) == 3
    os.kill(background, signal.SIGKILL)


async def test_deaf_to_everything_it_is_killed_with_its_children(tmp_path: Path) -> None:
    before = children()
    child = await sh("trap '' TERM; echo ready; (trap '' TERM; sleep 60) & sleep 60; sleep 60")
    await child.stdout.readline()
    await until(lambda: len(children() - before) >= 3)
    assert await child.end(0) == -signal.SIGKILL
    await until(lambda: children() == before)


async def test_children_left_alone_end_with_it() -> None:
    """As with the ssh of a jump host, whose own ssh was ended before it was connected."""
    before = children()
    child = await sh("sleep 60 & echo ready; wait")
    await child.stdout.readline()
    await child.end(0)
    await until(lambda: children() == before)
