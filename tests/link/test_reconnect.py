"""The life of a link, with a local stand-in engine."""

# ruff: noqa: ASYNC240 - small files on a local disk may hold up a test

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError, SourceDown
from farboard.target import parse_target
from tests.link.helpers import QUICK, Recorder, engine_pid, status, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from farboard.link import Link

    MakeLink = Callable[..., Link]


async def test_a_local_target_is_served_by_a_child(make_link: MakeLink, tmp_path: Path) -> None:
    recorder = Recorder()
    link = make_link(parse_target(str(tmp_path)), recorder)
    await link.start()
    answer = await status(link)
    assert answer["arguments"] == ["serve", "--logdir-hex", os.fsencode(tmp_path).hex()]
    assert recorder.names == ["connecting", "live"]
    state = link.state
    assert state.rtt_ms is not None
    assert 0 < state.rtt_ms < 20_000
    assert state.received_bytes > 0
    assert state.last_heard_at_s is not None
    assert abs(state.last_heard_at_s - time.time()) < 60
    assert await link.close()


async def test_an_engine_that_dies_is_started_again(make_link: MakeLink) -> None:
    recorder = Recorder()
    connects = []
    link = make_link(parse_target("."), recorder, on_connect=lambda: connects.append(1))
    await link.start()
    first = await engine_pid(link)
    os.kill(first, signal.SIGKILL)
    await until(lambda: "retrying" in recorder.names and link.state.state == "live")
    assert await engine_pid(link) != first
    assert recorder.names == ["connecting", "live", "lost", "retrying", "live"]
    lost = next(state for state in recorder.states if state.state == "lost")
    assert "killed, signal 9" in lost.message
    await until(lambda: len(connects) == 2)


async def test_an_engine_that_keeps_dying_is_started_ever_more_slowly(make_link: MakeLink) -> None:
    recorder = Recorder()
    timing = replace(QUICK, settled_s=3600.0)
    link = make_link(parse_target("."), recorder, timing)
    await link.start()
    for deaths in (1, 2, 3):
        with pytest.raises(SourceDown):
            await link.request("GET", "/exit?3")
        await until(lambda: link.state.state != "live")
        await until(lambda: link.state.state == "live")
        lost = [state for state in recorder.states if state.next_try_at_s]
        assert len(lost) == deaths - 1, "the first attempt is made at once, the others wait"
    assert "exit code 3" in lost[0].message
    assert lost[-1].message == (
        "this machine: the reader keeps being killed; something on this machine may limit memory"
    )


async def test_silence_makes_quiet_then_lost_and_a_thaw_wins_the_race(make_link: MakeLink) -> None:
    """The old connection is kept while new ones are tried: whichever answers first is used."""
    recorder = Recorder()
    link = make_link(parse_target("."), recorder)
    await link.start()
    pid = await engine_pid(link)
    link.options = type(link.options)(engine=link.options.engine.parent / "none")  # type: ignore[union-attr]
    response = await link.request("POST", "/echo", b"a")
    assert await response.read() == b"a"
    frozen = asyncio.ensure_future(link.request("GET", "/freeze?1"))
    await until(lambda: link.state.state == "lost")
    with pytest.raises(SourceDown):
        await link.request("GET", "/api/status")
    await until(lambda: link.state.state == "live")
    assert await (await frozen).read() == b"thawed"
    assert await engine_pid(link) == pid
    assert recorder.names[:4] == ["connecting", "live", "quiet", "lost"]


async def test_a_frozen_engine_is_replaced(make_link: MakeLink) -> None:
    link = make_link(parse_target("."))
    await link.start()
    pid = await engine_pid(link)
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: link.state.state == "lost" or link.state.state == "retrying")
    await until(lambda: link.state.state == "live")
    assert await engine_pid(link) != pid
    await until(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_foreign_text_in_the_stream_is_quoted_and_the_link_begins_anew(
    make_link: MakeLink,
) -> None:
    recorder = Recorder()
    link = make_link(parse_target("."), recorder)
    await link.start()
    with pytest.raises(SourceDown, match='"LATE NEWS"'):
        await link.request("GET", "/noise?LATE NEWS")
    await until(lambda: "retrying" in recorder.names and link.state.state == "live")
    lost = next(state for state in recorder.states if state.state == "lost")
    assert '("LATE NEWS")' in lost.message


async def test_a_missing_engine_is_an_error_and_retry_now_tries_again(
    make_link: MakeLink, fake_engine: Path
) -> None:
    hidden = fake_engine.rename(fake_engine.with_name("hidden"))
    link = make_link(parse_target("."))
    with pytest.raises(FarboardError, match="not a program"):
        await link.start()
    assert link.state.state == "failed"
    await asyncio.sleep(0.1)
    assert link.state.attempt == 0
    hidden.rename(fake_engine)
    link.retry_now()
    await until(lambda: link.state.state == "live")


async def test_an_engine_that_does_not_start_is_quoted(
    make_link: MakeLink, fake_engine: Path
) -> None:
    fake_engine.write_text("#!/bin/sh\necho 'no such luck' >&2\nexit 90\n")
    with pytest.raises(FarboardError, match=r'exit code 90.*"no such luck"'):
        await make_link(parse_target(".")).start()


async def test_close_while_connecting(make_link: MakeLink, fake_engine: Path) -> None:
    fake_engine.write_text("#!/bin/sh\nexec sleep 60\n")
    link = make_link(parse_target("."))
    start = asyncio.ensure_future(link.start())
    await until(lambda: link._opening is not None)
    await asyncio.sleep(0.1)
    await link.close()
    with pytest.raises(SourceDown, match="was closed"):
        await start


async def test_close_waits_also_for_what_was_just_being_let_go_of(
    make_link: MakeLink, fake_engine: Path
) -> None:
    link = make_link(parse_target("."), engine=fake_engine)
    await link.start()
    (session,) = link._sessions
    os.kill(session.child.pid, signal.SIGSTOP)  # So that its end takes a while.
    link._spawn(link._discard(session))
    await asyncio.sleep(0.1)
    await link.close()
    assert session.child.exit_code is not None, "it has ended, not only been told to"


async def test_login_again_tells_how_it_went(make_link: MakeLink, fake_engine: Path) -> None:
    good = fake_engine.read_text()
    fake_engine.write_text("#!/bin/sh\nexit 90\n")
    link = make_link(parse_target("."))
    with pytest.raises(FarboardError, match="exit code 90"):
        await link.start()
    with pytest.raises(FarboardError, match="exit code 90"):
        await link.login_again()
    fake_engine.write_text(good)
    await link.login_again()
    assert link.state.state == "live"


async def test_a_jump_of_the_wall_clock_is_sleep(
    make_link: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a sleep the engine is asked at once, not when its turn comes."""
    recorder = Recorder()
    slow = Recorder()
    link = make_link(parse_target("."), recorder)
    timing = type(link._timing)(ping_s=3600.0)
    link = make_link(parse_target("."), slow, timing)
    await link.start()
    before = len(slow.states)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    await until(lambda: len(slow.states) > before)
    assert link.state.state == "live"
