"""The route of histograms over time: each source adds up those of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from farboard.hub.by_series import answer_by_series

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
        return await answer_by_series(request, self.sources, "/api/histograms")
