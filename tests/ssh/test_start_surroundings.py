"""What the far machine is like: its tools, disks, modes, environment and greetings."""

# ruff: noqa: ASYNC240 - small files on a local disk may hold up a test

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from farboard.errors import RemoteError
from farboard.link import bootstrap
from farboard.target import parse_target
from tests.link.helpers import Recorder, logdir, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from farboard.link import Link
    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    MakeLink = Callable[..., Link]

pytestmark = pytest.mark.slow

GPU1 = parse_target("gpu1:runs")
# All that the start needs of a machine beside its shell.
TOOLS = "cat chmod find gzip head id ls mkdir mv rm sha256sum touch uname wc"


@pytest.fixture
def far(their_machine: FarMachine) -> FarMachine:
    their_machine.start()
    return their_machine


@pytest.fixture
def disk(account: Account) -> Iterator[Callable[[str], None]]:
    """Puts a file system of some options in place of the home."""
    mounted = False

    def mount(options: str) -> None:
        nonlocal mounted
        options = f"{options},mode=700,uid={account.uid}"
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(account.home)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here")
        mounted = True

    yield mount
    if mounted:
        subprocess.run(["umount", "--lazy", str(account.home)], check=True)


async def starts_twice(make_link: MakeLink, far: FarMachine) -> None:
    """Cold, and then warm: wherever the engine was put, it is found there."""
    for number in range(2):
        recorder = Recorder()
        link = make_link(GPU1, recorder)
        await link.start()
        assert (await status(link))["logdir"]["asked"] == "runs"
        sent = any("sending" in state.message for state in recorder.states)
        assert sent == (number == 0)
        assert await link.close()


def kept_in(directory: Path) -> list[str]:
    return [path.name[:7] for path in directory.glob("*") if path.is_file()]


def shared(account: Account) -> Path:
    return account.shared / f"farboard-{account.uid}"


async def test_nothing_but_a_shell_and_some_tools(
    far: FarMachine, account: Account, make_link: MakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No Python, no Perl, no curl, no tar: a PATH on which there is only what is named here."""
    tools = account.make_directory("bin")
    for tool in TOOLS.split():
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    monkeypatch.setattr(bootstrap, "_BOOT", bootstrap._BOOT.replace("/usr/bin:/bin", str(tools)))
    account.write(".bashrc", f"PATH={tools}\ncommand -v python3 python perl && exit 1\n")
    await starts_twice(make_link, far)
    for tool in tools.iterdir():
        tool.unlink()


async def test_a_banner_of_pages_and_a_message_of_the_day(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    far.stop()
    banner = far.directory / "banner"
    banner.write_text("Authorised users only. Permission denied (by law) to all others.\n" * 500)
    far.start(f"Banner {banner}", "PrintMotd yes")
    said: list[str] = []
    link = make_link(GPU1, say=said.append)
    await link.start()
    await status(link)


@pytest.mark.parametrize("umask", ["000", "077", "777"])
async def test_umask(umask: str, far: FarMachine, account: Account, make_link: MakeLink) -> None:
    account.write(".bashrc", f"umask {umask}\n")
    account.write("runs/x.txt", "")
    await starts_twice(make_link, far)
    (engine,) = account.engines
    assert engine.stat().st_mode & 0o777 == 0o700
    for path in account.cache.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is for others to see"


async def test_a_home_that_cannot_be_written(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.home.chmod(0o555)
    await starts_twice(make_link, far)
    assert kept_in(shared(account)) == ["engine-"]
    assert list(account.home.iterdir()) == []


async def test_a_home_on_a_read_only_disk(
    far: FarMachine, account: Account, disk: Callable[[str], None], make_link: MakeLink
) -> None:
    disk("ro")
    await starts_twice(make_link, far)
    assert kept_in(shared(account)) == ["engine-"]


async def test_a_home_on_a_full_disk(
    far: FarMachine, account: Account, disk: Callable[[str], None], make_link: MakeLink
) -> None:
    disk("size=1m")
    await starts_twice(make_link, far)
    assert kept_in(shared(account)) == ["engine-"]
    assert kept_in(account.cache / "farboard") == [], "no half of an engine is left"


async def test_a_home_that_runs_no_programs(
    far: FarMachine, account: Account, disk: Callable[[str], None], make_link: MakeLink
) -> None:
    disk("noexec")
    await starts_twice(make_link, far)
    assert kept_in(shared(account)) == ["engine-"]
    assert kept_in(account.cache / "farboard") == []


async def test_no_directory_will_do(
    far: FarMachine, account: Account, disk: Callable[[str], None], make_link: MakeLink
) -> None:
    disk("noexec")
    account.shared.chmod(0o755)
    await starts_from_memory(make_link)
    assert kept_in(account.cache / "farboard") == []
    assert kept_in(shared(account)) == []


async def starts_from_memory(make_link: MakeLink) -> None:
    link = make_link(GPU1)
    await link.start()
    pid = (await status(link))["engine"]["pid"]
    assert str(Path(f"/proc/{pid}/exe").readlink()).startswith("/memfd:farboard-engine")
    assert await link.close()


async def test_a_home_that_does_not_exist(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.home.rmdir()
    try:
        await starts_twice(make_link, far)
    finally:
        account.home.mkdir()
    assert kept_in(shared(account)) == ["engine-"]


@pytest.mark.parametrize("script", ["unset HOME", "HOME=", "HOME=relative", "XDG_CACHE_HOME=x"])
async def test_no_home_is_named(
    script: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.write(".bashrc", f"export HOME\n{script}\n")
    await starts_twice(make_link, far)
    assert [path for path in account.home.rglob("engine-*") if path not in account.engines] == []


async def test_directories_of_the_users_own(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    cache, runtime = account.make_directory("my cache"), account.make_directory("run time")
    account.write(".bashrc", f"export XDG_CACHE_HOME='{cache}' XDG_RUNTIME_DIR='{runtime}'\n")
    await starts_twice(make_link, far)
    assert kept_in(cache / "farboard") == ["engine-"]
    (cache / "farboard").rename(runtime / "farboard")
    cache.chmod(0o555)
    link = make_link(GPU1)
    await link.start()
    await status(link)
    assert await link.close()
    assert kept_in(cache) == []
    for path in runtime.rglob("*"):
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "tr_TR.UTF-8", "no_SUCH.thing"])
async def test_locales(locale: str, far: FarMachine, account: Account, make_link: MakeLink) -> None:
    far.stop()
    far.start(f"SetEnv LC_ALL={locale} LANG={locale} LANGUAGE={locale}")
    account.make_directory("rüns 曲線")
    link = make_link(parse_target("gpu1:rüns 曲線"))
    await link.start()
    assert (await logdir(link))["state"] == "ok"


@pytest.mark.parametrize(
    "environment",
    ["BASH_ENV=/nowhere ENV=/nowhere", "POSIXLY_CORRECT=1", "GZIP=-9", "TMPDIR=/nowhere", "IFS=o"],
)
async def test_environments(
    environment: str, far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    far.stop()
    far.start(f"SetEnv {environment}")
    await starts_twice(make_link, far)


async def test_an_account_without_a_shell(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    account.set_shell("nologin")
    with pytest.raises(RemoteError) as caught:
        await make_link(GPU1).start()
    assert caught.value.message == (
        'gpu1 does not run commands for you. It said: "This account is currently not available."'
    )


async def test_processors_are_left_to_others(
    far: FarMachine, account: Account, make_link: MakeLink
) -> None:
    link = make_link(GPU1)
    await link.start()
    pid = (await status(link))["engine"]["pid"]
    assert os.getpriority(os.PRIO_PROCESS, pid) == 10
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    assert len(threads) <= 8, "two that read, and those that wait"
