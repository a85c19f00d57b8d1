"""Targets that come and go while the board runs: the routes under `/api/sources`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from farboard.errors import TargetError
from farboard.hub.api_error import ApiError
from farboard.hub.asking import read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request

    from farboard.hub.source import MakeLink, Source
    from farboard.hub.sources import Sources
    from farboard.target import Target

SOURCES_MAX = 64


@dataclass(frozen=True)
class Welcome:
    """What a board does with targets that come and go while it runs.

    Args:
        parse: reads what was typed; raises TargetError.
        make_link: as for the targets it began with, with the same ways to reach them.
        start: connects a source, and tells who sits at the terminal what goes wrong.
        tell: shows a line in the terminal.
    """

    parse: Callable[[str], Target]
    make_link: MakeLink
    start: Callable[[Source], Coroutine[None, None, None]]
    tell: Callable[[str], None]


class Roster:
    """Adds and removes targets.

    Args:
        sources: those of the board.
        welcome: how; None: this board's targets stay as they are.
        on_change: called after each addition and removal.
    """

    def __init__(
        self,
        sources: Sources,
        welcome: Welcome | None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.sources = sources
        self._welcome = welcome
        self._on_change = on_change
        self._added: set[str] = set()
        self._removed: dict[str, Target] = {}
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[bool]] = set()

    def all(self) -> list[Route]:
        """For the router."""
        return [
            Route("/api/sources", self.add, methods=["POST"]),
            Route("/api/sources/remove", self.remove, methods=["POST"]),
        ]

    @property
    def complete(self) -> bool:
        """Whether every target that the board began with is still there."""
        return self._removed.keys() <= self._added

    async def add(self, request: Request) -> Response:
        """Add a target, and begin to connect to it; how that goes is told by its state."""
        welcome = self._open()
        text = (await read_object(request)).get("target")
        if not isinstance(text, str):
            raise ApiError("bad_request", "target must be a text", 'such as "gpu1:runs"')
        target = self._removed.get(text.strip()) or _parsed(welcome, text.strip())
        if self.sources.get(target.label) is not None:
            return JSONResponse({"source": target.label, "added": False})
        if len(self.sources) >= SOURCES_MAX:
            raise ApiError(
                "too_large", f"a board shows {SOURCES_MAX} targets at most", "remove one first"
            )
        source = self.sources.add(target, welcome.make_link)
        if self._removed.pop(target.label, None) is None:
            self._added.add(target.label)
        source.tell()
        welcome.tell(f"{source.name} was added in the page")
        self._starting[source.name] = asyncio.create_task(welcome.start(source))
        self._on_change()
        return JSONResponse({"source": source.name, "added": True})

    async def remove(self, request: Request) -> Response:
        """Remove a source and end what runs for it; `confirmed`: the far side has said so."""
        welcome = self._open()
        name = (await read_object(request)).get("source")
        source = self.sources.get(name) if isinstance(name, str) else None
        if source is None:
            raise ApiError("not_found", "there is no such source")
        self._removed[source.name] = source.target
        starting = self._starting.pop(source.name, None)
        if starting is not None:
            starting.cancel()
        self.sources.remove(source.name)
        self._on_change()
        # It goes on also when the one who asked for it goes away.
        ending = asyncio.create_task(self._end(source, welcome))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        confirmed = await asyncio.shield(ending)
        return JSONResponse({"source": source.name, "confirmed": confirmed})

    async def close(self) -> None:
        """Wait for nobody any more who was added, and for the ends of those who were removed."""
        for task in self._starting.values():
            task.cancel()
        tasks = [*self._starting.values(), *self._ending]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self, source: Source, welcome: Welcome) -> bool:
        confirmed = await source.close()
        welcome.tell(f"{source.name} was removed in the page{_left_behind(source, confirmed)}")
        return confirmed

    def _open(self) -> Welcome:
        if self._welcome is None:
            raise ApiError("forbidden", "the targets of this board stay as they are")
        return self._welcome


def _parsed(welcome: Welcome, text: str) -> Target:
    # It is shown in a terminal and on pages, and is part of JSON.
    if not text.isprintable():
        raise ApiError("bad_request", "a target contains a character that cannot be shown")
    try:
        return welcome.parse(text)
    except TargetError as error:
        raise ApiError("bad_request", error.message, error.hint) from None


def _left_behind(source: Source, confirmed: bool) -> str:
    if source.target.kind == "local":
        return ""
    machine = source.target.machine
    if confirmed:
        return f"; nothing of it is left running on {machine}"
    return f"; what runs on {machine} will end by itself within 60 s"
