"""The route of series in numbers: each source computes those of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from farboard.hub.by_series import answer_by_series

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from farboard.hub.sources import Sources


class Statistics:
    """The answers to `/api/statistics`.

    Args:
        sources: whom to ask.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def all(self) -> list[Route]:
        """For the router."""
        return [Route("/api/statistics", self.statistics, methods=["POST"])]

    async def statistics(self, request: Request) -> Response:
        """Return a range of many series in numbers."""
        return await answer_by_series(request, self.sources, "/api/statistics")
