"""All values of one series, some at a time."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from farboard.errors import FarboardError
from farboard.hub.untrusted import BadAnswerError, parse_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from farboard.hub.source import Source

Json = dict[str, Any]

# Values that are asked for at once, and what the engine gives at most.
VALUES_AT_A_TIME = 200
LIMIT = 10_000


@dataclass(frozen=True)
class Point:
    """One value and where it stands."""

    step: int
    wall_time: float | str
    superseded: int
    value: Json


async def points_of(source: Source, series: Json, restarts: str) -> AsyncIterator[Point]:
    """Return every point of a series: ascending in step, those at one step in their order.

    Args:
        source: whom to ask.
        series: `run`, `tag` and `kind`.
        restarts: `latest` or `all`.

    Raises:
        FarboardError: the engine refuses.
        SourceDown: the link broke.
    """
    every = await _ask(source, series, restarts, steps_only=True)
    if every is None:
        return
    for first, last in _ranges(every["step"]):
        async for point in _points(source, series, restarts, first, last):
            yield point


def _ranges(steps: Sequence[int]) -> list[tuple[int, int]]:
    """Cut steps into ranges of at most `VALUES_AT_A_TIME` points, as far as steps are different."""
    ranges: list[tuple[int, int]] = []
    size = 0
    for step, count in sorted(Counter(steps).items()):
        if ranges and size + count <= VALUES_AT_A_TIME:
            ranges[-1] = (ranges[-1][0], step)
            size += count
        else:
            ranges.append((step, step))
            size = count
    return ranges


async def _points(
    source: Source, series: Json, restarts: str, first: int, last: int
) -> AsyncIterator[Point]:
    try:
        part = await _ask(source, series, restarts, range=[first, last], limit=LIMIT)
    except _TooLargeError as error:
        if first == last:
            raise FarboardError(
                f"the values of {series['tag']} at step {first} are too many to be listed",
                str(error),
            ) from None
        middle = (first + last) // 2
        for half in ((first, middle), (middle + 1, last)):
            async for point in _points(source, series, restarts, *half):
                yield point
        return
    if part is None:
        return
    if part["points"] > len(part["step"]):
        raise FarboardError(f"{series['tag']} has more than {LIMIT} values at step {first}")
    superseded = part["superseded"] or itertools.repeat(0, len(part["step"]))
    rows = zip(part["step"], part["wall_time"], superseded, part["value"], strict=True)
    # In the order of files a later step may come first.
    for step, wall_time, is_superseded, value in sorted(rows, key=lambda row: row[0]):
        if not isinstance(value, dict):
            raise BadAnswerError("a value in another shape")
        yield Point(step, wall_time, is_superseded, value)


class _TooLargeError(Exception):
    """The answer would be too large."""


async def _ask(source: Source, series: Json, restarts: str, **more: Any) -> Json | None:
    """Return what the engine says of the series; None when it has none any more."""
    asked = {"series": [series], "restarts": restarts, **more}
    answer = await source.ask("POST", "/api/values", json.dumps(asked).encode())
    said = parse_object(answer.body)
    if answer.status != 200:
        error = said.get("error")
        error = error if isinstance(error, dict) else {}
        if error.get("code") == "too_large":
            raise _TooLargeError(str(error.get("hint")))
        raise FarboardError("the engine refused the export", str(error.get("message", "")))
    found = said.get("series")
    if not found:
        return None
    return _checked(found[0], more.get("steps_only", False))


def _checked(part: Any, is_steps_only: bool) -> Json:
    """Return it when it has what is looked at.

    Raises:
        BadAnswerError: it is in another shape.
    """
    names = ["step", "wall_time", "superseded", *([] if is_steps_only else ["value"])]
    if not isinstance(part, dict) or not all(isinstance(part.get(name), list) for name in names):
        raise BadAnswerError("values in another shape")
    if not all(type(step) is int for step in part["step"]):
        raise BadAnswerError("a step that is no whole number")
    if not isinstance(part.get("points"), int):
        raise BadAnswerError("values without a count")
    return part
