"""Who is connected and has not shown the secret: few at a time, and not for long.

Every account of this machine can connect to the port. Whoever opens connections and says nothing,
or says something that never ends, must not use up what the board's own page needs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Scope

# The empty page is loaded without the secret: by six connections of each browser at the most.
STRANGERS_MAX = 100
STRANGER_STAYS_S = 60.0
# Where a connection's visitor stands in the state of its requests.
STATE = "visitor"


class Visitor:
    """One connection, until it ends, however many requests come over it."""

    def __init__(self, transport: asyncio.Transport, since_s: float) -> None:
        self.since_s = since_s
        self.is_let_in = False
        self._transport = transport

    @property
    def is_stranger(self) -> bool:
        """Whether it is still connected and has shown nothing."""
        return not self.is_let_in and not self._transport.is_closing()

    def show_out(self) -> None:
        """Break the connection."""
        self._transport.abort()


class Visitors:
    """The strangers among the connections of one server, the one that came first first."""

    def __init__(self) -> None:
        self._strangers: list[Visitor] = []
        self._next_look: asyncio.TimerHandle | None = None

    def enter(self, transport: asyncio.Transport) -> Visitor:
        """Take note of a new connection; the one that has waited longest makes room for it."""
        loop = asyncio.get_running_loop()
        visitor = Visitor(transport, loop.time())
        strangers = [known for known in self._strangers if known.is_stranger]
        while len(strangers) >= STRANGERS_MAX:
            strangers.pop(0).show_out()
        self._strangers = [*strangers, visitor]
        if self._next_look is None:
            self._next_look = loop.call_later(STRANGER_STAYS_S, self._look)
        return visitor

    def _look(self) -> None:
        """Show out who has stayed for too long, and come back for the next one."""
        loop = asyncio.get_running_loop()
        self._strangers = [visitor for visitor in self._strangers if visitor.is_stranger]
        while self._strangers and self._strangers[0].since_s + STRANGER_STAYS_S <= loop.time():
            self._strangers.pop(0).show_out()
        self._next_look = None
        if self._strangers:
            due_s = self._strangers[0].since_s + STRANGER_STAYS_S
            self._next_look = loop.call_at(due_s, self._look)


def protocol_with(visitors: Visitors) -> type[H11Protocol]:
    """Return uvicorn's protocol, with a visitor for each connection."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            # Handed on to a WebSocket, too, when the connection becomes one.
            self.app_state: dict[str, Any] = {
                **self.app_state,
                STATE: visitors.enter(transport),
            }
            super().connection_made(transport)

        def _should_upgrade(self) -> bool:
            # Any other method would leave the connection hanging between the two protocols.
            return bool(self.scope["method"] == "GET" and super()._should_upgrade())

    return Protocol


def let_in(scope: Scope) -> None:
    """Remember that a request's connection belongs to somebody who may be here."""
    visitor = scope.get("state", {}).get(STATE)
    if isinstance(visitor, Visitor):
        visitor.is_let_in = True
