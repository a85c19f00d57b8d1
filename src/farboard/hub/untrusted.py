"""What a far machine sends may be anything: looked at with care, once, here."""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

# A line of changes lists at most 10,000 series; anything longer is not an engine of ours.
LINE_MAX_BYTES = 16 << 20
# An engine of ours sends twenty lines a second. Of one that floods us no more is taken than this
# lets through, and everybody else has their turn in between.
PAUSE_PER_LINE_S = 0.001
LEVELS_MAX = 12
_RUN_NUMBERS = ("points", "tags", "last_step", "last_wall_time_s", "modified_at_s")
_STATUS: dict[str, type] = {
    "engine": dict,
    "logdir": dict,
    "load": dict,
    "index": dict,
    "losses": list,
    "losses_total": dict,
    "losses_by_file": list,
}
# Where a number may be too large for a float; nearly no text has such a place.
_HUGE_NUMBER = re.compile(rb"[0-9][eE][+]?[0-9]{3}|[0-9]{300}")


class BadAnswerError(Exception):
    """What the far side sent is not in the agreed shape."""


def parse_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object, all of whose numbers are finite.

    Raises:
        BadAnswerError: it is something else.
    """
    parse_float = _finite if _HUGE_NUMBER.search(text) else None
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=parse_float)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"not JSON: {_short(error)}") from None
    if not isinstance(value, dict):
        raise BadAnswerError("not a JSON object")
    return value


def to_json(value: Any) -> bytes:
    """Return what was made of answers as JSON.

    Raises:
        BadAnswerError: there is something in it that no JSON can hold.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        # Half a surrogate pair is a character of JSON, and of nothing else.
        return text.encode("utf-8", "backslashreplace")
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(_short(error)) from None


def object_in(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object of that name; an empty one when it is missing or something else."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def number_in(parent: dict[str, Any], name: str) -> float | None:
    """Return the number of that name; None when it is missing, something else or absurd."""
    value = parent.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1 << 53 else None


def checked_change(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line of `/api/changes` as it is.

    Raises:
        BadAnswerError: something in it is of another type, or nested beyond reason.
    """
    sound = (
        isinstance(line.get("epoch"), str)
        and _is_count(line.get("version"))
        and isinstance(line.get("load"), dict)
        and isinstance(line.get("series"), list)
        and all(_names_series(item) for item in line["series"])
        and is_shallow(line)
    )
    if not sound:
        raise BadAnswerError("a change in another shape")
    return line


def checked_status(status: dict[str, Any]) -> dict[str, Any]:
    """Return an engine's status as it is.

    Raises:
        BadAnswerError: something in it is of another type, or nested beyond reason.
    """
    for name, kind in _STATUS.items():
        if not isinstance(status.get(name), (kind, type(None))):
            raise BadAnswerError(f"a status whose {name} is something else")
    if not is_shallow(status):
        raise BadAnswerError("a status nested beyond reason")
    return status


def checked_runs(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the runs of an answer to `/api/runs`.

    Raises:
        BadAnswerError: one has no name, or a number that is none.
    """
    runs = answer.get("runs")
    if not isinstance(runs, list) or not all(_is_run(run) for run in runs):
        raise BadAnswerError("runs in another shape")
    return runs


def is_shallow(value: Any, levels: int = LEVELS_MAX) -> bool:
    """Whether a value is nested no deeper than anything an engine says."""
    if isinstance(value, dict):
        return levels > 0 and all(is_shallow(part, levels - 1) for part in value.values())
    if isinstance(value, list):
        return levels > 0 and all(is_shallow(part, levels - 1) for part in value)
    return True


async def read_objects(chunks: AsyncIterable[bytes]) -> AsyncIterator[dict[str, Any]]:
    """Return the JSON objects of an ndjson stream cut at arbitrary places.

    Raises:
        BadAnswerError: a line is not a JSON object, or too long.
    """
    line = bytearray()
    clock = asyncio.get_running_loop().time
    last_s = 0.0
    async for chunk in chunks:
        first, *others = chunk.split(b"\n")
        line += first
        for other in others:
            if line.strip():
                if clock() - last_s < PAUSE_PER_LINE_S:
                    await asyncio.sleep(PAUSE_PER_LINE_S)
                last_s = clock()
                yield parse_object(bytes(line))
            line = bytearray(other)
        if len(line) > LINE_MAX_BYTES:
            raise BadAnswerError(f"a line of more than {LINE_MAX_BYTES} bytes")


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number beyond all bounds")
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def _names_series(item: Any) -> bool:
    return isinstance(item, dict) and all(
        isinstance(item.get(name), str) for name in ("run", "tag")
    )


def _is_run(run: Any) -> bool:
    return (
        isinstance(run, dict)
        and isinstance(run.get("run"), str)
        and all(run.get(name) is None or number_in(run, name) is not None for name in _RUN_NUMBERS)
    )


def _short(error: Exception) -> str:
    return str(error)[:200]
