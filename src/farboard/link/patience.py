"""How long to wait for a far side that has not said a word yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from farboard.link.state import Timing

Moment = Literal["touch", "shared", "hint", "give_up"]


class Patience:
    """How long to wait for the far side's first word, and what to do meanwhile.

    ssh does not say when the login is over. This is known: any byte on stdout comes from a login
    shell; a terminal without echo means that a secret is being typed, and that time does not count;
    and where nobody can be asked, nothing but network and shell can be slow. For what remains (a
    touch of a key, a push to a telephone) only the server's own limit for logins is a limit; a hint
    is shown long before.
    """

    def __init__(self, timing: Timing, *, can_ask: bool) -> None:
        self._last_s = time.monotonic()
        self._silent_s = 0.0
        self._spoken_s = 0.0
        self._login_s = timing.login_s
        self._limit_s = timing.login_s + (timing.grace_s if can_ask else timing.connect_s)
        self._ahead: list[tuple[float, Moment]] = [
            (timing.touch_s, "touch"),
            (timing.shared_s, "shared"),
            (timing.login_s, "hint"),
        ]

    def next(self, *, spoken: bool, asks: bool) -> Moment | None:
        """Return what it is time for now, each moment once.

        Args:
            spoken: whether anything came on stdout.
            asks: whether a secret is being typed.
        """
        now_s = time.monotonic()
        passed_s, self._last_s = now_s - self._last_s, now_s
        if not asks:
            self._silent_s += passed_s
            self._spoken_s += passed_s if spoken else 0.0
        if self._spoken_s >= self._login_s or self._silent_s >= self._limit_s:
            return "give_up"
        if not spoken and self._ahead and self._silent_s >= self._ahead[0][0]:
            return self._ahead.pop(0)[1]
        return None
