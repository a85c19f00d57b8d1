"""Knows for how long nobody has looked at the board."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# What `farboard boards` and a second start ask is no look at the board.
NO_LOOKS = ("/api/status", "/api/code")


class Audience:
    """ASGI middleware that counts open pages; it stands behind the guard.

    A page, even one in the background, keeps its WebSocket open. Whoever asks with a program of
    their own looks at the moment of asking. Time asleep does not count.

    Args:
        app: what is looked at.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._pages = 0
        self._looked_at_s = time.monotonic()

    @property
    def away_s(self) -> float:
        """For how many seconds nobody has looked."""
        return 0.0 if self._pages else time.monotonic() - self._looked_at_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and remember that there was one."""
        looks = scope["type"] in ("http", "websocket") and scope["path"] not in NO_LOOKS
        if not looks:
            await self.app(scope, receive, send)
            return
        self._pages += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._pages -= 1
            self._looked_at_s = time.monotonic()
