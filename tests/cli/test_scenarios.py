"""Scenarios 1 to 22 of what can go wrong at the start: what the program says, and its exit code.

With a real sshd; where none can be brought to behave like this, with a scripted `ssh`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.cli.programs import PROGRAM, Board, environment, write_run
from tests.link.conftest import fake_ssh
from tests.link.helpers import children
from tests.ssh.conftest import account, far, jump, nothing_stays, the_account, their_machine
from tests.ssh.far import new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.link.helpers import FakeSsh
    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    Start = Callable[..., Board]

__all__ = [
    "account",
    "fake_ssh",
    "far",
    "jump",
    "nothing_stays",
    "the_account",
    "their_machine",
]  # fixtures

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def _engine() -> None:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a board that opens no browser; it is ended with Ctrl-C."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: object, in_terminal: bool = False) -> Board:
            texts = [str(argument) for argument in arguments]
            board = Board(tmp_path, *texts, "--no-open", "--port", "0", in_terminal=in_terminal)
            stack.callback(board.close)
            return board

        yield start


def fails(
    tmp_path: Path, target: str, *arguments: object, machine: FarMachine | None = None
) -> tuple[int, str]:
    """What `farboard TARGET` says and returns when it cannot show it."""
    ssh = machine.ssh_arguments if machine else ()
    command = [*PROGRAM, target, "--no-open", "--port", "0", *ssh, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(tmp_path), timeout=100, check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def shows_quietly(start: Start, target: str, machine: FarMachine, *arguments: object) -> Board:
    """A board that has nothing to say about the way there."""
    board = start(target, *machine.ssh_arguments, *arguments)
    board.wait_for("Ctrl-C stops")
    first, *rest = board.said.splitlines()
    assert first.startswith("Farboard ")
    assert len(rest) == 2, board.said
    return board


def ends(board: Board, machine: str = "gpu1") -> None:
    assert board.end() == 130
    assert board.said.splitlines()[-1] == f"Stopped. Nothing is left running on {machine}."


def test_1_the_name_is_wrong(tmp_path: Path) -> None:
    assert fails(tmp_path, "gpu01.invalid:runs") == (
        3,
        (
            'farboard: cannot find a machine called "gpu01.invalid" '
            "(ssh: Could not resolve hostname)\n"
            "hint: check the name or your network\n"
        ),
    )


def test_2_the_server_does_not_answer(tmp_path: Path, fake_ssh: FakeSsh) -> None:
    fake_ssh.fails("ssh: connect to host 10.2.3.4 port 22: Connection timed out\r\n")
    assert fails(tmp_path, "gpu1:runs") == (
        3,
        "farboard: gpu1 (10.2.3.4 port 22) does not answer\nhint: VPN? Is it switched on?\n",
    )


def test_2_something_listens_but_says_nothing(tmp_path: Path, far: FarMachine) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        far.configure_client(f"Port {mute.getsockname()[1]}")
        timeout = ("-o", "ConnectTimeout=1")
        code, said = fails(tmp_path, "gpu1:runs", *timeout, machine=far)
    assert (code, said) == (
        3,
        "farboard: gpu1 does not answer\nhint: VPN? Is it switched on?\n",
    )


def test_2_nobody_listens(tmp_path: Path, far: FarMachine) -> None:
    assert fails(tmp_path, "gpu1:runs", machine=far) == (
        3,
        (
            f"farboard: gpu1 (127.0.0.1 port {far.port}) cannot be reached "
            "(ssh: Connection refused)\n"
            "hint: check the port, or whether its ssh server runs\n"
        ),
    )


def test_4_the_login_is_refused(tmp_path: Path, far: FarMachine) -> None:
    far.start("LogLevel VERBOSE")
    far.configure_client("User root", f"IdentityFile {new_key(tmp_path / 'other')}")
    (far.directory / "authorized_keys").write_text("")
    assert fails(tmp_path, "gpu1:runs", machine=far) == (
        3,
        (
            'farboard: gpu1 refused the login as "root" (tried: publickey)\n'
            "hint: the same as:  ssh gpu1   - make that work first\n"
        ),
    )
    assert far.log.read_text().count("Connection from") == 1, "no second attempt"


def test_5_the_host_key_is_another(tmp_path: Path, far: FarMachine) -> None:
    far.start()
    far.trust(new_key(tmp_path / "imposter"))
    code, said = fails(tmp_path, "gpu1:runs", machine=far)
    assert code == 3
    assert "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n" in said
    assert "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\n" in said
    *_, message, hint = said.splitlines()
    assert message == ("farboard: the identity of gpu1 has changed; stopped, nothing was sent")
    assert hint.endswith("remove the old key:  ssh-keygen -R gpu1")


def test_6_the_directory_is_missing(tmp_path: Path, far: FarMachine) -> None:
    far.start()
    for name in ("data/run", "data/runs2", "data/other"):
        (far.home / name).mkdir(parents=True)
    data = far.home / "data"
    code, said = fails(tmp_path, f"gpu1:{data}/runs", machine=far)
    assert code == 5
    assert said == (
        f"farboard: gpu1 has no {data}/runs (logged in as root, home {far.home})\n"
        f"hint: closest: {data}/run, {data}/runs2\n"
    )


def test_6_one_of_several_is_missing(far: FarMachine, start: Start) -> None:
    far.start()
    write_run(far.home / "runs" / "a")
    board = start("gpu1:runs", "gpu1:nothing", *far.ssh_arguments)
    board.wait_for("Ctrl-C stops")
    board.wait_for(r"farboard: gpu1 has no .*/nothing \(logged in as ")
    ends(board)


def test_7_the_directory_may_not_be_read(
    tmp_path: Path, their_machine: FarMachine, account: Account
) -> None:
    their_machine.start()
    secret = account.home / "secret"
    secret.mkdir(mode=0o700)
    code, said = fails(tmp_path, f"gpu1:{secret}", machine=their_machine)
    assert (code, said) == (
        5,
        (
            f'farboard: {secret} exists but "{account.name}" may not read it '
            "(Permission denied (os error 13))\n"
        ),
    )
    secret.rmdir()


def test_8_there_is_nothing_yet(far: FarMachine, start: Start) -> None:
    far.start()
    (far.home / "runs").mkdir()
    board = shows_quietly(start, "gpu1:runs", far)
    api = board.api()
    api.until(lambda entry: entry["logdir"] and entry["logdir"]["state"] == "ok")
    write_run(far.home / "runs" / "a")
    api.until(lambda entry: entry["load"]["points"] == 10)
    ends(board)


def test_9_start_up_files_print_things(
    their_machine: FarMachine, account: Account, start: Start
) -> None:
    their_machine.start()
    account.make_directory("runs")
    account.write(".bashrc", "echo Welcome; printf 'no newline'; echo Loading modules >&2\n")
    ends(shows_quietly(start, "gpu1:runs", their_machine))


def test_10_a_start_up_file_takes_over(
    tmp_path: Path, their_machine: FarMachine, account: Account
) -> None:
    """After 15 seconds, although it has said nothing: ssh tells that the login is over."""
    their_machine.start()
    account.write(".bashrc", "exec sh\n")
    assert fails(tmp_path, "gpu1:runs", machine=their_machine) == (
        6,
        (
            "farboard: logged in to gpu1, but the login shell never ran our command\n"
            "hint: usual cause: ~/.bashrc starts another shell or waits for input; "
            "test:  ssh gpu1 true\n"
        ),
    )


def test_11_a_start_up_file_exits(
    tmp_path: Path, their_machine: FarMachine, account: Account
) -> None:
    their_machine.start()
    account.write(".bashrc", "[ -t 0 ] || exit 0\n")
    assert fails(tmp_path, "gpu1:runs", machine=their_machine) == (
        6,
        (
            "farboard: gpu1 closed the session before running anything (exit 0)\n"
            'hint: a start-up file probably ends with "exit" for non-interactive shells\n'
        ),
    )


def test_12_no_engine_for_that_platform(
    tmp_path: Path, their_machine: FarMachine, account: Account
) -> None:
    their_machine.start()
    account.write("bin/uname", "#!/bin/sh\necho Linux ppc64le\n").chmod(0o755)
    account.write(".bashrc", "PATH=~/bin:$PATH\n")
    code, said = fails(tmp_path, "gpu1:runs", machine=their_machine)
    assert code == 6
    assert said.startswith("farboard: gpu1 is Linux ppc64le; this Farboard carries engines for ")
    assert "--engine PATH" in said


def test_13_the_home_cannot_be_written(
    their_machine: FarMachine, account: Account, start: Start
) -> None:
    their_machine.start()
    account.home.chmod(0o555)
    try:
        board = start("gpu1:", *their_machine.ssh_arguments)
        board.wait_for("Ctrl-C stops")
        # That the index cannot be kept is worth a line, since memory pays for it; nothing else is.
        first, second, *rest = board.said.splitlines()
        assert first.startswith("gpu1:: no index is kept")
        assert second.startswith("Farboard ")
        assert len(rest) == 2
        ends(board)
        kept = [Path(place) / f"farboard-{account.uid}" for place in ("/dev/shm", "/var/tmp")]
        assert any(list(directory.glob("engine-*")) for directory in kept)
    finally:
        account.remove_shared()


def test_14_forwarding_and_sessions_are_limited(far: FarMachine, start: Start) -> None:
    far.start("DisableForwarding yes", "MaxSessions 1", "PermitTTY no")
    (far.home / "runs").mkdir()
    ends(shows_quietly(start, "gpu1:runs", far))


@pytest.mark.parametrize(
    ("command", "says", "hint"),
    [
        ("internal-sftp", "This service allows sftp connections only.", "test:  ssh gpu1 true"),
        (
            "echo Error: Your SSH client does not support PTY; exit 1",
            "Error: Your SSH client does not support PTY",
            "use the provider's direct TCP ssh address",
        ),
    ],
)
def test_15_it_runs_no_commands(
    command: str, says: str, hint: str, tmp_path: Path, far: FarMachine
) -> None:
    far.start(f"ForceCommand {command}")
    assert fails(tmp_path, "gpu1:runs", machine=far) == (
        6,
        f'farboard: gpu1 does not run commands for you. It said: "{says}"\nhint: {hint}\n',
    )


def test_15_the_account_has_no_shell(
    tmp_path: Path, their_machine: FarMachine, account: Account
) -> None:
    account.set_shell("nologin")
    their_machine.start()
    code, said = fails(tmp_path, "gpu1:runs", machine=their_machine)
    assert code == 6
    assert 'It said: "This account is currently not available."' in said


def test_16_the_jump_host_forbids_forwarding(
    tmp_path: Path, far: FarMachine, jump: FarMachine
) -> None:
    far.start()
    jump.start("AllowTcpForwarding no")
    far.configure_client(
        extra=f"Host bastion\nHostName 127.0.0.1\nPort {jump.port}\n"
        f"IdentityFile {jump.client_key}\nUserKnownHostsFile {jump.known_hosts}"
    )
    code, said = fails(tmp_path, "gpu1:/data/runs", "-J", "bastion", machine=far)
    assert code == 3
    assert said.endswith(
        "farboard: the jump host bastion does not allow forwarding\n"
        'hint: try:  farboard --via "ssh bastion ssh gpu1" :/data/runs\n'
    )


def test_17_the_configuration_is_hostile(far: FarMachine, start: Start, tmp_path: Path) -> None:
    far.start()
    (far.home / "runs").mkdir()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        far.configure_client(
            "RemoteCommand tmux",
            "RequestTTY force",
            f"LocalForward {holder.getsockname()[1]} localhost:6006",
            "ExitOnForwardFailure yes",
            "ControlMaster auto",
            f"ControlPath {tmp_path / 'cm'}",
            "ControlPersist yes",
        )
        ends(shows_quietly(start, "gpu1:runs", far))
    assert not (tmp_path / "cm").exists()


def test_18_a_shared_connection_hangs(far: FarMachine, start: Start, tmp_path: Path) -> None:
    far.start()
    (far.home / "runs").mkdir()
    control = tmp_path / "cm-gpu1"
    far.configure_client(f"ControlPath {control}")
    command = ["ssh", *far.ssh_arguments, "-M", "gpu1", "echo up; cat"]
    master = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert master.stdout
    assert master.stdin
    try:
        assert master.stdout.readline() == b"up\n"
        master.send_signal(signal.SIGSTOP)
        board = start("gpu1:runs", *far.ssh_arguments)
        board.wait_for(
            rf"gpu1: the shared ssh connection \({control}\) is not answering, "
            "opening a new one"
        )
        board.wait_for("Ctrl-C stops")
        ends(board)
    finally:
        master.send_signal(signal.SIGCONT)
        master.communicate(b"")


def test_19_the_port_is_busy(tmp_path: Path, far: FarMachine) -> None:
    """Before anybody is asked for a password. (6006 itself: tests/hub/test_sockets.py)"""
    far.start("LogLevel VERBOSE")
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        code, said = fails(tmp_path, "gpu1:runs", "--port", port, machine=far)
    assert code == 4
    assert f"port {port} is in use" in said
    assert f"pid {os.getpid()}" in said
    assert "Connection from" not in far.log.read_text()


def test_20_no_browser_can_be_opened(far: FarMachine, start: Start) -> None:
    far.start()
    (far.home / "runs").mkdir()
    board = shows_quietly(start, "gpu1:runs", far)
    board.wait_for(r"http://127\.0\.0\.1:\d+/#code=[\w-]+ \(copy into a browser\)")
    ends(board)


def test_21_there_is_no_ssh(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "farboard.cli.main", "gpu1:runs", "--no-open", "--port", "0"],
        capture_output=True,
        text=True,
        env=environment(tmp_path, PATH=str(tmp_path)),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        3,
        (
            "farboard: no ssh program found\n"
            "hint: install OpenSSH client (Windows: Settings → Optional features)\n"
        ),
    )


def test_22_ctrl_c_while_connecting(far: FarMachine, start: Start) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        far.configure_client(f"Port {mute.getsockname()[1]}")
        board = start("gpu1:runs", *far.ssh_arguments, in_terminal=True)
        board.wait_for("connecting to gpu1")
        connection, _ = mute.accept()
        board.press(b"\x03")
        assert board.wait() == 130
        connection.close()
    assert "Traceback" not in board.said
    after = board.said.partition("^C")[2]
    assert after.replace("\x1b[2K", "").strip("\r\n") == ""
    assert children(board.process.pid) == set()


def test_22_ctrl_c_while_the_login_shell_hangs(
    their_machine: FarMachine, account: Account, start: Start
) -> None:
    """Nothing is left over there: the account's fixture looks."""
    their_machine.start()
    account.write(".bashrc", "cat >/dev/null\n")
    board = start("gpu1:runs", *their_machine.ssh_arguments, in_terminal=True)
    board.wait_for("waiting for its login shell")
    board.press(b"\x03")
    assert board.wait() == 130
    assert "Traceback" not in board.said


def test_22_ctrl_c_while_the_engine_is_sent(
    their_machine: FarMachine, account: Account, start: Start
) -> None:
    their_machine.start()
    # Slow enough to be interrupted: what it reads it reads only when it is told to go on.
    account.write("bin/gzip", "#!/bin/sh\nsleep 1\nexec cat\n").chmod(0o755)
    account.write(".bashrc", "PATH=~/bin:$PATH\n")
    board = start("gpu1:runs", *their_machine.ssh_arguments, in_terminal=True)
    board.wait_for("sending the engine to gpu1, once")
    board.press(b"\x03")
    assert board.wait() == 130
    assert "Traceback" not in board.said
