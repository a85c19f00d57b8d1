"""What `ssh -v` says, turned into phases: direct, through a jump host, over a shared connection."""

from __future__ import annotations

import time

import pytest

from farboard.cli import phases as phases_module
from farboard.cli.phases import Phases
from farboard.link import LinkState
from farboard.link.bootstrap import Greeting

COLD = Greeting("Linux x86_64", "/home/you", "you", "", "/bin/bash")
WARM = Greeting("Linux x86_64", "/home/you", "you", "/home/you/.cache/farboard/engine-1", "/bin/sh")

HANDSHAKE = (
    (1, "debug1: Connecting to gpu1 [10.0.0.1] port 22."),
    (2, "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1"),
    (3, "debug1: SSH2_MSG_NEWKEYS received"),
    (3, "debug1: Offering public key: a ED25519"),
    (3, "debug1: Offering public key: b ED25519"),
    (5, 'Authenticated to gpu1 ([10.0.0.1]:22) using "publickey".'),
)


class Timeline:
    """Phases that hear things at the given seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(phases_module.time, "monotonic", lambda: self.now_s)
        self.phases = Phases()

    def hear(self, *lines: tuple[float, str]) -> None:
        for self.now_s, line in lines:
            self.phases.ssh_said(line)

    def greet(self, at_s: float, greeting: Greeting) -> None:
        self.now_s = at_s
        self.phases.greeted(greeting, "")

    def state(self, at_s: float, state: LinkState) -> None:
        self.now_s = at_s
        self.phases.state(state)


@pytest.fixture
def timeline(monkeypatch: pytest.MonkeyPatch) -> Timeline:
    return Timeline(monkeypatch)


def connecting(message: str) -> LinkState:
    return LinkState("connecting", time.time(), message)


LIVE = LinkState("live", 0.0)


def test_a_warm_start(timeline: Timeline) -> None:
    timeline.hear(*HANDSHAKE)
    timeline.greet(9, WARM)
    timeline.state(9, connecting("starting the engine on gpu1"))
    timeline.state(10, LIVE)
    phases = timeline.phases
    assert phases.durations_s() == {
        "look-up": 1, "connection": 1, "key exchange": 1, "login": 2, "shell": 4, "engine": 1,
    }  # fmt: skip
    assert (phases.method, phases.offered_keys, phases.sent_engine) == ("publickey", 2, False)
    assert phases.current == ""


def test_a_cold_start(timeline: Timeline) -> None:
    timeline.hear(*HANDSHAKE)
    timeline.greet(9, COLD)
    timeline.state(12, connecting("sending the engine to gpu1, once: 0.1 of 1.0 MB"))
    timeline.state(14, connecting("starting the engine on gpu1"))
    timeline.state(15, LIVE)
    assert timeline.phases.durations_s()["send"] == 5
    assert timeline.phases.durations_s()["engine"] == 1


def test_behind_a_jump_host_the_last_word_counts(timeline: Timeline) -> None:
    timeline.hear(*HANDSHAKE)
    timeline.hear(
        (7, "debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1"),
        (8, "debug1: SSH2_MSG_NEWKEYS received"),
        (9, 'Authenticated to gpu1 (via proxy) using "password".'),
    )
    timeline.greet(10, WARM)
    assert timeline.phases.durations_s() == {
        "look-up": 1, "connection": 6, "key exchange": 1, "login": 1, "shell": 1,
    }  # fmt: skip
    assert timeline.phases.method == "password"


def test_a_shared_connection_is_one_phase(timeline: Timeline) -> None:
    timeline.hear((0, "debug1: auto-mux: Trying existing master at '/home/you/.ssh/cm'"))
    timeline.greet(2, WARM)
    assert timeline.phases.durations_s() == {"shared": 2}


@pytest.mark.parametrize(("heard", "current"), [
    (0, "look-up"), (1, "connection"), (2, "key exchange"), (3, "login"), (6, "shell"),
])  # fmt: skip
def test_where_it_stands(timeline: Timeline, heard: int, current: str) -> None:
    timeline.hear(*HANDSHAKE[:heard])
    assert timeline.phases.current == current


def test_later_words_change_nothing(timeline: Timeline) -> None:
    timeline.hear(*HANDSHAKE)
    timeline.greet(9, WARM)
    timeline.hear((100, "debug1: SSH2_MSG_NEWKEYS received"))  # keys are made anew after an hour
    assert timeline.phases.durations_s()["key exchange"] == 1
