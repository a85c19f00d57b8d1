"""The range of x of a question: by each source's own clock, and what `null` stands for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from farboard.hub.asking import asked_all, body_of, join_sound
from farboard.hub.fanout import Question
from farboard.hub.join import join_tags, joint_range, with_source
from farboard.hub.untrusted import number_in, parse_object, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from farboard.hub.answer import Answer
    from farboard.hub.join import Json
    from farboard.hub.source import Source

    Heard = Sequence[tuple[Source, Answer]]

# What of a question says which x there are.
OF_X = ("x", "x_scale", "restarts")


def by_clock_of(source: Source, asked: Json) -> Json:
    """Return a question whose range of wall times, by our clock, is one by the source's clock."""
    ahead_s, ends = clock_ahead_s(source, asked), asked.get("range")
    if ahead_s == 0 or not isinstance(ends, list):
        return asked
    # What is no number the engine refuses, in its own words.
    if not all(isinstance(end, (int, float, type(None))) for end in ends):
        return asked
    return {**asked, "range": [None if end is None else end + ahead_s for end in ends]}


def clock_ahead_s(source: Source, asked: Json) -> float:
    """Return by how much the x of a source are ahead of ours: its clock's, where they are times."""
    return source.clock.correction_s if asked.get("x") == "wall_time" else 0.0


async def range_of_all(
    request: Request, asked: Json, per_source: Mapping[Source, Sequence[Json]]
) -> list[float] | None:
    """Return the range from the smallest to the greatest x of all asked series, by our clock."""
    x = asked.get("x", "step")
    # The ends of these are told with the tags.
    is_told = x in ("step", "relative", "wall_time") and asked.get("x_scale") != "log"
    if is_told:
        return await _told_range(request, asked, per_source)
    of_x = {name: asked[name] for name in OF_X if name in asked}
    questions = [
        Question(source, "POST", "/api/statistics", body_of(of_x, series))
        for source, series in per_source.items()
    ]
    answers = await asked_all(request, questions)

    def range_of(heard: Heard) -> bytes:
        ends: list[float] = []
        for source, answer in heard:
            rows = with_source([(source.name, parse_object(answer.body))], "series")
            found = [number_in(row, name) for row in rows for name in ("x_min", "x_max")]
            ahead_s = clock_ahead_s(source, asked)
            ends += [end - ahead_s for end in found if end is not None]
        return to_json([min(ends), max(ends)] if ends else None)

    return _ends(join_sound(answers, range_of))


async def _told_range(
    request: Request, asked: Json, per_source: Mapping[Source, Sequence[Json]]
) -> list[float] | None:
    questions = [Question(source, "GET", "/api/tags") for source in per_source]
    answers = await asked_all(request, questions)
    series = [
        {**item, "source": source.name} for source, items in per_source.items() for item in items
    ]
    ahead_s = {source.name: source.clock.correction_s for source in per_source}
    x, restarts = asked.get("x", "step"), asked.get("restarts", "latest")

    def range_of(heard: Heard) -> bytes:
        parts = [(source.name, parse_object(answer.body)) for source, answer in heard]
        return to_json(joint_range(join_tags(parts), series, x, restarts, ahead_s))

    return _ends(join_sound(answers, range_of))


def _ends(text: bytes) -> list[float] | None:
    ends: Any = json.loads(text)
    return ends if isinstance(ends, list) else None
