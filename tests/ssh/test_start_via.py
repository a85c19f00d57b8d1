"""`--via` with a real ssh within a real ssh, where the machine between forbids forwarding."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError, SetupError
from farboard.target import parse_target
from tests.link.helpers import status
from tests.ssh.test_start_ways import jump_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link import Link
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow


@pytest.fixture
def way(far: FarMachine, jump: FarMachine) -> str:
    """From here to bastion, and from there to gpu1."""
    far.start()
    jump.start("AllowTcpForwarding no")
    words = ["ssh", *jump.ssh_arguments, "bastion", "ssh", *far.ssh_arguments, "gpu1"]
    return shlex.join(words)


async def test_an_ssh_within_an_ssh(way: str, far: FarMachine, make_link: MakeLink) -> None:
    target = parse_target(":a b/$HOME", via=way)
    assert target.label == "gpu1:a b/$HOME"
    for _ in range(2):
        link = make_link(target, ssh_arguments=())
        await link.start()
        asked = (await status(link))["logdir"]["asked"]
        assert asked == "a b/$HOME"
        assert await link.close()
    assert len(far.engines) == 1


async def test_noise_on_both_machines(
    way: str, far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    far.start_up_file("echo far; read eaten")
    jump.start_up_file("echo near; cat /etc/hosts")
    link = make_link(parse_target(":runs", via=way), ssh_arguments=())
    await link.start()
    assert await link.close()


async def test_a_login_that_is_refused_behind_the_first(
    way: str, far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    (far.directory / "authorized_keys").write_text("")
    link = make_link(parse_target(":runs", via=way), ssh_arguments=())
    with pytest.raises(FarboardError, match="refused the login"):
        await link.start()


async def test_it_is_what_a_jump_host_without_forwarding_is_answered_with(
    way: str, far: FarMachine, jump: FarMachine, make_link: MakeLink
) -> None:
    far.configure_client("ProxyJump bastion", extra=jump_entry(jump))
    with pytest.raises(SetupError) as caught:
        await make_link(parse_target("gpu1:/data/runs")).start()
    assert caught.value.message == "the jump host bastion does not allow forwarding"
    assert caught.value.hint == 'try:  farboard --via "ssh bastion ssh gpu1" :/data/runs'
