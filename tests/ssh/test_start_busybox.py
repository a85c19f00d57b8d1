"""A machine that has nothing but busybox: no glibc, no Python, not even /proc."""

# ruff: noqa: ASYNC240 - small files on a local disk may hold up a test

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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


@pytest.fixture
def root(account: Account) -> Iterator[Path]:
    """The root directory of such a machine. sshd wants it below directories of root's alone."""
    busybox = shutil.which("busybox")
    if not busybox:
        pytest.skip("busybox is not installed (Debian: busybox-static)")
    if b"dynamically" in subprocess.run(["file", "-L", busybox], capture_output=True).stdout:
        pytest.skip("this busybox is not static (Debian: busybox-static)")
    root = Path(tempfile.mkdtemp(prefix="farboard-busybox-", dir="/run"))
    root.chmod(0o755)
    for name in ("bin", "dev", "etc", "usr", "tmp"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "usr" / "bin").symlink_to("/bin")
    shutil.copy(busybox, root / "bin" / "busybox")
    for name, minor in (("null", 3), ("zero", 5)):
        os.mknod(root / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)
    (root / "etc" / "passwd").write_text(
        f"{account.name}:x:{account.uid}:0::{account.home}:/bin/sh\n"
    )
    subprocess.run(["chroot", str(root), "/bin/busybox", "--install", "-s", "/bin"], check=True)
    home = root / account.home.relative_to("/")
    home.mkdir(parents=True)
    os.chown(home, account.uid, -1)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def far(their_machine: FarMachine, account: Account, root: Path) -> FarMachine:
    account.set_shell("sh")
    their_machine.start(f"ChrootDirectory {root}")
    return their_machine


async def test_cold_start_then_warm_start(
    far: FarMachine, account: Account, root: Path, make_link: MakeLink
) -> None:
    home = root / account.home.relative_to("/")
    (home / "runs").mkdir()
    for number in range(2):
        recorder = Recorder()
        link = make_link(GPU1, recorder)
        await link.start()
        answer = await status(link)
        assert (await logdir(link))["state"] == "ok"
        assert answer["engine"]["user"] == account.name
        assert answer["engine"]["home"] == str(account.home)
        sent = any("sending" in state.message for state in recorder.states)
        assert sent == (number == 0)
        assert await link.close()
    theirs = [path for path in root.rglob("*") if path.is_file() and path.owner() == account.name]
    left = [str(path.relative_to(home)) for path in theirs if path.parent.name != "index"]
    assert [name[:23] for name in left] == [".cache/farboard/engine-"]
