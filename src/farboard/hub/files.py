"""The routes about event files: what is known of each, and a check of every byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from farboard.hub.answer import REFUSAL_MAX_BYTES
from farboard.hub.asking import ask_objects, passed_on, source_named
from farboard.hub.join import join_items

if TYPE_CHECKING:
    from starlette.requests import Request

    from farboard.hub.sources import Sources

NDJSON = "application/x-ndjson"


class Files:
    """The answers to `/api/files` and `/api/check`.

    Args:
        sources: whom to ask.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def all(self) -> list[Route]:
        """For the router."""
        return [
            Route("/api/files", self.files, methods=["GET"]),
            Route("/api/check", self.check, methods=["GET"]),
        ]

    async def files(self, request: Request) -> Response:
        """Return the event files of all sources that answer."""
        return await ask_objects(
            request, self.sources.shown(), "/api/files", lambda parts: join_items(parts, "files")
        )

    async def check(self, request: Request) -> Response:
        """Pass on the check of one source, line by line; it ends when the client goes away."""
        source = source_named(request, self.sources)
        response = await source.open("GET", "/api/check", accept=NDJSON)
        if response.status != 200:
            raise passed_on(source, await response.read(at_most_bytes=REFUSAL_MAX_BYTES))
        return StreamingResponse(response.chunks(), media_type=NDJSON)
