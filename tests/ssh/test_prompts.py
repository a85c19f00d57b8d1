"""What ssh asks in the terminal: passwords, second factors, host keys. Then the board goes on."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.programs import Board
from tests.ssh.far import SSHD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ssh.account import Account
    from tests.ssh.far import FarMachine

    Start = Callable[..., Board]

pytestmark = pytest.mark.slow

CODE = "123456"


@pytest.fixture
def start(tmp_path: Path, far: FarMachine) -> Iterator[Start]:
    """Starts a board for the far machine in a terminal of its own."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> Board:
            ssh = far.ssh_arguments
            options = ("--no-open", "--port", "0")
            board = Board(tmp_path, "gpu1:runs", *ssh, *options, *arguments, in_terminal=True)
            stack.callback(board.close)
            return board

        yield start


@pytest.fixture
def far(their_machine: FarMachine, account: Account) -> FarMachine:
    account.make_directory("runs")
    return their_machine


@pytest.fixture
def second_factor(account: Account, tmp_path: Path) -> Iterator[str]:
    """A program that is sshd by another name, for which PAM asks for a code.

    sshd asks PAM by the name of its own program, so the settings of this machine's sshd stay as
    they are.
    """
    settings = Path("/etc/pam.d") / account.name
    module = "pam_exec.so"
    if not list(Path("/lib").glob(f"*/security/{module}")) or not settings.parent.is_dir():
        pytest.skip("there is no PAM with pam_exec here")
    told = account.base / "told"
    told.write_text("A code was sent to your telephone.\n")
    check = account.base / "check"
    check.write_text(f"#!/bin/sh\n[ \"$(tr -d '\\0')\" = {CODE} ]\n")
    check.chmod(0o755)
    program = account.base / account.name
    assert SSHD
    program.symlink_to(SSHD)
    settings.write_text(
        f"auth optional pam_echo.so file={told}\n"
        f"auth required {module} expose_authtok quiet {check}\n"
        # The others have no opinion on what the login may do then, which would mean: nothing.
        "auth required pam_permit.so\n"
        "account required pam_permit.so\n"
        "session required pam_permit.so\n"
    )
    yield str(program)
    settings.unlink()
    for path in (program, check, told):
        path.unlink()


def type_in(board: Board, prompt: str, secret: str) -> None:
    """Types a secret when it is asked for; it is not shown."""
    board.said = board.said[board.wait_for(prompt).end() :]
    board.press(f"{secret}\n".encode())


def is_live_then_ends(board: Board, *secrets: str) -> None:
    board.wait_for("Ctrl-C stops")
    for secret in secrets:
        assert secret not in board.said
    board.press(b"\x03")
    assert board.wait() == 130
    assert "Nothing is left running on gpu1." in board.said


def log_in_with_passwords(far: FarMachine, account: Account) -> None:
    account.set_password("correct horse")
    far.start("PasswordAuthentication yes", "PubkeyAuthentication no")


def test_a_password(far: FarMachine, account: Account, start: Start) -> None:
    log_in_with_passwords(far, account)
    board = start()
    board.wait_for(f"{account.name}@127.0.0.1's password: ")
    # The time in which a password is looked for is nobody's silence.
    time.sleep(1.0)
    type_in(board, "password: ", "correct horse")
    is_live_then_ends(board, "correct horse")
    assert "touch" not in board.said


def test_a_wrong_password_and_then_the_right_one(
    far: FarMachine, account: Account, start: Start
) -> None:
    log_in_with_passwords(far, account)
    board = start()
    type_in(board, "password: ", "battery staple")
    board.wait_for("Permission denied, please try again.")
    type_in(board, "password: ", "correct horse")
    is_live_then_ends(board, "battery staple", "correct horse")


def test_three_wrong_passwords(far: FarMachine, account: Account, start: Start) -> None:
    log_in_with_passwords(far, account)
    board = start()
    for _ in range(3):
        type_in(board, "password: ", "battery staple")
    assert board.wait() == 3
    assert f'gpu1 refused the login as "{account.name}" (tried: password)' in board.said
    assert "make that work first" in board.said


def test_a_second_factor(
    far: FarMachine, second_factor: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key, and then a code: told what to do in ssh's own words, and asked once."""
    start_with_a_code(far, second_factor, monkeypatch)
    board = start()
    board.wait_for("A code was sent to your telephone.")
    type_in(board, "Password: ", CODE)
    is_live_then_ends(board, CODE)
    assert far.log.read_text().count("Accepted keyboard-interactive/pam") == 1


def test_a_wrong_code_and_then_the_right_one(
    far: FarMachine, second_factor: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_with_a_code(far, second_factor, monkeypatch)
    board = start()
    type_in(board, "Password: ", "000000")
    type_in(board, "Password: ", CODE)
    is_live_then_ends(board, CODE)


def test_a_second_factor_after_the_connection_is_lost(
    far: FarMachine, second_factor: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for when the user says so, and not before."""
    start_with_a_code(far, second_factor, monkeypatch)
    board = start()
    type_in(board, "Password: ", CODE)
    board.wait_for("Ctrl-C stops")
    board.said = ""
    far.end_connections()
    board.wait_for("gpu1.*press Enter")
    assert "Password: " not in board.said
    board.said = ""
    board.press(b"\n")
    type_in(board, "Password: ", CODE)
    board.wait_for("back after")
    board.press(b"\x03")
    assert board.wait() == 130


def start_with_a_code(far: FarMachine, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.ssh.far.SSHD", program)
    far.start(
        "UsePAM yes",
        "KbdInteractiveAuthentication yes",
        "AuthenticationMethods publickey,keyboard-interactive:pam",
    )


def test_an_unknown_host_key_is_accepted(far: FarMachine, start: Start) -> None:
    far.start()
    far.known_hosts.write_text("")
    far.configure_client("StrictHostKeyChecking ask")
    board = start()
    board.wait_for("ED25519 key fingerprint is SHA256:")
    board.wait_for(r"Are you sure you want to continue connecting \(yes/no")
    board.press(b"yes\n")
    board.wait_for("Permanently added")
    is_live_then_ends(board)
    assert "ssh-ed25519" in far.known_hosts.read_text()


def test_an_unknown_host_key_is_not_accepted(far: FarMachine, start: Start) -> None:
    far.start()
    far.known_hosts.write_text("")
    far.configure_client("StrictHostKeyChecking ask")
    board = start()
    board.wait_for(r"continue connecting \(yes/no")
    board.press(b"no\n")
    assert board.wait() == 3
    assert "the identity of gpu1 was not accepted; nothing was sent" in board.said
    assert "Accepted" not in far.log.read_text()
    assert far.known_hosts.read_text() == ""


@pytest.mark.parametrize("key", [b"\x03", b"\x1c"], ids=["Ctrl-C", "Ctrl-backslash"])
def test_ctrl_c_at_the_question(key: bytes, far: FarMachine, start: Start) -> None:
    far.start()
    far.known_hosts.write_text("")
    far.configure_client("StrictHostKeyChecking ask")
    board = start()
    board.wait_for(r"continue connecting \(yes/no")
    board.press(key)
    code = board.wait()
    assert code == 130 if key == b"\x03" else code != 0
    assert "Traceback" not in board.said


def test_two_targets_ask_one_after_the_other(
    far: FarMachine, account: Account, start: Start
) -> None:
    log_in_with_passwords(far, account)
    account.make_directory("more")
    board = start("gpu1:more")
    board.wait_for("password: ")
    board.press(b"correct horse\n")
    board.wait_for(r"(?s)password: .*password: ")
    board.press(b"correct horse\n")
    # The first target's line may say so several times: only what follows the second login counts.
    board.wait_for(r"(?s)password: .*password: .*starting the engine on gpu1")
    # Now Enter is ours again.
    board.wait_for(r"#code=")
    board.press(b"\n")
    board.wait_for(r"(?s)#code=.*#code=")
    is_live_then_ends(board, "correct horse")
    assert board.said.count("password: ") == 2
