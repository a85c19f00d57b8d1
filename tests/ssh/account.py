"""A Unix account made for the tests: another user of this machine, with any login shell."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# Directories everybody may write to: an account that leaves something leaves it here or at home.
_SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run")
# What a shell leaves in the home of whoever runs it.
_OF_SHELLS = (".config/fish/", ".local/share/fish/", ".cache/fish/")
_IS_LOCKED = 1
_GONE_S = 10.0


class Account:
    """Somebody else on this machine. Only root can make one.

    Attributes:
        base: a directory everybody may look into, for what belongs to the account's machine.
        home: empty, until a test writes there.
        cache: where an engine is kept by default.
        shared: stands for the directories everybody may write to and an engine may be kept in.
    """

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="farboard-account-"))
        self.base.chmod(0o755)
        self.home = self.base / "home"
        self.cache = self.home / ".cache"
        self.shared = self.base / "shared"
        self.name = f"fb-{secrets.token_hex(6)}"
        self._ours: set[Path] = set()
        self._change(
            "useradd", "--system", "--no-create-home", "--no-user-group",
            "--home-dir", str(self.home), "--password", "*", self.name,
        )  # fmt: skip
        identify = ["id", "-u", self.name]
        self.uid = int(subprocess.run(identify, capture_output=True, check=True).stdout)

    def reset(self, shell: str = "bash") -> None:
        """Begins anew: an empty home, and a login shell."""
        self._end_all()
        for directory in (self.home, self.shared):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
        self.shared.chmod(0o1777)
        os.chown(self.home, self.uid, -1)
        self._ours.clear()
        self.set_shell(shell)

    def set_shell(self, shell: str) -> None:
        """Makes a program the login shell."""
        path = shutil.which(shell, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert path, f"{shell} is not installed"
        self._change("usermod", "--shell", path, self.name)

    def set_password(self, password: str) -> None:
        """Makes it possible to log in with a password."""
        hashing = ["openssl", "passwd", "-6", "-stdin"]
        hashed = subprocess.run(
            hashing, input=password, capture_output=True, text=True, check=True
        ).stdout.strip()
        self._change("usermod", "--password", hashed, self.name)

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the account's own below its home."""
        path = self.home / name
        self.make_directory(str(Path(name).parent))
        path.write_text(text)
        os.chown(path, self.uid, -1)
        self._ours.add(path)
        return path

    def make_directory(self, name: str) -> Path:
        """Makes a directory of the account's own below its home."""
        path = self.home
        for part in Path(name).parts:
            path /= part
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                os.chown(path, self.uid, -1)
        return path

    @property
    def processes(self) -> list[int]:
        """The ids of all its living processes."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
                if entry.stat().st_uid == self.uid and not dead:
                    found.append(int(entry.name))
        return found

    @property
    def engines(self) -> list[Path]:
        """The engines kept in the usual place."""
        return sorted(self.cache.glob("farboard/engine-*"))

    @property
    def left_files(self) -> list[str]:
        """All it has left, but what tests and shells wrote, the cached engine and the index."""
        files = [path for path in self.home.rglob("*") if not path.is_dir()]
        here = [str(path.relative_to(self.home)) for path in files if path not in self._ours]
        left = [
            name
            for name in here
            if not name.startswith((".cache/farboard/engine-", ".cache/farboard/index/"))
            and not name.startswith(_OF_SHELLS)
        ]
        left += [str(path) for path in self.shared.rglob("*/*") if not _is_engine(path)]
        for directory in _SHARED:
            for path in Path(directory).iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if path.lstat().st_uid == self.uid:
                        left.append(str(path))
        return left

    def assert_nothing_left(self) -> None:
        """No process of the account is alive, and no file is left but the engine and its index."""
        deadline = time.monotonic() + _GONE_S
        while (left := self.processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        names = [_command(pid) for pid in left]
        self._end_all()
        assert names == [], "something is left running on the far side"
        assert self.left_files == []

    def end(self, program: str) -> None:
        """Ends a program that a start-up file has begun."""
        for pid in self.processes:
            if _command(pid).startswith(f"{program} "):
                os.kill(pid, signal.SIGKILL)

    def remove_shared(self) -> None:
        """Removes the engine that was kept in a directory everybody may write to."""
        for directory in _SHARED:
            shutil.rmtree(Path(directory) / f"farboard-{self.uid}", ignore_errors=True)

    def remove(self) -> None:
        """Takes the account away, with all it has."""
        self._end_all()
        self._change("userdel", self.name)
        shutil.rmtree(self.base)

    def _end_all(self) -> None:
        while left := self.processes:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)

    def _change(self, *command: str) -> None:
        """Runs a program that changes the list of accounts, which somebody may just be changing."""
        deadline = time.monotonic() + 30
        while True:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != _IS_LOCKED or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert done.returncode == 0, done.stderr


def _is_engine(path: Path) -> bool:
    return path.name.startswith("engine-") and path.parent.name.startswith("farboard-")


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
