"""The ways to a far machine: jump hosts, proxies, and connections another ssh holds open."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError, LoginError, SetupError, SourceDown
from farboard.link import Timing
from farboard.target import parse_target
from tests.link.helpers import status, until
from tests.ssh.far import SSHD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from farboard.link import Link
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

GPU1 = parse_target("gpu1:runs")


async def fails(make_link: MakeLink, kind: type[FarboardError], **options: object) -> FarboardError:
    with pytest.raises(kind) as caught:
        await make_link(GPU1, **options).start()
    assert type(caught.value) is kind
    return caught.value


def jump_entry(jump: FarMachine) -> str:
    return (
        f"Host bastion\nHostName 127.0.0.1\nPort {jump.port}\n"
        f"IdentityFile {jump.client_key}\nUserKnownHostsFile {jump.known_hosts}"
    )


async def test_port_and_key_can_be_given(
    far: FarMachine, make_link: MakeLink, tmp_path: Path
) -> None:
    far.start()
    far.configure_client("Port 9", "IdentityFile /nowhere")
    key = ("-i", str(far.client_key))
    link = make_link(GPU1, ssh_arguments=(*far.ssh_arguments, "-p", str(far.port), *key))
    await link.start()
    await status(link)
    target = parse_target(f"ssh://gpu1:{far.port}/tmp")
    link = make_link(target, ssh_arguments=(*far.ssh_arguments, *key))
    await link.start()
    assert (await status(link))["logdir"]["asked"] == "/tmp"
    options = ("-o", f"Port={far.port}", "-o", f"IdentityFile={far.client_key}")
    link = make_link(GPU1, ssh_arguments=(*far.ssh_arguments, *options))
    await link.start()
    await status(link)


async def test_through_a_jump_host(far: FarMachine, jump: FarMachine, make_link: MakeLink) -> None:
    far.start()
    jump.start()
    far.configure_client(extra=jump_entry(jump))
    link = make_link(GPU1, ssh_arguments=(*far.ssh_arguments, "-J", "bastion"))
    await link.start()
    await status(link)
    assert "Accepted publickey" in jump.log.read_text()
    assert jump.engines == []
    assert await link.close()


async def test_a_jump_host_that_forbids_forwarding(
    far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    far.start()
    jump.start("AllowTcpForwarding no")
    far.configure_client("ProxyJump bastion", extra=jump_entry(jump))
    error = await fails(make_link, SetupError)
    assert error.message == "the jump host bastion does not allow forwarding"


async def test_a_jump_host_that_refuses_the_login(
    far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    far.start()
    jump.start("PubkeyAuthentication no", "PasswordAuthentication yes")
    far.configure_client("ProxyJump bastion", "BatchMode yes", extra=jump_entry(jump))
    error = await fails(make_link, LoginError)
    assert "refused the login" in error.message


async def test_one_of_two_jump_hosts_forbids_forwarding(
    far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    far.start()
    jump.start("AllowTcpForwarding no")
    far.configure_client("ProxyJump bastion,bastion", extra=jump_entry(jump))
    error = await fails(make_link, SetupError)
    assert error.message == "one of the jump hosts bastion,bastion does not allow forwarding"


async def test_through_a_proxy_command(
    far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    far.start()
    jump.start()
    proxy = f"ssh -F {far.client_config} -W %h:%p bastion"
    far.configure_client(f"ProxyCommand {proxy}", extra=jump_entry(jump))
    link = make_link(GPU1)
    await link.start()
    await status(link)
    assert await link.close()


async def test_through_a_proxy_command_that_is_the_server_itself(
    far: FarMachine, make_link: MakeLink
) -> None:
    """No port at all, as with the tunnels of cloud providers."""
    far.start()
    config = far.directory / "sshd_config"
    far.configure_client(f"ProxyCommand {SSHD} -i -f {config} -E {far.directory / 'proxied'}")
    link = make_link(GPU1)
    await link.start()
    await status(link)
    assert await link.close()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("no-such-tunnel %h", "no-such-tunnel"),
        # ssh ends its proxy as soon as it hears nothing: it has to have spoken before.
        (
            "sh -c 'echo expired: log in to the cloud again >&2; sleep 0.5; exit 1'",
            "log in to the cloud again",
        ),
    ],
)
async def test_a_proxy_command_that_fails_is_quoted(
    command: str, says: str, far: FarMachine, make_link: MakeLink
) -> None:
    far.configure_client(f"ProxyCommand {command}")
    with pytest.raises(FarboardError) as caught:
        await make_link(GPU1).start()
    assert says in caught.value.message
    assert caught.value.exit_code == 3


async def test_a_shared_connection_is_used_when_there_is_one(
    far: FarMachine, make_link: MakeLink, tmp_path: Path
) -> None:
    far.start()
    control = tmp_path / "cm"
    far.configure_client(f"ControlPath {control}")
    master = await asyncio.create_subprocess_exec("ssh", *far.ssh_arguments, "-MN", "gpu1")
    try:
        await until(control.exists)
        link = make_link(GPU1)
        await link.start()
        await status(link)
        assert await link.close()
        assert far.log.read_text().count("Accepted publickey") == 1
    finally:
        master.terminate()
        await master.wait()


async def test_a_shared_connection_that_hangs_is_passed_by(
    far: FarMachine, make_link: MakeLink, tmp_path: Path
) -> None:
    far.start()
    control = tmp_path / "cm"
    far.configure_client(f"ControlPath {control}")
    master = await asyncio.create_subprocess_exec("ssh", *far.ssh_arguments, "-MN", "gpu1")
    said: list[str] = []
    try:
        await until(control.exists)
        master.send_signal(signal.SIGSTOP)
        link = make_link(GPU1, timing=Timing(touch_s=0.2, shared_s=0.5), say=said.append)
        await link.start()
        await status(link)
        assert await link.close()
    finally:
        master.send_signal(signal.SIGCONT)
        master.terminate()
        await master.wait()
    assert any("the shared ssh connection" in line for line in said)


async def test_closing_while_a_jump_host_is_mute_leaves_nothing(
    far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    """The ssh of a jump host does not end with the ssh that started it."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        entry = f"Host bastion\nHostName 127.0.0.1\nPort {mute.getsockname()[1]}"
        far.configure_client("ProxyJump bastion", extra=entry)
        link = make_link(GPU1)
        start = asyncio.ensure_future(link.start())
        mute.setblocking(False)
        connection, _ = await asyncio.get_running_loop().sock_accept(mute)
        await link.close()
        with pytest.raises(SourceDown, match="was closed"):
            await start
        connection.close()


@contextlib.asynccontextmanager
async def shared_connection(
    far: FarMachine, control: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A connection that another ssh holds open."""
    far.configure_client(f"ControlPath {control}")
    master = await asyncio.create_subprocess_exec("ssh", *far.ssh_arguments, "-MN", "gpu1")
    try:
        await until(control.exists)
        yield master
    finally:
        if master.returncode is None:
            master.send_signal(signal.SIGCONT)
            master.terminate()
        await master.wait()


async def test_a_shared_connection_that_is_full_is_passed_by(
    far: FarMachine, make_link: MakeLink, tmp_path: Path
) -> None:
    """`MaxSessions 1`, and its one session is taken: ssh makes a connection of its own."""
    far.start("MaxSessions 1")
    async with shared_connection(far, tmp_path / "cm"):
        holder = await asyncio.create_subprocess_exec(
            "ssh", *far.ssh_arguments, "gpu1", "echo here; cat",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert holder.stdout
        assert await holder.stdout.readline() == b"here\n"
        link = make_link(GPU1)
        await link.start()
        await status(link)
        assert await link.close()
        await holder.communicate(b"")
    assert far.log.read_text().count("Accepted publickey") == 2


async def test_the_socket_of_a_shared_connection_that_is_gone(
    far: FarMachine, make_link: MakeLink, tmp_path: Path
) -> None:
    far.start()
    control = tmp_path / "cm"
    async with shared_connection(far, control) as master:
        master.kill()
        await master.wait()
    assert control.exists(), "it is still there, but nobody listens"
    link = make_link(GPU1)
    await link.start()
    await status(link)
    assert await link.close()
