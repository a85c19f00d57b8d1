"""Links through a real sshd: every promise of the link that a scripted `ssh` cannot prove."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from farboard.errors import (
    ConnectError,
    FarboardError,
    HostKeyError,
    IdentityChangedError,
    LoginError,
    RefusedError,
    RemoteError,
)
from farboard.link import Timing
from farboard.target import parse_target
from tests.link.helpers import Recorder, engine_pid, status, until
from tests.ssh.far import new_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from farboard.link import Link
    from tests.ssh.far import FarMachine, Relay

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

GPU1 = parse_target("gpu1:runs")
IMPATIENT = Timing(ping_s=0.2, quiet_s=0.5, lost_s=1.5, backoff_s=(0.0, 0.2), slow_retry_s=1.0)


async def fails(make_link: MakeLink, kind: type[FarboardError], **options: object) -> FarboardError:
    with pytest.raises(kind) as caught:
        await make_link(GPU1, **options).start()
    assert type(caught.value) is kind
    return caught.value


async def test_cold_start_then_warm_start(far: FarMachine, make_link: MakeLink) -> None:
    far.start()
    cold = Recorder()
    link = make_link(GPU1, cold)
    await link.start()
    answer = await status(link)
    assert answer["engine"]["home"] == str(far.home)
    assert answer["logdir"]["asked"] == "runs"
    assert any("sending the engine to gpu1, once" in state.message for state in cold.states)
    assert await link.close(), "the engine says goodbye"
    (engine,) = far.engines
    assert engine.stat().st_mode & 0o777 == 0o700
    inode = engine.stat().st_ino
    warm = Recorder()
    link = make_link(GPU1, warm)
    await link.start()
    assert (await status(link))["logdir"]["asked"] == "runs"
    assert not any("sending" in state.message for state in warm.states)
    assert await link.close()
    assert [path.stat().st_ino for path in far.engines] == [inode]


async def test_a_killed_connection_comes_back_by_itself(
    far: FarMachine, relay: Relay, make_link: MakeLink
) -> None:
    far.start()
    recorder = Recorder()
    connected: list[int] = []
    link = make_link(GPU1, recorder, IMPATIENT, on_connect=lambda: connected.append(1))
    await link.start()
    first = await engine_pid(link)
    relay.cut()
    await until(lambda: "retrying" in recorder.names and link.state.state == "live", 30)
    assert await engine_pid(link) != first
    assert len(connected) == 2
    assert recorder.names == ["connecting", "live", "lost", "retrying", "live"]
    lost = next(state for state in recorder.states if state.state == "lost")
    assert "gpu1" in lost.message


async def test_an_engine_killed_over_there_is_started_again(
    far: FarMachine, make_link: MakeLink
) -> None:
    far.start()
    link = make_link(GPU1, timing=IMPATIENT)
    await link.start()
    first = await engine_pid(link)
    os.kill(first, signal.SIGKILL)
    await until(lambda: link.state.state != "live", 30)
    assert "gpu1: the reader on the server ended" in link.state.message
    await until(lambda: link.state.state == "live", 30)
    assert await engine_pid(link) != first


async def test_a_short_silence_changes_nothing(
    far: FarMachine, relay: Relay, make_link: MakeLink
) -> None:
    """A network that stands still is lost; when it moves again, the old connection goes on."""
    far.start()
    recorder = Recorder()
    link = make_link(GPU1, recorder, IMPATIENT)
    await link.start()
    first = await engine_pid(link)
    relay.freeze()
    await until(lambda: link.state.state == "retrying", 30)
    assert recorder.names[:4] == ["connecting", "live", "quiet", "lost"]
    relay.thaw()
    await until(lambda: link.state.state == "live", 30)
    assert await engine_pid(link) == first


async def test_an_unknown_host(far: FarMachine, make_link: MakeLink) -> None:
    far.configure_client("HostName no-such-machine.invalid")
    error = await fails(make_link, ConnectError)
    assert 'cannot find a machine called "no-such-machine.invalid"' in error.message


async def test_a_refused_connection(far: FarMachine, make_link: MakeLink) -> None:
    error = await fails(make_link, ConnectError)
    assert f"gpu1 (127.0.0.1 port {far.port}) cannot be reached" in error.message
    assert "Connection refused" in error.message


async def test_a_server_that_never_answers(far: FarMachine, make_link: MakeLink) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        far.configure_client(f"Port {mute.getsockname()[1]}")
        timing = Timing(login_s=1.0, connect_s=0.0, grace_s=0.0)
        link = make_link(GPU1, timing=timing)
        with pytest.raises((RemoteError, ConnectError)):
            await link.start()


async def test_a_refused_login(far: FarMachine, make_link: MakeLink, tmp_path: Path) -> None:
    far.start()
    far.configure_client(f"IdentityFile {new_key(tmp_path / 'other')}")
    (far.directory / "authorized_keys").write_text("")
    error = await fails(make_link, LoginError)
    assert error.message.startswith('gpu1 refused the login as "') or error.message.startswith(
        '127.0.0.1 refused the login as "'
    )
    assert "(tried: publickey)" in error.message
    assert "make that work first" in error.hint


async def test_too_many_keys(far: FarMachine, make_link: MakeLink, tmp_path: Path) -> None:
    far.start("MaxAuthTries 2")
    keys = [f"IdentityFile {new_key(tmp_path / f'key{number}')}" for number in range(4)]
    far.configure_client(*keys)
    error = await fails(make_link, LoginError)
    assert "too many keys" in error.message


async def test_a_changed_host_key(far: FarMachine, make_link: MakeLink, tmp_path: Path) -> None:
    far.start()
    far.trust(new_key(tmp_path / "imposter"))
    said: list[str] = []
    error = await fails(make_link, IdentityChangedError, say=said.append)
    assert "the identity of gpu1 has changed; stopped, nothing was sent" in error.message
    assert any("REMOTE HOST IDENTIFICATION HAS CHANGED" in line for line in said)


async def test_an_unknown_host_key(far: FarMachine, make_link: MakeLink) -> None:
    far.start()
    far.known_hosts.write_text("")
    error = await fails(make_link, HostKeyError)
    assert "the identity of gpu1 was not accepted" in error.message


async def test_a_host_key_that_changes_while_we_are_away(
    far: FarMachine, relay: Relay, make_link: MakeLink, tmp_path: Path
) -> None:
    far.start()
    link = make_link(GPU1, timing=IMPATIENT)
    await link.start()
    far.trust(new_key(tmp_path / "imposter"))
    relay.cut()
    await until(lambda: link.state.state == "needs_you", 30)
    assert "identity" in link.state.message
    seen = relay.connections
    await asyncio.sleep(1.0)
    assert relay.connections == seen, "never hammered"
    far.trust(far.host_key)
    await link.login_again()
    assert link.state.state == "live"


async def test_a_server_that_refuses_early(far: FarMachine, make_link: MakeLink) -> None:
    far.start("MaxStartups 1:100:1")
    with socket.create_connection(("127.0.0.1", far.port)) as waiting:
        assert waiting.recv(100).startswith(b"SSH-2.0")
        error = await fails(make_link, RefusedError)
    assert "gpu1 refuses new connections for now" in error.message


async def test_a_killed_client_leaves_nothing_there(far: FarMachine, make_link: MakeLink) -> None:
    """`FarMachine.stop` looks whether the engine has gone."""
    far.start()
    link = make_link(GPU1)
    await link.start()
    await status(link)
    assert link._session is not None
    os.kill(link._session.child.pid, signal.SIGKILL)
    await until(lambda: link.state.state != "live", 30)
    await link.close()


async def test_large_answers(far: FarMachine, make_link: MakeLink, fake_engine: Path) -> None:
    far.start()
    link = make_link(GPU1, engine=fake_engine)
    await link.start()
    sizes = [20_000_000, 3, 5_000_000]
    responses = [await link.request("GET", f"/zeros?{size}") for size in sizes]
    assert [len(await response.read()) for response in reversed(responses)] == sizes[::-1]
    body = bytes(range(256)) * 8192
    assert await (await link.request("POST", "/echo", body)).read() == body
