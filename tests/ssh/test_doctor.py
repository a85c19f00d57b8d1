"""`farboard doctor` on a real sshd: what it finds, what it advises, and in which step it failed."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.programs import PROGRAM, environment, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ssh.far import FarMachine

pytestmark = pytest.mark.slow


class Doctor:
    """Examines the far machine; what it said is in `out` and `err`."""

    def __init__(self, far: FarMachine, engine: Path, state: Path) -> None:
        self._far, self._engine, self.state = far, engine, state
        self.out = self.err = ""

    def __call__(self, target: str, *arguments: str) -> int:
        done = subprocess.run(
            [*PROGRAM, "doctor", target, *self._far.ssh_arguments, *arguments,
             "--engine", str(self._engine)],
            capture_output=True,
            text=True,
            env=environment(self.state, XDG_STATE_HOME=str(self.state)),
            timeout=90,
            check=False,
            start_new_session=True,
        )  # fmt: skip
        self.out, self.err = done.stdout, done.stderr
        return done.returncode

    def report(self, target: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = self(target, "--json", *arguments)
        report = json.loads(self.out)
        assert isinstance(report, dict)
        return code, report


@pytest.fixture
def doctor(far: FarMachine, engine: Path, tmp_path: Path) -> Doctor:
    return Doctor(far, engine, tmp_path / "here")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()


def found(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if finding["name"] == name]


def test_all_is_well(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    write_run(far.home / "runs" / "a", points=5000)
    code, cold = doctor.report("gpu1:runs")
    assert (code, cold["works"]) == (0, True)
    phases = [finding["phase"] for finding in found(cold, "time")]
    assert phases == [
        "look-up", "connection", "key exchange", "login", "shell", "send", "engine",
    ]  # fmt: skip
    assert doctor("gpu1:runs") == 0
    for words in (
        "✓ ok    ssh               OpenSSH_",
        f"@127.0.0.1 port {far.port}",
        "logging in: ",
        "(publickey, 1 key offered)",
        "login shell       /",
        "none: start-up files print nothing",
        f"runs from         {far.engines[0]}",
        "1 run, 1 file",
        "5 000 points",
        "7 pings",
    ):
        assert words in doctor.out
    assert "sending the engine" not in doctor.out
    assert doctor.out.endswith("\nA board of it works.\n")
    assert doctor.err == ""


def test_throughput_is_measured_where_there_is_enough(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    write_run(far.home / "runs" / "a", points=20_000)
    _, report = doctor.report("gpu1:runs")
    (throughput,) = found(report, "throughput")
    assert throughput["bytes"] > 128 << 10
    assert throughput["bytes_per_s"] > 0


def test_noise_is_quoted_and_cannot_move_the_cursor(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    if not far.shell_is_bash():
        pytest.skip("the login shell here is not bash")
    far.start_up_file('printf "welcome \\033[2J"; printf "%01000d" 7; echo')
    (far.home / "runs").mkdir()
    assert doctor("gpu1:runs") == 0
    (line,) = [line for line in doctor.out.splitlines() if line[8:].startswith("noise ")]
    assert line.startswith("! look")
    assert '"welcome \\x1b[2J0000' in line
    assert len(line) < 500
    assert "\x1b" not in doctor.out
    assert "[ -t 1 ]" in doctor.out.partition("What to change")[2]


def test_a_slow_start_up_file_is_found(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    if not far.shell_is_bash():
        pytest.skip("the login shell here is not bash")
    far.start_up_file("sleep 1.5")
    (far.home / "runs").mkdir()
    code, report = doctor.report("gpu1:runs")
    assert code == 0
    (shell,) = [one for one in found(report, "time") if one["phase"] == "shell"]
    assert shell["verdict"] == "look"
    assert shell["took_s"] >= 1.5
    assert any("start-up files of the login shell are slow" in line for line in report["advice"])


def test_what_the_configuration_says_and_is_overridden(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    far.configure_client(
        "RemoteCommand tmux attach -t secret-session",
        "RequestTTY force",
        "LocalForward 6006 localhost:6006",
        "ControlPath ~/.ssh/nobody-%C",
    )
    (far.home / "runs").mkdir()
    code, report = doctor.report("gpu1:runs")
    assert code == 0
    (overridden,) = found(report, "overridden")
    assert overridden["overridden"][:2] == ["remotecommand tmux", "requesttty force"]
    assert overridden["overridden"][2].startswith("localforward 6006")
    assert "secret-session" not in doctor.out
    (shared,) = found(report, "shared connection")
    assert shared["lives"] is False


def test_a_shared_connection_is_in_use(far: FarMachine, doctor: Doctor, tmp_path: Path) -> None:
    far.start()
    socket = tmp_path / "cm"
    far.configure_client(f"ControlPath {socket}")
    (far.home / "runs").mkdir()
    master = ["ssh", *far.ssh_arguments, "-o", "ControlMaster=yes", "-fN", far.name]
    subprocess.run(master, check=True, stderr=subprocess.DEVNULL, timeout=30)
    try:
        code, report = doctor.report("gpu1:runs")
    finally:
        end = ["ssh", *far.ssh_arguments, "-O", "exit", far.name]
        subprocess.run(end, check=True, stderr=subprocess.DEVNULL, timeout=30)
    assert code == 0
    assert found(report, "shared connection")[0]["lives"] is True
    assert "shared" in [finding["phase"] for finding in found(report, "time")]


def test_no_login(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    code, report = doctor.report("gpu1:runs", "-o", "User=nobody-here")
    assert (code, report["works"]) == (3, False)
    (failed,) = found(report, "failed")
    assert 'refused the login as "nobody-here"' in failed["text"]
    assert failed["phase"] == "logging in"
    assert [one["phase"] for one in found(report, "time")][-1] == "key exchange"
    assert doctor("gpu1:runs", "-o", "User=nobody-here") == 3
    assert doctor.out.endswith("\nA board of it would not work.\n")


def test_nobody_listens(far: FarMachine, doctor: Doctor) -> None:
    code, report = doctor.report("gpu1:runs")
    assert code == 3
    assert found(report, "failed")[0]["phase"] == "connecting"


def test_a_wrong_path(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    (far.home / "runs").mkdir()
    code, report = doctor.report("gpu1:run")
    assert (code, report["works"]) == (5, False)
    (failed,) = found(report, "failed")
    assert "has no" in failed["text"]
    assert failed["phase"] == "looking for the directory"
    assert found(report, "login shell"), "how far it got is told, too"


def test_a_shell_that_exits(far: FarMachine, doctor: Doctor) -> None:
    far.start()
    if not far.shell_is_bash():
        pytest.skip("the login shell here is not bash")
    far.start_up_file("exit 0")
    code, report = doctor.report("gpu1:runs")
    assert code == 6
    assert found(report, "failed")[0]["phase"] == "starting the login shell"


def test_a_machine_without_a_directory_and_a_directory_here(
    far: FarMachine, doctor: Doctor, tmp_path: Path
) -> None:
    far.start()
    code, report = doctor.report("gpu1")
    assert code == 0
    assert found(report, "directory")[0]["text"] == str(far.home)


def test_the_log_tells_all_but_secrets(far: FarMachine, doctor: Doctor) -> None:
    far.start("AcceptEnv TOKEN_*")
    far.configure_client('SetEnv TOKEN_A="hush-hush"')
    (far.home / "runs").mkdir()
    assert doctor("gpu1:runs", "-vv") == 0
    (log,) = (doctor.state / "farboard" / "log").iterdir()
    assert log.stat().st_mode & 0o777 == 0o600
    assert f"Log: {log}" in doctor.err
    text = log.read_text()
    for words in (
        "gpu1:runs: connecting",
        "ssh: debug1: Connecting to 127.0.0.1",
        "gpu1:runs: live",
        "GET /api/status",
        "ssh: debug2:",
        "Sending command: exec …",
        "setting env TOKEN_A = …",
    ):
        assert words in text
    assert "debug1" not in doctor.err + doctor.out
    assert "hush-hush" not in text
    # Nobody else may know the tag that begins the lines for our ears.
    assert "t=$w-" not in text
