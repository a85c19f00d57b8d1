"""What the administrator of a server allows: sshd's settings, each with a real sshd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from farboard.errors import RemoteError
from farboard.link import Timing
from farboard.target import parse_target
from tests.link.helpers import Recorder, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link import Link
    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

GPU1 = parse_target("gpu1:runs")
NO_COMMANDS = "gpu1 does not run commands for you. It said: "
HASTY = Timing(login_s=2.0, connect_s=0.0, grace_s=0.0)


@pytest.fixture
def far(their_machine: FarMachine) -> FarMachine:
    return their_machine


@pytest.mark.parametrize(
    "settings",
    [
        ("AllowTcpForwarding no",),
        ("AllowStreamLocalForwarding no",),
        ("AllowAgentForwarding no", "X11Forwarding no", "PermitTunnel no", "GatewayPorts no"),
        ("DisableForwarding yes",),
        ("PermitTTY no",),
        ("MaxSessions 1",),
        ("Compression no",),
        ("PermitUserEnvironment yes", "AcceptEnv *"),
        ("ClientAliveInterval 1", "ClientAliveCountMax 2"),
        ("RekeyLimit 1M",),
        ('ForceCommand sh -c "$SSH_ORIGINAL_COMMAND"',),
        ('ForceCommand eval "$SSH_ORIGINAL_COMMAND"',),
        ('ForceCommand echo "Logged: you."; exec bash -c "$SSH_ORIGINAL_COMMAND"',),
        ("DisableForwarding yes", "PermitTTY no", "MaxSessions 1", "PermitUserRC no"),
    ],
    ids=" ".join,
)
async def test_settings_that_make_no_difference(
    settings: tuple[str, ...], far: FarMachine, make_link: MakeLink
) -> None:
    far.start(*settings)
    for _ in ("cold", "warm"):
        link = make_link(GPU1)
        await link.start()
        await status(link)
        assert await link.close()
    assert far.log.read_text().count("Accepted publickey") == 2, "one connection for each start"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (
            "ForceCommand internal-sftp",
            NO_COMMANDS + '"This service allows sftp connections only."',
        ),
        (
            "ForceCommand echo This service allows sftp connections only.; exit 1",
            NO_COMMANDS + '"This service allows sftp connections only."',
        ),
        (
            "ForceCommand echo 'No commands here: '$SSH_ORIGINAL_COMMAND",
            NO_COMMANDS + '"No commands here: exec /bin/sh -c ',
        ),
        (
            "ForceCommand echo 'Error: your client does not support PTY' >&2; exit 1",
            NO_COMMANDS + '"Error: your client does not support PTY"',
        ),
        ("ForceCommand true", "gpu1 closed the session before running anything (exit 0)"),
        ("ForceCommand exit 5", "gpu1 does not run commands for you (exit 5)"),
        (
            "ForceCommand kill -9 $$",
            "logged in to gpu1, but the session was ended before anything ran",
        ),
        ("ForceCommand cat", "logged in to gpu1, but the login shell never ran our command"),
        ("MaxSessions 0", "gpu1 opens no session for you (ssh: "),
    ],
)
async def test_servers_that_run_no_commands(
    setting: str, says: str, far: FarMachine, make_link: MakeLink
) -> None:
    far.start(setting)
    with pytest.raises(RemoteError) as caught:
        await make_link(GPU1, timing=HASTY).start()
    assert caught.value.message.startswith(says)


async def test_a_command_that_is_taken_apart_is_quoted(
    far: FarMachine, make_link: MakeLink
) -> None:
    """A wrapper without quotes runs words of ours in another order than we wrote them."""
    far.start("ForceCommand exec $SSH_ORIGINAL_COMMAND")
    with pytest.raises(RemoteError) as caught:
        await make_link(GPU1, timing=HASTY).start()
    assert "gpu1 does not run commands for you. It said: " in caught.value.message


async def test_a_login_that_takes_its_time(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    """A rc file of sshd's (module load, quota) is slow, but ends."""
    account.write(".ssh/rc", "sleep 1; echo quota: fine\n")
    far.start()
    recorder = Recorder()
    link = make_link(GPU1, recorder)
    await link.start()
    await status(link)
    waiting = "logged in to gpu1, waiting for its login shell"
    assert any(state.message == waiting for state in recorder.states)
