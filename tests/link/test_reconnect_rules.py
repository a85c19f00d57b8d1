"""What a link does, and does not do, while it is away."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from farboard.errors import LoginError, SourceDown
from farboard.link.watch import Watch
from farboard.link.wishes import Wishes
from farboard.target import parse_target
from tests.link.helpers import QUICK, Recorder, children, engine_pid, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link import Link
    from tests.link.helpers import FakeSsh

    MakeLink = Callable[..., Link]

GPU1 = parse_target("gpu1:runs")
GOOD = 'exec bash -c "$cmd"'
REFUSED_LOGIN = "you@gpu1: Permission denied (publickey).\n"


async def test_after_sleep_an_engine_that_answers_is_kept(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder, replace(QUICK, ping_s=3600.0))
    await link.start()
    pid = await engine_pid(link)
    before = len(recorder.states)
    link._surroundings_changed()
    await until(lambda: len(recorder.states) > before)
    assert await engine_pid(link) == pid
    assert len(fake_ssh.calls) == 1
    assert "lost" not in recorder.names


async def test_after_sleep_a_silent_engine_is_replaced_and_an_old_attempt_is_not_waited_for(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    link = make_link(GPU1, timing=replace(QUICK, connect_s=3600.0, backoff_s=(0.0,)))
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.does("exec sleep 3600")
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: link.state.state == "retrying" and len(fake_ssh.calls) == 2)
    hanging = children()
    fake_ssh.does(GOOD)
    link._surroundings_changed()
    await until(lambda: link.state.state == "live")
    assert await engine_pid(link) != pid
    assert len(fake_ssh.calls) == 3
    # Neither the old connection nor the attempt is left.
    await until(lambda: not children() & hanging)


async def test_a_click_begins_an_attempt_that_hangs_anew_but_no_young_one(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    timing = replace(QUICK, connect_s=3600.0, backoff_s=(0.0,), stale_s=3600.0)
    link = make_link(GPU1, timing=timing)
    await link.start()
    fake_ssh.does("exec sleep 3600")
    os.kill(await engine_pid(link), signal.SIGSTOP)
    await until(lambda: link.state.state == "retrying" and len(fake_ssh.calls) == 2)
    fake_ssh.does(GOOD)
    link.retry_now()
    await asyncio.sleep(0.3)
    assert len(fake_ssh.calls) == 2, "it may just be logging in"
    link._timing = replace(timing, stale_s=0.0)
    link.retry_now()
    await until(lambda: link.state.state == "live")
    assert len(fake_ssh.calls) == 3


async def test_an_old_connection_that_answers_ends_the_attempt(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder, replace(QUICK, connect_s=3600.0))
    await link.start()
    pid = await engine_pid(link)
    one_session = children()
    fake_ssh.does("exec sleep 3600")
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: link.state.state == "retrying" and len(fake_ssh.calls) == 2)
    os.kill(pid, signal.SIGCONT)
    await until(lambda: link.state.state == "live")
    assert await engine_pid(link) == pid
    await until(lambda: children() == one_session)


async def test_a_refused_login_waits_for_you_and_each_click_is_one_attempt(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    link = make_link(GPU1)
    await link.start()
    pid = await engine_pid(link)
    # Slowly, so that a click can come in the middle of an attempt.
    fake_ssh.does(f"sleep 0.5; echo '{REFUSED_LOGIN}' >&2; exit 255")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: link.state.state == "needs_you")
    assert link.state.cause == "login"
    assert len(fake_ssh.calls) == 2
    for calls in (3, 4):
        link.retry_now()
        link.retry_now()
        await until(lambda calls=calls: len(fake_ssh.calls) == calls)  # type: ignore[misc]
        link.retry_now()
        await until(lambda: link.state.state == "needs_you")
    link._surroundings_changed()
    await asyncio.sleep(0.3)
    assert link.state.state == "needs_you"
    assert len(fake_ssh.calls) == 4, "neither time nor sleep makes an attempt"
    with pytest.raises(LoginError):
        await link.login_again()


async def test_while_a_login_is_needed_the_old_connection_may_still_come_back(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    link = make_link(GPU1)
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.fails(REFUSED_LOGIN)
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: link.state.state == "needs_you")
    os.kill(pid, signal.SIGCONT)
    await until(lambda: link.state.state == "live")
    assert await engine_pid(link) == pid


async def test_a_server_that_hung_up_is_asked_once_and_then_slowly(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder, replace(QUICK, slow_retry_s=3600.0))
    fake_ssh.does(
        'bash -c "$cmd"\n'
        'echo "Connection to gpu1 closed by remote host." >&2\n'
        "exit 255"
    )  # fmt: skip
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.fails("ssh: connect to host gpu1 port 22: Connection refused\n")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: link.state.next_try_at_s is not None)
    assert link.state.next_try_at_s is not None
    assert link.state.next_try_at_s - time.time() > 1800
    assert link.state.message == "gpu1 closed the connection (job ended?)"
    assert len(fake_ssh.calls) == 2
    lost = next(state for state in recorder.states if state.state == "lost")
    assert lost.message == "gpu1 closed the connection (job ended?)"
    assert lost.cause == "closed"
    fake_ssh.does(GOOD)
    link.retry_now()
    await until(lambda: link.state.state == "live")


async def test_foreign_text_is_named_and_the_link_is_back_at_once(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder)
    await link.start()
    with pytest.raises(SourceDown):
        await link.request("GET", "/noise?LATE NEWS")
    await until(lambda: "retrying" in recorder.names and link.state.state == "live")
    lost = next(state for state in recorder.states if state.state == "lost")
    assert lost.message == ('gpu1: something on the server writes into our stream ("LATE NEWS")')
    assert lost.hint == "check background jobs in ~/.bashrc"
    assert lost.cause == "garbled"
    assert not any(state.next_try_at_s for state in recorder.states), "without a wait"


class StillConnection:
    """A connection over which nothing comes until the test says so."""

    def __init__(self) -> None:
        self.heard_at_s = 0.0
        self.lost: asyncio.Future[SourceDown] = asyncio.get_running_loop().create_future()
        self.pings: list[asyncio.Future[float]] = []

    async def ping(self) -> float:
        answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.pings.append(answer)
        return await answer


async def test_silence_in_sleep_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came meanwhile stands in the pipe: it must be read before anything is called lost."""
    asleep_s = 0.0
    real = time.monotonic
    monkeypatch.setattr("farboard.link.watch.time.monotonic", lambda: real() + asleep_s)
    connection: Any = StillConnection()
    answers: list[float] = []
    timing = replace(QUICK, quiet_s=0.2, lost_s=3600.0, wake_s=3600.0)
    watch = Watch(connection, timing, Wishes(), on_answer=answers.append, on_quiet=lambda: None)
    watching = asyncio.ensure_future(watch.until_silent())
    await until(lambda: len(connection.pings) == 1)
    asleep_s = 7200.0
    # The first wait ends, as it does after sleep; then the answer is read.
    await asyncio.sleep(0.5)
    assert not watching.done()
    connection.pings[0].set_result(0.1)
    await until(lambda: answers == [0.1])
    watching.cancel()
    await asyncio.wait((watching,))
