"""Far targets through a scripted `ssh`: login shells, start-up files, errors, reconnecting."""

# ruff: noqa: ASYNC240 - small files on a local disk may hold up a test

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from farboard.errors import (
    ConnectError,
    HostKeyError,
    LoginError,
    RemoteError,
    SourceDown,
)
from farboard.link import LinkOptions
from farboard.link.bootstrap import boot_line
from farboard.link.ssh import ssh_arguments
from farboard.target import parse_target
from tests.link.helpers import QUICK, Recorder, engine_pid, status, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from farboard.link import Link
    from tests.link.helpers import FakeSsh

    MakeLink = Callable[..., Link]

GPU1 = parse_target("you@gpu1:runs")
SHELLS = [shell for shell in ("bash", "dash", "zsh", "tcsh", "fish") if shutil.which(shell)]


def test_the_option_list_that_survives_hostile_configurations() -> None:
    options = LinkOptions(ssh_arguments=("-J", "bastion", "-o", "User=me"))
    target = parse_target("ssh://you@gpu1:2222/x")
    arguments = ssh_arguments(target, options, batch=True, own_connection=True)
    assert arguments[:5] == ["-T", "-x", "-a", "-o", "IgnoreUnknown=*"]
    assert arguments[-2:] == ["--", "you@gpu1"]
    at = arguments.index("-p")
    assert arguments[at : at + 6] == ["-p", "2222", "-J", "bastion", "-o", "User=me"]
    assert at < arguments.index("ConnectTimeout=15"), "the first value counts: the user's own"
    assert arguments[arguments.index("BatchMode=yes") - 1] == "-o"
    for option in (
        "RemoteCommand=none", "SessionType=default", "ForkAfterAuthentication=no", "StdinNull=no",
        "PermitLocalCommand=no", "ClearAllForwardings=yes", "ControlMaster=no", "EscapeChar=none",
        "ServerAliveInterval=15", "ServerAliveCountMax=3", "ConnectTimeout=15", "Compression=no",
        "ControlPath=none",
    ):  # fmt: skip
        assert arguments[arguments.index(option) - 1] == "-o"
    on_windows = ssh_arguments(target, options, own_connection=True, windows=True)
    assert not [argument for argument in on_windows if argument.startswith("Control")]


def test_the_boot_line_is_safe_in_every_shell() -> None:
    line = boot_line("0" * 32, "f" * 64)
    inner = line.removeprefix("exec /bin/sh -c '").removesuffix("'")
    assert len(inner) == len(line) - 18
    assert not set(inner) & set("'!\\`\n")
    assert "FARBOARD-" + "0" * 32 not in line, "an echo of the line must not look like its output"


@pytest.mark.parametrize("shell", SHELLS)
async def test_cold_and_warm_start_from_each_login_shell(
    shell: str, make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    fake_ssh.does(f'exec {shell} -c "$cmd"')
    recorder = Recorder()
    cold = make_link(GPU1, recorder)
    await cold.start()
    answer = await status(cold)
    assert answer["cwd"] == str(fake_ssh.home)
    assert answer["arguments"] == [
        "serve", "--logdir-hex", b"runs".hex(), "--nice", "--silence-timeout", "60",
        "--threads", "2",
    ]  # fmt: skip
    assert any("sending the engine to gpu1, once" in state.message for state in recorder.states)
    assert await cold.close()
    (engine,) = fake_ssh.engines
    assert engine.stat().st_mode & 0o777 == 0o700
    recorder = Recorder()
    warm = make_link(GPU1, recorder)
    await warm.start()
    assert (await status(warm))["cwd"] == str(fake_ssh.home)
    assert not any("sending" in state.message for state in recorder.states)
    assert await warm.close()
    assert fake_ssh.engines == [engine]


@pytest.mark.parametrize(
    "noise",
    [
        "echo 'Welcome to gpu1'",
        "printf 'no newline'",
        'echo "$cmd"',
        "head -c 3000000 /dev/zero | tr '[:cntrl:]' x",
        "head -c 300000 /dev/urandom",
        "echo on stderr >&2",
        "PATH=/nowhere",
        "export HOME=$HOME/./. LC_ALL=C; umask 0",
    ],
)
async def test_start_up_files_may_print(noise: str, make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    fake_ssh.does(f'{noise}\nexec /bin/bash -c "$cmd"')
    link = make_link(GPU1)
    await link.start()
    assert (await status(link))["arguments"]


async def test_nothing_is_sent_before_the_far_side_has_spoken(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    """A start-up file that reads its input gets nothing of ours, for as long as it reads."""
    fake_ssh.does('timeout 0.5 cat >"$HOME/eaten"\nexec bash -c "$cmd"')
    link = make_link(GPU1)
    await link.start()
    assert (fake_ssh.home / "eaten").read_bytes() == b""


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exec cat >/dev/null", "the login shell never ran our command"),
        ("echo hello; exec cat >/dev/null", "the login shell never ran our command"),
        ("exit 0", "closed the session before running anything (exit 0)"),
        (
            "echo 'This service allows sftp connections only.'; exit 1",
            'does not run commands for you. It said: "This service allows sftp connections only."',
        ),
        ("echo 'cmd: Command not found.' >&2; exit 1", 'It said: "cmd: Command not found."'),
        ("exit 42", "does not run commands for you (exit 42)"),
    ],
)
async def test_shells_that_do_not_run_us(
    script: str, says: str, make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    fake_ssh.does(script)
    link = make_link(GPU1, timing=replace(QUICK, login_s=0.5, connect_s=0.0, grace_s=0.0))
    with pytest.raises(RemoteError) as caught:
        await link.start()
    assert says in caught.value.message
    assert "gpu1" in caught.value.message
    assert link.state.state == "failed"
    assert len(fake_ssh.calls) == 1


async def test_patience_is_said_aloud(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    fake_ssh.does('sleep 0.6; exec bash -c "$cmd"')
    said: list[str] = []
    timing = replace(QUICK, touch_s=0.1, shared_s=0.15, login_s=0.3, connect_s=9.0, grace_s=9.0)
    link = make_link(GPU1, timing=timing, say=said.append)
    await link.start()
    assert "touch your security key" in said[0]
    assert "ssh you@gpu1 true" in said[1]


async def test_what_ssh_says_is_shown_but_not_the_errors_we_word_ourselves(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    said: list[str] = []
    fake_ssh.fails(
        "Confirm user presence for key ED25519-SK\r\n"
        "you@gpu1: Permission denied (publickey,password).\r\n"
    )
    with pytest.raises(LoginError) as caught:
        await make_link(GPU1, say=said.append).start()
    assert said == ["Confirm user presence for key ED25519-SK"]
    assert caught.value.message == ('gpu1 refused the login as "you" (tried: publickey,password)')


async def test_no_ssh_program(
    make_link: MakeLink, fake_ssh: FakeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConnectError, match="no ssh program found"):
        await make_link(GPU1).start()


async def test_no_engine_for_the_platform(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    (fake_ssh.bin / "uname").write_text("#!/bin/sh\necho Linux ppc64le\n")
    (fake_ssh.bin / "uname").chmod(0o700)
    with pytest.raises(RemoteError, match="gpu1 is Linux ppc64le; this Farboard carries engines"):
        await make_link(GPU1).start()
    assert fake_ssh.engines == []


async def test_an_engine_that_refuses_to_start_is_quoted(
    make_link: MakeLink, fake_ssh: FakeSsh, fake_engine: Path
) -> None:
    fake_engine.write_text(
        '#!/bin/sh\n[ "$1" != --version ] || exec echo farboard-engine 0\n'
        "echo 'no way' >&2; exit 90\n"
    )
    with pytest.raises(RemoteError, match=r'did not start .*exit code 90.*"no way"'):
        await make_link(GPU1).start()


async def test_a_lost_connection_comes_back_in_batch_mode(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder)
    await link.start()
    os.kill(await engine_pid(link), signal.SIGKILL)
    await until(lambda: "retrying" in recorder.names and link.state.state == "live")
    first, second = fake_ssh.calls
    assert "BatchMode=yes" not in first
    assert "BatchMode=yes" in second


async def test_a_login_that_is_needed_again_waits_for_the_user(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder)
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.fails("you@gpu1: Permission denied (publickey,keyboard-interactive).\n")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: link.state.state == "needs_you")
    assert 'refused the login as "you"' in link.state.message
    await asyncio.sleep(0.5)
    assert len(fake_ssh.calls) == 2, "no attempts while a login is needed"
    with pytest.raises(SourceDown):
        await link.request("GET", "/api/status")
    link.retry_now()
    await until(lambda: len(fake_ssh.calls) == 3)
    await until(lambda: link.state.state == "needs_you")
    assert "BatchMode=yes" in fake_ssh.calls[-1]
    with pytest.raises(LoginError):
        await link.login_again()
    assert "BatchMode=yes" not in fake_ssh.calls[-1]
    fake_ssh.does('exec bash -c "$cmd"')
    await link.login_again()
    assert link.state.state == "live"
    assert recorder.names[-3:] == ["needs_you", "retrying", "live"]


async def test_a_changed_host_key_stops_the_link(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    link = make_link(GPU1)
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.fails(
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
        "Host key verification failed.\n"
    )
    os.kill(pid, signal.SIGKILL)
    await until(lambda: link.state.state == "needs_you")
    assert "identity of gpu1 has changed" in link.state.message
    with pytest.raises(HostKeyError):
        await link.login_again()


async def test_a_server_that_refuses_early_is_left_alone(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder, replace(QUICK, slow_retry_s=1.0, click_pause_s=1.0))
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.fails("kex_exchange_identification: Connection closed by remote host\n")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: "refuses new connections" in link.state.message)
    await until(lambda: link.state.next_try_at_s is not None)
    state = link.state
    assert state.state == "lost"
    assert state.next_try_at_s is not None
    for _ in range(3):
        link.retry_now()
        await asyncio.sleep(0.1)
    assert len(fake_ssh.calls) == 2, "clicks must not add to the attempts it counts"
    fake_ssh.does('exec bash -c "$cmd"')
    await until(lambda: link.state.state == "live")


async def test_network_errors_are_retried_for_ever(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    link = make_link(GPU1)
    await link.start()
    pid = await engine_pid(link)
    fake_ssh.fails("ssh: Could not resolve hostname gpu1: Name or service not known\n")
    os.kill(pid, signal.SIGKILL)
    await until(lambda: len(fake_ssh.calls) >= 6)
    assert link.state.state in ("lost", "retrying")
    assert 'cannot find a machine called "gpu1"' in link.state.message
    fake_ssh.does('exec bash -c "$cmd"')
    await until(lambda: link.state.state == "live")
    assert link.state.attempt == 0


async def test_a_background_job_that_writes_late_is_named(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    recorder = Recorder()
    link = make_link(GPU1, recorder)
    fake_ssh.does('(sleep 1.5; echo LATE NEWS) & exec bash -c "$cmd"')
    await link.start()
    fake_ssh.does('exec bash -c "$cmd"')
    await until(lambda: "retrying" in recorder.names and link.state.state == "live")
    lost = next(state for state in recorder.states if state.state == "lost")
    assert '"LATE NEWS"' in lost.message
    assert "background jobs in ~/.bashrc" in lost.hint


async def test_a_shared_connection_that_hangs_is_passed_by(
    make_link: MakeLink, fake_ssh: FakeSsh, tmp_path: Path
) -> None:
    control = tmp_path / "cm"
    server = await asyncio.start_unix_server(lambda reader, writer: None, control)
    program = fake_ssh.bin / "ssh"
    program.write_text(
        program.read_text().replace("exit 0", f"{{ echo 'controlpath {control}'; exit 0; }}")
    )
    fake_ssh.does('case $* in *ControlPath=none*) exec bash -c "$cmd";; esac; exec sleep 60')
    said: list[str] = []
    timing = replace(QUICK, touch_s=0.05, shared_s=0.1, login_s=5.0)
    link = make_link(GPU1, timing=timing, say=said.append)
    await link.start()
    server.close()
    assert len(fake_ssh.calls) == 2
    assert any(f"the shared ssh connection ({control}) is not answering" in line for line in said)


async def test_close_while_connecting_is_quick_and_leaves_nothing(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    fake_ssh.does('sleep 60 & touch "$HOME/both"; exec sleep 60')
    link = make_link(GPU1)
    start = asyncio.ensure_future(link.start())
    await until((fake_ssh.home / "both").exists)
    await link.close()
    with pytest.raises(SourceDown, match="was closed"):
        await start


async def test_cancelling_start_leaves_nothing(make_link: MakeLink, fake_ssh: FakeSsh) -> None:
    fake_ssh.does("exec sleep 60")
    start = asyncio.ensure_future(make_link(GPU1).start())
    await until(lambda: len(fake_ssh.calls) == 1)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start


async def test_only_one_asks_in_the_terminal_at_a_time(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    fake_ssh.does(
        'case "$*" in *BatchMode=yes*) echo "gpu1: Permission denied (x)." >&2; exit 255;; esac; '
        'mkdir "$HOME/turn" || echo twice >>"$HOME/twice"; sleep 0.2; rmdir "$HOME/turn"; '
        'exec bash -c "$cmd"'
    )
    await asyncio.gather(*(make_link(GPU1).start() for _ in range(3)))
    assert not (fake_ssh.home / "twice").exists()


async def test_a_machine_that_hangs_holds_up_none_that_asks_nothing(
    make_link: MakeLink, fake_ssh: FakeSsh
) -> None:
    """The first has the terminal for itself, and others wait for it only when they have to ask."""
    fake_ssh.does(
        'case "$*" in '
        "*'-- hangs '*) exec sleep 60;; "
        "*BatchMode=yes*'-- asks '*) echo 'asks: Permission denied (x).' >&2; exit 255;; "
        'esac; exec bash -c "$cmd"'
    )
    patient = replace(QUICK, login_s=30.0)
    hangs = make_link(parse_target("hangs:runs"), timing=patient)
    quick = make_link(parse_target("quick:runs"), timing=patient)
    asks = make_link(parse_target("asks:runs"), timing=patient)
    hanging = asyncio.create_task(hangs.start())
    await until(lambda: len(fake_ssh.calls) == 1)
    asking = asyncio.create_task(asks.start())
    await quick.start()
    assert quick.state.state == "live"
    await until(lambda: "waiting to ask for the login to asks" in asks.state.message)
    assert not asking.done()
    hanging.cancel()
    await asyncio.wait([hanging])
    await asking
    assert asks.state.state == "live"
    assert ["BatchMode=yes" in call for call in fake_ssh.calls if "asks" in call] == [True, False]
