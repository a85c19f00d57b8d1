"""What another account of the same machine finds, reads and gets run: nothing.

The other account is `nobody`, in child processes; that takes root. All of it happens in a directory
that everybody may enter, with umask 000: what keeps the other account out is what we did.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.hub import running as running_module
from farboard.hub.browser import Redirect
from farboard.hub.running import Running, find_running, remembered
from farboard.link import Link, LinkOptions, bootstrap
from farboard.link.engine import find_engine
from farboard.target import parse_target
from tests.cli.programs import Board, write_run
from tests.link.conftest import nothing_stays
from tests.link.helpers import children
from tests.security.raw import ask_raw, request
from tests.ssh.far import SSHD, FarMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["nothing_stays"]

OTHER = "nobody"
# The interpreter of the tests may stand where others may not go.
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another account"),
    pytest.mark.skipif(PYTHON is None, reason="no python3 that every account may run"),
    pytest.mark.skipif(SSHD is None, reason="no sshd installed (Debian: openssh-server)"),
]

LOOK_AROUND = """
import json, os, sys
seen = []
for root in sys.argv[1:]:
    for directory, _, files in os.walk(root):
        for name in files:
            path = os.path.join(directory, name)
            for mode in ("rb", "r+b"):
                try:
                    open(path, mode).close()
                    seen.append(path)
                except OSError:
                    pass
        if os.access(directory, os.W_OK):
            seen.append(directory)
print(json.dumps(sorted(set(seen))))
"""

READ_PROCESSES = """
import json, os
found = {"cmdline": "", "environ": ""}
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in found:
        try:
            found[name] += open(f"/proc/{pid}/{name}", "rb").read().decode("latin-1") + "\\n"
        except OSError:
            pass
print(json.dumps(found))
"""


def as_other(code: str, *arguments: object) -> str:
    """Runs a piece of Python as the other account; what it prints."""
    account = pwd.getpwnam(OTHER)
    done = subprocess.run(
        [str(PYTHON), "-I", "-c", code, *map(str, arguments)],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        umask=0,
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def may(path: Path) -> list[str]:
    """What the other account can read or write in a directory."""
    found: list[str] = json.loads(as_other(LOOK_AROUND, path))
    return found


@pytest.fixture
def base() -> Iterator[Path]:
    """A directory that everybody may enter, while nobody's umask protects anything."""
    directory = Path(tempfile.mkdtemp(prefix="open-to-all-", dir="/tmp"))
    directory.chmod(0o755)
    before = os.umask(0)
    try:
        yield directory
    finally:
        os.umask(before)
        shutil.rmtree(directory)


@pytest.fixture
def shared(base: Path) -> Path:
    """Such a directory as /tmp is."""
    directory = base / "shared"
    directory.mkdir()
    directory.chmod(0o1777)
    return directory


@pytest.fixture
def far(base: Path, nothing_stays: None) -> Iterator[FarMachine]:
    machine = FarMachine(base / "gpu1")
    machine.start_up_file("umask 000")
    yield machine
    machine.stop()


def test_the_other_account_is_one() -> None:
    assert as_other("import os; print(os.getuid())").strip() == str(pwd.getpwnam(OTHER).pw_uid)


def test_a_board_of_a_far_machine_shows_others_nothing(base: Path, far: FarMachine) -> None:
    far.start()
    write_run(far.home / "runs" / "a")
    (base / "laptop").mkdir()
    board = Board(
        base / "laptop", "-F", str(far.client_config), "gpu1:runs", "--no-open", "--port", "0"
    )
    try:
        api = board.api()
        code = board.wait_for(r"#code=([\w-]+)")[1]
        api.until(lambda entry: (entry["index"] or {}).get("state") == "on")
        engine = int(api.source()["engine"]["pid"])
        assert [path.name for path in far.engines if path.name.startswith("engine-")]
        # On the server: nothing to connect to, nothing to read.
        assert not _named_sockets(engine)
        assert not may(far.cache)
        # On this computer: the note of the running board, its index, its secret.
        assert list((base / "laptop").rglob("hub-*.json"))
        assert not [path for path in may(base / "laptop") if Path(path) != base / "laptop"]
        seen = json.loads(as_other(READ_PROCESSES))
        assert "gpu1:runs" in seen["cmdline"]
        mine = "".join(_own_words(pid) for pid in [board.process.pid, *children(board.process.pid)])
        for secret in (api.secret, code, json.loads(api.ask("/api/code", {}))["code"]):
            assert secret not in seen["cmdline"] + seen["environ"] + mine
        assert ask_raw(api.url, request(api.url)).status == 401
        assert board.end() == 130
    finally:
        board.close()
    assert not list((base / "laptop").rglob("hub-*.json"))


def _named_sockets(pid: int) -> list[str]:
    """The sockets of a process that somebody could connect to, or that have a name."""
    opened = [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {name[len("socket:[") : -1] for name in opened if name.startswith("socket:")}
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6", "unix"):
        path = Path(f"/proc/{pid}/net/{table}")
        rows = path.read_text().splitlines()[1:] if path.exists() else []
        for fields in map(str.split, rows):
            inode = fields[6] if table == "unix" else fields[9]
            if inode in inodes and (table != "unix" or len(fields) > 7):
                found.append(f"{table} {fields}")
    return found


def _own_words(pid: int) -> str:
    """What the process list tells about a process, to whoever may look."""
    try:
        words = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
    except OSError:
        return ""
    return b"".join(words).decode("latin-1")


def test_the_file_that_leads_the_browser_to_the_board_is_for_it_alone(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    redirect = Redirect("http://127.0.0.1:1/#code=x")
    assert redirect.file.is_relative_to(shared)
    assert may(shared) == [str(shared)]
    redirect.remove()
    assert not list(shared.iterdir())


# What another account puts in our way

PLANT = """
import os, sys
directory, name, how, ours = sys.argv[1:5]
program = "#!/bin/sh\\necho ran >>" + sys.argv[5] + "\\necho farboard-engine 0.1.0\\nsleep 5\\n"
if how == "link":
    os.mkdir(directory + "-real")
    os.symlink(directory + "-real", directory)
elif how != "ours":
    os.mkdir(directory)
path = os.path.join(directory, name)
with open(path, "w") as file:
    file.write(program)
os.chmod(path, 0o755)
if how in ("alone", "link"):
    os.chmod(directory, 0o700 if how == "alone" else 0o755)
"""


@pytest.mark.parametrize("how", ["theirs", "alone", "link", "ours"])
@pytest.mark.parametrize("place", ["shared", "cache", "runtime"])
async def test_an_engine_that_others_put_there_is_never_run(
    base: Path, shared: Path, far: FarMachine, monkeypatch: pytest.MonkeyPatch, how: str, place: str
) -> None:
    """In a directory of theirs, behind a link of theirs, and in one of ours that they may write."""
    engine = find_engine()
    ran = base / "ran"
    runtime = base / "runtime"
    runtime.mkdir(mode=0o777)
    monkeypatch.setattr(bootstrap, "SHARED_DIRECTORIES", (str(shared),))
    environment = f"SetEnv HOME={far.home} XDG_CACHE_HOME={far.cache} XDG_RUNTIME_DIR="
    if place == "cache":
        far.cache.mkdir(mode=0o777)
        directory = far.cache / "farboard"
    else:
        far.cache.write_text("no directory")
        directory = shared / "farboard-0" if place == "shared" else runtime / "farboard"
        if place == "runtime":
            environment += str(runtime)
    if how == "ours":
        directory.mkdir(mode=0o777)
    as_other(PLANT, directory, f"engine-{engine.sha256[:32]}", how, directory, ran)
    far.start(environment)
    (far.home / "runs").mkdir()
    (far.home / ".cache").write_text("no directory")
    options = LinkOptions(ssh_arguments=far.ssh_arguments, engine=engine.path)
    link = Link(parse_target("gpu1:runs"), options, lambda _state: None)
    try:
        await link.start()
    except FarboardError as error:  # nowhere left to put it: a sentence that names each place
        assert str(directory) in str(error)  # noqa: PT017
    finally:
        await link.close()
    assert not ran.exists()


def test_a_note_that_others_put_there_leads_nowhere(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    asked: list[int] = []
    monkeypatch.setattr(Running, "new_code", lambda note: asked.append(note.port) or "code")
    directory = shared / f"farboard-{os.getuid()}"
    note = {"pid": os.getpid(), "port": 1, "secret": "x", "targets": ["t"]}
    plant = "import os, sys; os.mkdir(sys.argv[1])"
    write = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    as_other(plant, directory)
    as_other(write, directory / "hub-1.json", json.dumps(note))
    assert find_running(["t"], None) is None
    with remembered(Running(os.getpid(), 1, "secret", ["t"])):
        assert [path.name for path in directory.iterdir()] == ["hub-1.json"]
    shutil.rmtree(directory)
    # One of ours that others may write to is none of ours.
    directory.mkdir(mode=0o777)
    as_other(write, directory / "hub-1.json", json.dumps(note))
    assert find_running(["t"], None) is None
    assert not asked


def test_a_note_whose_port_or_number_somebody_else_took_over_leads_nowhere(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board was killed, and another account's program sits where it was."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared))
    asked: list[int] = []
    monkeypatch.setattr(Running, "new_code", lambda note: asked.append(note.port) or "code")
    account = pwd.getpwnam(OTHER)
    listen = (
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
        "print(s.getsockname()[1], flush=True); s.accept()"
    )
    other = subprocess.Popen(
        [str(PYTHON), "-I", "-c", listen],
        user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", env={},
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        for pid in (other.pid, os.getpid()):
            with remembered(Running(pid, port, "secret", ["t"])):
                assert find_running(["t"], None) is None, pid
        assert not asked
    finally:
        other.kill()
        other.wait()
        other.stdout.close()


def test_an_index_that_others_may_write_to_is_not_used(base: Path, nothing_stays: None) -> None:
    plant = "import os, sys; os.makedirs(sys.argv[1])"
    for name, owner in (("theirs", OTHER), ("ours", "")):
        cache = base / name
        (cache / "farboard").mkdir(parents=True)
        if owner:
            as_other(plant, cache / "farboard" / "index")
        else:
            (cache / "farboard" / "index").mkdir(mode=0o777)
        write_run(base / name / "runs" / "a")
        board = Board(cache, str(base / name / "runs"), "--no-open", "--port", "0")
        try:
            entry = board.api().until(lambda entry: (entry["load"] or {}).get("state") == "live")
            assert entry["index"]["state"] == "unwritable"
            assert not list((cache / "farboard" / "index").iterdir())
            assert board.end() == 130
        finally:
            board.close()


def test_the_note_of_a_board_is_made_and_found_by_its_own_user(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counterpart of the tests above: they do not pass because nothing is ever found."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared))
    monkeypatch.setattr(Running, "new_code", lambda _note: "code")
    monkeypatch.setattr(running_module, "find_holder", lambda _port: None)
    note = Running(os.getpid(), 1, "secret", ["t"])
    with remembered(note):
        assert find_running(["t"], None) == (note, "code")
        assert not [path for path in may(shared) if path != str(shared)]
