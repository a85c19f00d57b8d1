"""The route of hyper-parameters: what each run of each source was started with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from farboard.hub.asking import ask_objects
from farboard.hub.join import join_items, with_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from farboard.hub.join import Json, Part
    from farboard.hub.sources import Sources


class Hparams:
    """The answers to `/api/hparams`.

    Args:
        sources: whom to ask.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def all(self) -> list[Route]:
        """For the router."""
        return [Route("/api/hparams", self.hparams, methods=["GET"])]

    async def hparams(self, request: Request) -> Response:
        """Return the hyper-parameters of the runs of all sources that answer."""
        return await ask_objects(request, self.sources.shown(), "/api/hparams", _join)


def _join(parts: Sequence[Part]) -> Json:
    return {**join_items(parts, "runs"), "experiments": with_source(parts, "experiments")}
