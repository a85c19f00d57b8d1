"""A user's ssh configuration in which each thing, and then everything, is in the way."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from farboard.errors import LoginError, SetupError
from farboard.target import parse_target
from tests.link.helpers import status
from tests.ssh.far import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from farboard.link import Link
    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

GPU1 = parse_target("gpu1:runs")
# {busy}: a port somebody holds; {free}: one that nobody holds; {directory}: one of the user's own.
HOSTILE = {
    "a command": ("RemoteCommand tmux",),
    "a terminal": ("RequestTTY force",),
    "a local command": ("PermitLocalCommand yes", "LocalCommand echo in our stream"),
    "a busy forwarding": ("LocalForward {busy} localhost:22", "ExitOnForwardFailure yes"),
    "a forwarding": ("LocalForward {free} localhost:22", "GatewayPorts yes"),
    "a forwarding back": ("RemoteForward {busy} localhost:22", "ExitOnForwardFailure yes"),
    "a proxy": ("DynamicForward {busy}", "ExitOnForwardFailure yes"),
    "a tunnel": ("Tunnel yes", "ExitOnForwardFailure yes"),
    "no session": ("SessionType none",),
    "a subsystem": ("SessionType subsystem",),
    "no input": ("StdinNull yes",),
    "the background": ("ForkAfterAuthentication yes",),
    "sharing": ("ControlMaster auto", "ControlPath {directory}/cm", "ControlPersist 60"),
    "sharing if asked": ("ControlMaster autoask", "ControlPath {directory}/cm"),
    "a place to share": ("ControlMaster yes", "ControlPath {directory}/no/such/place/cm"),
    "an escape": ("EscapeChar ~",),
    "compression": ("Compression yes",),
    "no questions": ("BatchMode yes",),
    "talk": ("LogLevel DEBUG3",),
    "silence": ("LogLevel QUIET",),
    "variables": ("SendEnv *", "SetEnv LC_ALL=C PS1=hello FARBOARD=1"),
    "impatience": ("ServerAliveInterval 1", "ServerAliveCountMax 1", "TCPKeepAlive no"),
    "a picture": ("VisualHostKey yes",),
    "agent and screen": ("ForwardAgent yes", "ForwardX11 yes", "ForwardX11Trusted yes"),
    "an option of elsewhere": ("IgnoreUnknown UseKeychain", "UseKeychain yes"),
    "an option of tomorrow": ("IgnoreUnknown Teleport*", "TeleportNow yes"),
    "a condition": ('Match host gpu1 exec "echo noise; echo noise >&2; cat"', "RequestTTY yes"),
    "a canonical name": ("CanonicalizeHostname yes", "CanonicalizeFallbackLocal yes"),
    "new keys": ("UpdateHostKeys yes", "HashKnownHosts yes", "CheckHostIP yes"),
    "one direction": ("IPQoS none", "AddressFamily inet", "RekeyLimit 1M 1s"),
}


@pytest.fixture
def far(their_machine: FarMachine) -> FarMachine:
    their_machine.start()
    return their_machine


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port that somebody holds."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def filled(settings: tuple[str, ...], busy_port: int, directory: Path) -> list[str]:
    port = free_port()
    return [line.format(busy=busy_port, free=port, directory=directory) for line in settings]


@pytest.mark.parametrize("name", HOSTILE)
async def test_each_setting_that_would_break_other_programs(
    name: str, far: FarMachine, busy_port: int, make_link: MakeLink, tmp_path: Path
) -> None:
    far.configure_client(*filled(HOSTILE[name], busy_port, tmp_path))
    link = make_link(GPU1)
    await link.start()
    await status(link)
    assert not (tmp_path / "cm").exists(), "our ssh must never become the master of others"
    assert await link.close()


async def test_all_of_them_together(
    far: FarMachine, busy_port: int, make_link: MakeLink, tmp_path: Path
) -> None:
    settings = [line for lines in HOSTILE.values() for line in lines]
    # What follows a condition holds only if it is met; what is unknown has to be ignored first.
    settings.sort(key=lambda line: (line.startswith("Match"), not line.startswith("IgnoreUnknown")))
    settings.remove("IgnoreUnknown Teleport*")
    settings.remove("TeleportNow yes")
    far.configure_client(*filled(tuple(settings), busy_port, tmp_path))
    for _ in ("cold", "warm"):
        link = make_link(GPU1)
        await link.start()
        await status(link)
        assert not (tmp_path / "cm").exists()
        assert await link.close()


def test_the_settings_are_hostile_indeed(far: FarMachine, busy_port: int, tmp_path: Path) -> None:
    """Otherwise the tests above prove nothing: each of these breaks a plain `ssh gpu1 true`."""
    for name in ("a command", "a local command", "no session", "a subsystem", "no input"):
        far.configure_client(*filled(HOSTILE[name], busy_port, tmp_path))
        command = ["ssh", *far.ssh_arguments, "gpu1", "cat"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                command, input=b"hello", capture_output=True, check=False, timeout=2
            )
            assert (done.returncode, done.stdout) != (0, b"hello"), name


async def test_a_silent_ssh_still_tells_us_that_the_login_was_refused(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    """Otherwise it would be tried for ever."""
    (far.directory / "authorized_keys").write_text("")
    far.configure_client("LogLevel QUIET", "BatchMode yes")
    with pytest.raises(LoginError) as caught:
        await make_link(GPU1).start()
    assert caught.value.message == f'gpu1 refused the login as "{account.name}" (tried: publickey)'


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("Port many", "line 2: Bad port 'many'."),
        ("IdentitiesOnly perhaps", "line 2: unsupported option"),
        ("Cipher", "line 2: "),
    ],
)
async def test_a_configuration_ssh_does_not_accept_is_quoted(
    setting: str, says: str, far: FarMachine, make_link: MakeLink
) -> None:
    far.configure_client(setting)
    with pytest.raises(SetupError) as caught:
        await make_link(GPU1).start()
    assert caught.value.message.startswith("ssh does not accept its configuration: ")
    assert says in caught.value.message


async def test_a_configuration_that_others_may_write(far: FarMachine, make_link: MakeLink) -> None:
    far.client_config.chmod(0o666)
    link = make_link(GPU1)
    # ssh looks at this only for the user's own file, not for one that is named.
    await link.start()
    await status(link)
