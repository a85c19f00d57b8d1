"""Numbers and times as people read them."""

from __future__ import annotations

import time

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400


def grouped(number: int | None) -> str:
    """`34 812`; empty for None."""
    return "" if number is None else f"{number:,}".replace(",", " ")


def counted(number: int, one: str, many: str = "") -> str:
    """`1 file`, `12 files`."""
    return f"{grouped(number)} {one if number == 1 else many or one + 's'}"


def age(seconds: float | None) -> str:
    """`4 s`, `12 min`, `9 h 12 min`, `3 d 4 h`; empty for None."""
    if seconds is None:
        return ""
    whole_s = int(seconds)
    if whole_s < MINUTE_S:
        return f"{whole_s} s"
    if whole_s < HOUR_S:
        return f"{whole_s // MINUTE_S} min"
    if whole_s < DAY_S:
        return f"{whole_s // HOUR_S} h {whole_s % HOUR_S // MINUTE_S} min"
    return f"{whole_s // DAY_S} d {whole_s % DAY_S // HOUR_S} h"


def clock(time_s: float) -> str:
    """Return the local time of day, `14:02:11`."""
    return time.strftime("%H:%M:%S", time.localtime(time_s))


def listed(names: list[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
