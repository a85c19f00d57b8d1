"""Every login shell, as the real one of an account, with every kind of start-up file."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from farboard.errors import RemoteError
from farboard.link import Timing
from farboard.target import parse_target
from tests.link.helpers import Recorder, engine_pid, logdir, status, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.link import Link
    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

GPU1 = parse_target("gpu1:runs")
HASTY = Timing(login_s=1.0, connect_s=0.5, grace_s=0.5)
# What each reads when it runs a command that comes over ssh; dash reads nothing.
START_UP_FILES = {
    "bash": ".bashrc",
    "zsh": ".zshenv",
    "tcsh": ".tcshrc",
    "fish": ".config/fish/config.fish",
}
# In words that mean the same in all of them.
NOISE = 'echo Welcome; printf "no newline"; sh -c "echo on stderr >&2"\n'


@pytest.fixture
def far(their_machine: FarMachine) -> FarMachine:
    their_machine.start()
    return their_machine


@pytest.fixture
def shell(account: Account, request: pytest.FixtureRequest) -> str:
    """The login shell of the account."""
    name: str = request.param
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    account.set_shell(name)
    return name


every_shell = pytest.mark.parametrize("shell", [*START_UP_FILES, "dash"], indirect=True)
every_shell_that_reads_a_file = pytest.mark.parametrize("shell", START_UP_FILES, indirect=True)


@every_shell
async def test_cold_start_then_warm_start(
    shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.make_directory("runs")
    cold = Recorder()
    link = make_link(GPU1, cold)
    await link.start()
    answer = await status(link)
    assert answer["engine"]["home"] == str(account.home)
    assert answer["engine"]["user"] == account.name
    assert (await logdir(link))["state"] == "ok"
    assert any("sending the engine to gpu1, once" in state.message for state in cold.states)
    assert await link.close()
    (engine,) = account.engines
    before = engine.stat()
    assert (before.st_uid, before.st_mode & 0o777) == (account.uid, 0o700)
    warm = Recorder()
    link = make_link(GPU1, warm)
    await link.start()
    assert (await logdir(link))["state"] == "ok"
    assert not any("sending" in state.message for state in warm.states)
    assert await link.close()
    assert [path.stat().st_ino for path in account.engines] == [before.st_ino]


@every_shell_that_reads_a_file
async def test_noise(shell: str, far: FarMachine, account: Account, make_link: MakeLink) -> None:
    account.write(START_UP_FILES[shell], NOISE)
    assert far.hears() == "Welcome\nno newline", "the file is read"
    said: list[str] = []
    for _ in ("cold", "warm"):
        link = make_link(GPU1, say=said.append)
        await link.start()
        assert (await status(link))["engine"]["home"] == str(account.home)
        assert await link.close()
    assert said == [], "nothing of it is shown"


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
async def test_dash_reads_nothing(
    shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    for name in (".profile", ".shrc"):
        account.write(name, "echo noise; exit 3\n")
    far.stop()
    far.start(f"SetEnv ENV={account.home / '.shrc'}")
    assert far.hears() == ""
    link = make_link(GPU1)
    await link.start()
    await status(link)


@every_shell_that_reads_a_file
async def test_a_file_that_reads_its_input_for_a_while(
    shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    eaten = account.write("eaten", "something")
    account.write(START_UP_FILES[shell], "timeout 0.5 cat >eaten\n")
    link = make_link(GPU1)
    await link.start()
    assert eaten.read_bytes() == b"", "nothing is sent before the far side has spoken"
    await status(link)


@every_shell_that_reads_a_file
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit", "gpu1 closed the session before running anything (exit 0)"),
        ("echo Bye.; exit", 'gpu1 does not run commands for you. It said: "Bye."'),
    ],
)
async def test_files_that_exit(
    script: str, says: str, shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.write(START_UP_FILES[shell], f"{script}\n")
    link = make_link(GPU1)
    if shell in ("fish", "tcsh"):
        # There it ends the file, not the shell.
        await link.start()
        await status(link)
        return
    with pytest.raises(RemoteError) as caught:
        await link.start()
    assert caught.value.message == says


@every_shell_that_reads_a_file
@pytest.mark.parametrize("script", ["cat >/dev/null", "exec sh", "echo Wait.; sleep 30"])
async def test_files_that_never_end(
    script: str, shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.write(START_UP_FILES[shell], f"{script}\n")
    with pytest.raises(RemoteError) as caught:
        await make_link(GPU1, timing=HASTY).start()
    says = "logged in to gpu1, but the login shell never ran our command"
    assert caught.value.message == says
    assert account.engines == []
    if "sleep" in script:
        # sshd ends nothing that does not read its input; the rest ends with the connection.
        account.end("sleep")


@every_shell_that_reads_a_file
async def test_a_background_job_that_writes_late(
    shell: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    late = 'sh -c "until [ -e go ]; do sleep 0.05; done; echo LATE NEWS" &\n'
    file = account.write(START_UP_FILES[shell], late)
    recorder = Recorder()
    link = make_link(GPU1, recorder, Timing(backoff_s=(0.0, 0.2)))
    await link.start()
    first = await engine_pid(link)
    file.write_text("")
    account.write("go", "")
    await until(lambda: "retrying" in recorder.names and link.state.state == "live", 30)
    assert await engine_pid(link) != first
    lost = next(state for state in recorder.states if state.state == "lost")
    assert "something else writes into the stream" in lost.message or "LATE NEWS" in lost.message
    assert "gpu1" in lost.message
    assert "background jobs in ~/.bashrc" in lost.hint
