"""Names of directories that mean something to a shell, to ssh or to an option parser."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from farboard.target import parse_target
from tests.link.helpers import logdir

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link import Link
    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

NAMES = [
    "with spaces",
    'it\'s a "run"',
    "$HOME `id` \\n ;&|<>!#",
    "-oProxyCommand=x",
    "--help",
    "ünïcödé 曲線 \u202e",
    "{a,b}",
    "new\nline",
    " leading and trailing ",
    "=x %h \t",
    "x" * 255,
]


@pytest.fixture
def far(their_machine: FarMachine) -> FarMachine:
    their_machine.start()
    return their_machine


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh", "tcsh", "fish"])
async def test_names_arrive_as_they_are(
    shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    account.set_shell(shell)
    # Quoting may depend on the shell: there, all that is special comes in one name.
    for name in NAMES if shell == "bash" else ["".join(NAMES[:-1])]:
        account.make_directory(f"in/{name}")
        for path in (f"in/{name}", f"{account.home}/in/{name}"):
            link = make_link(parse_target(f"gpu1:{path}"))
            await link.start()
            found = await logdir(link)
            assert (found["asked"], found["state"]) == (path, "ok")
            assert await link.close()


async def test_names_that_are_expanded_over_there(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.make_directory("in/run [1]")
    account.make_directory("~")
    account.make_directory("-x")
    for path, place in {
        "in/run*": "in/run [1]",
        "in/run ?1?": "in/run [1]",
        "i*/run [[]1]": "in/run [1]",
        "in/run [1]": "in/run [1]",
        "~/in": "in",
        "~": ".",
        "": ".",
        "-x": "-x",
        "./~": "~",
        "in/../in/.": "in",
    }.items():
        link = make_link(parse_target(f"gpu1:{path}"))
        await link.start()
        found = await logdir(link)
        assert found["state"] == "ok", path
        assert (account.home / place).samefile(found["path"]), path
        assert await link.close()
