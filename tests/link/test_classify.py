"""OpenSSH's words and the sentences they become."""

from __future__ import annotations

import pytest

from farboard.errors import (
    ConnectError,
    FarboardError,
    HostKeyError,
    IdentityChangedError,
    LoginError,
    RefusedError,
    RemoteError,
    SetupError,
)
from farboard.link.classify import Seen, classify, is_error_line, why_lost
from farboard.target import parse_target

GPU1 = parse_target("you@gpu1:runs")
BANNER = "*** Authorised users only. ***\nIdle sessions are closed.\n"

# What ssh wrote, the kind of error, and words of its sentence.
CASES = [
    (
        "ssh: Could not resolve hostname gpu01: Name or service not known\n",
        ConnectError,
        'cannot find a machine called "gpu01"',
    ),
    (
        "ssh: Could not resolve hostname gpu01: nodename nor servname provided, or not known\n",
        ConnectError,
        'cannot find a machine called "gpu01"',
    ),
    (
        "ssh: connect to host 10.2.3.4 port 22: Connection timed out\n",
        ConnectError,
        "gpu1 (10.2.3.4 port 22) does not answer",
    ),
    (
        "ssh: connect to host 10.2.3.4 port 22: Operation timed out\n",
        ConnectError,
        "gpu1 (10.2.3.4 port 22) does not answer",
    ),
    (
        "Connection timed out during banner exchange\nConnection to 10.2.3.4 port 22 timed out\n",
        ConnectError,
        "gpu1 does not answer",
    ),
    (
        "ssh: connect to host gpu1 port 2222: Connection refused\n",
        ConnectError,
        "gpu1 (gpu1 port 2222) cannot be reached (ssh: Connection refused)",
    ),
    (
        "ssh: connect to host 10.2.3.4 port 22: No route to host\n",
        ConnectError,
        "cannot be reached (ssh: No route to host)",
    ),
    (
        "ssh: connect to host 10.2.3.4 port 22: Network is unreachable\n",
        ConnectError,
        "cannot be reached (ssh: Network is unreachable)",
    ),
    (
        "you@gpu1: Permission denied (publickey,gssapi-with-mic).\n",
        LoginError,
        'gpu1 refused the login as "you" (tried: publickey,gssapi-with-mic)',
    ),
    (
        "Permission denied, please try again.\nyou@gpu1: Permission denied (password).\n",
        LoginError,
        "(tried: password)",
    ),
    (
        (
            "me@bastion: Permission denied (publickey).\n"
            "kex_exchange_identification: Connection closed by remote host\n"
            "Connection closed by UNKNOWN port 65535\n"
        ),
        LoginError,
        'bastion refused the login as "me"',
    ),
    (
        (
            "Received disconnect from 10.2.3.4 port 22:2: Too many authentication failures\n"
            "Disconnected from 10.2.3.4 port 22\n"
        ),
        LoginError,
        "offered it too many keys",
    ),
    (
        (
            "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"
            "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
            "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"
            "Host key verification failed.\n"
        ),
        IdentityChangedError,
        "the identity of gpu1 has changed; stopped, nothing was sent",
    ),
    (
        (
            "No ED25519 host key is known for gpu1 and you have requested strict checking.\n"
            "Host key verification failed.\n"
        ),
        HostKeyError,
        "the identity of gpu1 is not known yet",
    ),
    (
        (
            "kex_exchange_identification: Connection closed by remote host\n"
            "Connection closed by 10.2.3.4 port 22\n"
        ),
        RefusedError,
        "gpu1 refuses new connections for now",
    ),
    (
        "kex_exchange_identification: read: Connection reset by peer\n",
        RefusedError,
        "refuses new connections",
    ),
    (
        "Connection closed by 10.2.3.4 port 22\n",
        RefusedError,
        "refuses new connections",
    ),
    (
        (
            "ERROR: (cloud.auth) Reauthentication is needed.\n"
            "kex_exchange_identification: Connection closed by remote host\n"
            "Connection closed by UNKNOWN port 65535\n"
        ),
        RefusedError,
        'the way to gpu1 is closed: its proxy said "ERROR: (cloud.auth) Reauthentication is',
    ),
    (
        (
            "kex_exchange_identification: Connection closed by remote host\n"
            "Connection closed by 10.2.3.9 port 22\n"
            "kex_exchange_identification: Connection closed by remote host\n"
            "Connection closed by UNKNOWN port 65535\n"
        ),
        RefusedError,
        "refuses new connections",
    ),
    (
        (
            "channel 0: open failed: administratively prohibited: open failed\n"
            "stdio forwarding failed\n"
            "kex_exchange_identification: Connection closed by remote host\n"
        ),
        SetupError,
        "the jump host in front of gpu1 does not allow forwarding",
    ),
    (
        (
            "/home/you/.ssh/config: line 3: Bad configuration option: hostnmae\n"
            "/home/you/.ssh/config: terminating, 1 bad configuration options\n"
        ),
        SetupError,
        "/home/you/.ssh/config: line 3: Bad configuration option: hostnmae",
    ),
    (
        "Bad owner or permissions on /home/you/.ssh/config\n",
        SetupError,
        "Bad owner or permissions on /home/you/.ssh/config",
    ),
    (
        "channel 0: open failed: administratively prohibited: open failed\n",
        RemoteError,
        "gpu1 opens no session for you",
    ),
    (
        "something new\n",
        ConnectError,
        "ssh cannot connect to gpu1 (ssh: something new)",
    ),
]


@pytest.mark.parametrize(("stderr", "kind", "says"), CASES)
@pytest.mark.parametrize("banner", ["", BANNER])
def test_what_ssh_says(banner: str, stderr: str, kind: type[FarboardError], says: str) -> None:
    error = classify(Seen(GPU1, banner + stderr, exit_code=255, batch=True))
    assert type(error) is kind
    assert says in error.message
    assert "\n" not in error.message + error.hint


def test_a_refused_host_key_question() -> None:
    error = classify(Seen(GPU1, "Host key verification failed.\n", exit_code=255))
    assert type(error) is HostKeyError
    assert "was not accepted; nothing was sent" in error.message


def test_every_hint_for_a_login_names_the_command_to_try() -> None:
    error = classify(Seen(GPU1, "you@gpu1: Permission denied (publickey).\n", exit_code=255))
    assert "ssh you@gpu1" in error.hint


def test_what_is_said_after_the_login_is_no_word_of_the_login() -> None:
    closed = Seen(GPU1, "Connection to gpu1 closed by remote host.", exit_code=255, logged_in=True)
    assert type(classify(closed)) is ConnectError
    assert classify(closed).message == (
        "gpu1 closed the connection (job ended?), before anything ran"
    )
    noise = Seen(GPU1, "x: Permission denied (publickey).", exit_code=255, logged_in=True)
    assert type(classify(noise)) is RemoteError


def test_a_provider_that_wants_a_terminal() -> None:
    seen = Seen(GPU1, noise="Error: Your SSH client doesn't support PTY", exit_code=1)
    error = classify(seen)
    assert type(error) is RemoteError
    assert "direct TCP ssh address" in error.hint


def test_quotes_are_one_short_printable_line() -> None:
    error = classify(Seen(GPU1, noise="a\n\x1b[31m" + "x" * 5000, exit_code=1))
    assert "\x1b" not in error.message
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("line", "reworded"),
    [
        ("you@gpu1: Permission denied (publickey).", True),
        ("Host key verification failed.", True),
        ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", False),
        ("Permission denied, please try again.", False),
        ("Confirm user presence for key ECDSA-SK", False),
        (BANNER.splitlines()[0], False),
    ],
)
def test_only_errors_we_word_ourselves_are_held_back(line: str, reworded: bool) -> None:
    assert is_error_line(line) == reworded


@pytest.mark.parametrize(
    ("stderr", "exit_code", "says"),
    [
        ("Timeout, server gpu1 not responding.", 255, "the connection to gpu1 was lost"),
        ("client_loop: send disconnect: Broken pipe", 255, "the connection to gpu1 was lost"),
        ("Connection to gpu1 closed by remote host.", 255, "gpu1 closed the connection"),
        ("", 255, "gpu1: the reader on the server ended"),
        ("", 101, "gpu1: the reader on the server ended (exit code 101)"),
        ("", None, "the connection to gpu1 was lost"),
    ],
)
def test_why_a_live_connection_ended(stderr: str, exit_code: int | None, says: str) -> None:
    assert says in why_lost(GPU1, stderr, exit_code).message


def test_why_a_local_engine_ended() -> None:
    here = parse_target("/runs")
    assert why_lost(here, "", -9).message == "this machine: the reader ended (killed, signal 9)"
