"""What a link tells about itself (`LinkState`) and is told (`LinkOptions`, `Timing`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from farboard.link.trace import Trace

State = Literal["connecting", "live", "quiet", "lost", "retrying", "needs_you", "failed"]


@dataclass(frozen=True)
class LinkState:
    """One moment of a link, as in the hub's `/api/status`.

    Attributes:
        since_s: Unix time since when it is in this state.
        message, hint: sentences for people; what happened, and what they can do.
        cause: why it is not live, in one word (`FarboardError.cause`); empty when it is.
        attempt: how many attempts to reconnect were begun since the link was last live.
        next_try_at_s: Unix time of the next attempt, or None.
        rtt_ms: the newest round-trip time of a ping, or None.
        received_bytes: all bytes received since the link was made.
        last_heard_at_s: Unix time when the engine was last heard, or None.
    """

    state: State
    since_s: float
    message: str = ""
    hint: str = ""
    cause: str = ""
    attempt: int = 0
    next_try_at_s: float | None = None
    rtt_ms: float | None = None
    received_bytes: int = 0
    last_heard_at_s: float | None = None


@dataclass(frozen=True)
class Timing:
    """All waiting times, in seconds; tests shorten them.

    Attributes:
        ping_s: how often the engine is asked whether it is there.
        quiet_s, lost_s: how long no answer means `quiet`, and then `lost`.
        wake_s: how long an answer may take after a sleep before a new connection is tried.
        login_s: how long the far shell may take to run our command once it is logged in.
        connect_s: how long network and key exchange may take; ssh allows 15 s for each address.
        grace_s: how long a login may take; after 120 s sshd hangs up unless told otherwise.
        touch_s: after how long to say that ssh may want a security key to be touched.
        shared_s: how long a connection that another ssh holds open may take to answer.
        backoff_s: waits before the first, second, … attempt, from the beginning of the one before;
            the last one holds for ever.
        slow_retry_s: the shortest wait after a server refused us early: no ban shall grow longer;
            and, but for the first attempt, after it hung up in order.
        click_pause_s: for how long after a server refused us early nobody can hurry an attempt.
        stale_s: after how long a click lets an attempt under way begin anew.
        settled_s: how long a connection must have lived for the back-off to begin anew.
        deaths_span_s: an engine that ended `deaths` times in this span is being killed again and
            again; it is started every `killed_retry_s` from then on.
        tick_s, slept_s: how often to look whether time has passed in sleep, and how much is sleep.
        goodbye_s: how long an engine may take to end by itself.
        silence_s: after how long without a word from us a far engine ends by itself; whole seconds.
    """

    ping_s: float = 5.0
    quiet_s: float = 3.0
    lost_s: float = 12.0
    wake_s: float = 1.0
    login_s: float = 15.0
    connect_s: float = 30.0
    grace_s: float = 120.0
    touch_s: float = 5.0
    shared_s: float = 8.0
    backoff_s: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
    slow_retry_s: float = 60.0
    click_pause_s: float = 10.0
    stale_s: float = 5.0
    settled_s: float = 30.0
    deaths: int = 3
    deaths_span_s: float = 300.0
    killed_retry_s: float = 300.0
    tick_s: float = 1.0
    slept_s: float = 5.0
    goodbye_s: float = 5.0
    silence_s: int = 60


@dataclass(frozen=True)
class LinkOptions:
    """How to reach a target.

    Attributes:
        ssh_arguments: passed through to ssh as they are: `-p`, `-J`, `-i`, `-F`, `-o` and values.
        engine: the engine to run or send, instead of the one that belongs to this package.
        threads: how many threads the engine may use; None: 2 when far away, its own choice here.
        on_connect: called (and awaited) each time a new engine answers.
        trace: told what ssh says about its own work, and what the far side says first.
        say: shows a line to the user while connecting in the foreground; None: standard error.
    """

    ssh_arguments: tuple[str, ...] = ()
    engine: Path | None = None
    threads: int | None = None
    on_connect: Callable[[], Awaitable[None] | None] | None = None
    say: Callable[[str], None] | None = None
    trace: Trace | None = None
    timing: Timing = field(default_factory=Timing)
