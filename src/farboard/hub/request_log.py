"""Writes a line for each request the hub answers (`farboard -v`)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RequestLog:
    """ASGI middleware outside all others: strangers that were refused are in the log, too.

    Args:
        app: what answers.
        write: takes a line.
    """

    def __init__(self, app: ASGIApp, write: Callable[[str], None]) -> None:
        self.app = app
        self.write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; when it is answered, write what was asked and how it went."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        began_s = time.monotonic()
        status: object = "no answer"
        sent_bytes = 0

        async def count(message: Message) -> None:
            nonlocal status, sent_bytes
            status = message.get("status", status)
            if message["type"] == "websocket.accept":
                status = 101
            sent_bytes += len(message.get("body", b"") or message.get("text", "") or b"")
            await send(message)

        try:
            await self.app(scope, receive, count)
        finally:
            took_ms = (time.monotonic() - began_s) * 1000
            method = scope.get("method", "WebSocket")
            query = scope["query_string"].decode("latin-1")
            address = f"{scope['path']}?{query}" if query else scope["path"]
            self.write(f"hub: {method} {address} {status}, {sent_bytes} bytes, {took_ms:.0f} ms")
