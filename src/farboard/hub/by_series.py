"""Questions about a range of series, of which each source answers those of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farboard.hub.asking import (
    ask_some,
    body_of,
    json_answer,
    numbered,
    raise_if_nobody,
    read_object,
    series_by_source,
    series_of,
)
from farboard.hub.fanout import Question
from farboard.hub.join import with_source
from farboard.hub.x_range import by_clock_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from farboard.hub.sources import Sources


async def answer_by_series(request: Request, sources: Sources, path: str) -> Response:
    """Ask each source at `path` for its series, the range by its own clock, and list all."""
    asked = await read_object(request)
    per_source = series_by_source(sources, numbered(series_of(asked)))
    questions = [
        Question(source, "POST", path, body_of(by_clock_of(source, asked), series))
        for source, series in per_source.items()
    ]
    answers = await ask_some(request, questions)
    answer = json_answer(answers, lambda parts: {"series": with_source(parts, "series")})
    raise_if_nobody(answers)
    return answer
