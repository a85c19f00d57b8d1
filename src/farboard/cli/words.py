"""Numbers and times as people read them."""

from __future__ import annotations

import re
import time

import click

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400
UNITS_S = {"s": 1, "m": MINUTE_S, "min": MINUTE_S, "h": HOUR_S, "d": DAY_S, "": 0}


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


def duration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """Return the seconds of `45s`, `30m`, `8h`, `2d` or 0, as a callback of an option.

    Raises:
        click.BadParameter: it is none of these.
    """
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(s|min|m|h|d|)", value)
    if not match or (not match[2] and float(match[1])):
        raise click.BadParameter(f"{value!r} is no time; write it as 30m, 8h or 2d")
    return float(match[1]) * UNITS_S[match[2]]


def lasting(seconds: float) -> str:
    """`8 h`, `3 d`: as `age`, without what is zero."""
    return re.sub(r" 0 (?:h|min)$", "", age(seconds))


def clock(time_s: float) -> str:
    """Return the local time of day, `14:02:11`."""
    return time.strftime("%H:%M:%S", time.localtime(time_s))


def listed(names: list[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
