"""The route of histograms over time: each source adds up those of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

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


class Histograms:
    """The answers to `/api/histograms`.

    Args:
        sources: whom to ask.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def all(self) -> list[Route]:
        """For the router."""
        return [Route("/api/histograms", self.histograms, methods=["POST"])]

    async def histograms(self, request: Request) -> Response:
        """Histograms over time at the resolution of a picture."""
        asked = await read_object(request)
        per_source = series_by_source(self.sources, numbered(series_of(asked)))
        questions = [
            Question(source, "POST", "/api/histograms", body_of(by_clock_of(source, asked), series))
            for source, series in per_source.items()
        ]
        answers = await ask_some(request, questions)
        answer = json_answer(answers, lambda parts: {"series": with_source(parts, "series")})
        raise_if_nobody(answers)
        return answer
