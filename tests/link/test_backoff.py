"""When the next attempt may be made."""

from __future__ import annotations

import pytest

from farboard.errors import (
    ClosedByRemote,
    ConnectError,
    EngineEnded,
    FarboardError,
    RefusedError,
    RemoteError,
    SourceDown,
)
from farboard.link import Timing
from farboard.link.backoff import Backoff

NETWORK = ConnectError("gpu1 does not answer")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("farboard.link.backoff.time.monotonic", lambda: clock.now_s)
    return clock


class Clock:
    now_s = 1000.0


def waits(backoff: Backoff, error: FarboardError, attempts: int) -> list[float]:
    """How long each of some attempts in a row, which all fail, has to wait."""
    found = []
    for _ in range(attempts):
        found.append(backoff.wait_s(error))
        backoff.attempted()
    return found


def test_the_waits_grow_to_half_a_minute_and_never_end() -> None:
    backoff = Backoff(Timing())
    backoff.lost(SourceDown("no answer"), 3600)
    assert waits(backoff, NETWORK, 9) == [0, 1, 2, 4, 8, 15, 30, 30, 30]
    assert waits(backoff, NETWORK, 1000)[-1] == 30


def test_a_pause_counts_from_the_beginning_of_the_attempt_before(clock: Clock) -> None:
    backoff = Backoff(Timing())
    backoff.lost(SourceDown("no answer"), 3600)
    found = []
    for _ in range(8):
        found.append(backoff.wait_s(NETWORK))
        clock.now_s += found[-1]
        backoff.attempted()
        clock.now_s += 14.0  # nothing answers, and ssh gives up
    assert found == [0, 0, 0, 0, 0, 1, 16, 16]
    backoff.lost(SourceDown("no answer"), 3600)
    assert backoff.wait_s(NETWORK) == 0


def test_sleep_and_clicks_begin_them_anew() -> None:
    backoff = Backoff(Timing())
    waits(backoff, NETWORK, 9)
    backoff.begin_anew()
    assert waits(backoff, NETWORK, 3) == [0, 1, 2]


@pytest.mark.parametrize(("lived_s", "wait_s"), [(5, 4), (60, 0)])
def test_only_a_connection_that_lived_begins_them_anew(lived_s: float, wait_s: float) -> None:
    backoff = Backoff(Timing())
    waits(backoff, NETWORK, 3)
    backoff.lost(SourceDown("no answer"), lived_s)
    assert backoff.wait_s(NETWORK) == wait_s


@pytest.mark.parametrize("error", [RefusedError("hung up"), RemoteError("cannot run")])
def test_a_server_that_does_not_want_us_is_left_alone_for_a_minute(error: FarboardError) -> None:
    assert waits(Backoff(Timing()), error, 3) == [60, 60, 60]


def test_a_server_that_hung_up_is_asked_once_and_then_each_minute() -> None:
    backoff = Backoff(Timing())
    backoff.lost(ClosedByRemote("gpu1 closed the connection"), 3600)
    assert waits(backoff, NETWORK, 3) == [0, 60, 60]
    backoff.lost(SourceDown("no answer"), 3600)
    assert waits(backoff, NETWORK, 2) == [0, 1]


def test_an_engine_that_is_killed_again_and_again_is_started_each_five_minutes(
    clock: Clock,
) -> None:
    killed = EngineEnded("killed, signal 9")
    backoff = Backoff(Timing())
    for _ in range(2):
        backoff.lost(killed, 60)
        assert not backoff.keeps_ending
        assert backoff.wait_s(killed) == 0
        clock.now_s += 100
    backoff.lost(killed, 60)
    assert backoff.keeps_ending
    assert backoff.wait_s(killed) == 300
    clock.now_s += 301
    backoff.lost(killed, 250)
    assert not backoff.keeps_ending, "three deaths in more than five minutes"
