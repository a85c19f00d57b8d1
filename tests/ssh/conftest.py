"""Links to a real sshd. Skipped, with the reason, where there is none."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link import Link, LinkOptions, LinkState, Timing, bootstrap
from farboard.link.engine import find_engine
from tests.link.conftest import fake_engine, nothing_stays
from tests.ssh.account import Account
from tests.ssh.far import SSHD, FarMachine, Relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from farboard.target import Target

__all__ = ["fake_engine", "nothing_stays"]


@pytest.fixture
def far(tmp_path: Path, nothing_stays: None) -> Iterator[FarMachine]:
    """A far machine; its sshd is started by the test."""
    if SSHD is None:
        pytest.skip("no sshd installed (Debian: openssh-server)")
    machine = FarMachine(tmp_path / "gpu1")
    yield machine
    machine.stop()


@pytest.fixture(scope="session")
def the_account() -> Iterator[Account]:
    """One account for all tests, because making one takes the machine's list of accounts."""
    if os.getuid() != 0:
        pytest.skip("only root can make an account for the tests")
    account = Account()
    yield account
    account.remove()


@pytest.fixture
def account(the_account: Account) -> Iterator[Account]:
    """Another user of this machine with an empty home; afterwards nothing of theirs is left."""
    the_account.reset()
    yield the_account
    the_account.assert_nothing_left()


@pytest.fixture
def their_machine(
    account: Account, nothing_stays: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FarMachine]:
    """A far machine where another user logs in, to run the real engine."""
    if SSHD is None:
        pytest.skip("no sshd installed (Debian: openssh-server)")
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built, and its stand-in is not readable for others")
    monkeypatch.setattr(bootstrap, "SHARED_DIRECTORIES", (str(account.shared),))
    machine = FarMachine(account.base / "gpu1", account=account)
    yield machine
    try:
        machine.stop()
    finally:
        shutil.rmtree(machine.directory)


@pytest.fixture
def jump(tmp_path: Path, far: FarMachine) -> Iterator[FarMachine]:
    """A second far machine, in front of the first."""
    machine = FarMachine(tmp_path / "bastion", "bastion")
    yield machine
    machine.stop()


@pytest.fixture
async def relay(far: FarMachine) -> AsyncIterator[Relay]:
    """A bad network in front of the far machine; `far` is then reached through it."""
    network = Relay(far.port)
    await network.start()
    far.configure_client(f"Port {network.port}", f"HostKeyAlias [127.0.0.1]:{far.port}")
    yield network
    await network.stop()


@pytest.fixture
def engine(fake_engine: Path) -> Path:
    """The real engine where it is built, or else its stand-in."""
    try:
        return find_engine().path
    except FarboardError:
        return fake_engine


@pytest.fixture
async def make_link(far: FarMachine, engine: Path) -> AsyncIterator[Callable[..., Link]]:
    """Makes links to the far machine, and closes them."""
    links: list[Link] = []

    def make(
        target: Target,
        on_state: Callable[[LinkState], None] | None = None,
        timing: Timing | None = None,
        ssh_arguments: tuple[str, ...] | None = None,
        **options: object,
    ) -> Link:
        arguments = far.ssh_arguments if ssh_arguments is None else ssh_arguments
        options.setdefault("engine", engine)
        options.setdefault("say", lambda line: None)
        settings = LinkOptions(
            ssh_arguments=arguments,
            timing=timing or Timing(),
            **options,  # type: ignore[arg-type]
        )
        link = Link(target, settings, on_state)
        links.append(link)
        return link

    yield make
    for link in links:
        await link.close()
