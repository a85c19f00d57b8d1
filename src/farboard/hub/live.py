"""The WebSocket `/api/changes`: what happens, as it happens, to every open page."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from farboard.hub.change import merge_changes
from farboard.hub.visitors import let_in

if TYPE_CHECKING:
    from farboard.hub.auth import Auth
    from farboard.hub.sources import Sources

Message = dict[str, Any]

UNAUTHORIZED = 4401
INTRODUCTION_WITHIN_S = 10.0


class Outbox:
    """Messages one page has not been sent yet; never more than two per source.

    A page that is slow, or a tab that sleeps, gets one newer message instead of many older ones: a
    source's entry replaces the one before, and changes are merged. The place in the line is kept
    such that a change never overtakes the entry that announced its source.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Message] = {}
        self._some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Add a message, or make it part of the one that waits."""
        name = _source_of(message)
        key = (message["type"], name)
        if message["type"] == "source_removed":
            # Words about it must not come after those of its end, should it ever return.
            for earlier in ("source", "change"):
                self._waiting.pop((earlier, name), None)
        elif message["type"] == "source":
            self._waiting.pop(("source_removed", name), None)
        elif message["type"] == "change":
            older = self._waiting.pop(key, None)
            message = message if older is None else merge_changes(older, message)
        self._waiting[key] = message
        self._some.set()

    async def take(self) -> Message:
        """Take the oldest message, as soon as there is one."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.pop(next(iter(self._waiting)))


class Live:
    """Serves the WebSocket."""

    def __init__(self, sources: Sources, auth: Auth) -> None:
        self.sources = sources
        self.auth = auth

    async def changes(self, websocket: WebSocket) -> None:
        """One page's connection, from its introduction to its end."""
        await websocket.accept()
        if not await self._introduced(websocket):
            return
        outbox = Outbox()
        outbox.put({"type": "hello", **self.sources.status()})
        unlisten = self.sources.listen(outbox.put)
        sending = asyncio.create_task(_send_all(websocket, outbox))
        try:
            # Nothing more is expected of the page; reading is how its end is noticed.
            async for _ in websocket.iter_text():
                pass
        finally:
            unlisten()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _introduced(self, websocket: WebSocket) -> bool:
        """Whether the first message carries the secret; closes the connection when not."""
        try:
            text = await asyncio.wait_for(websocket.receive_text(), INTRODUCTION_WITHIN_S)
            secret = json.loads(text)["secret"]
        except WebSocketDisconnect:
            return False
        except (asyncio.TimeoutError, KeyError, TypeError, ValueError, RecursionError):
            secret = None
        if isinstance(secret, str) and self.auth.accepts(secret):
            let_in(websocket.scope)
            return True
        await websocket.close(UNAUTHORIZED, "the first message must be the secret")
        return False


async def _send_all(websocket: WebSocket, outbox: Outbox) -> None:
    while True:
        message = await outbox.take()
        await websocket.send_text(json.dumps(message, separators=(",", ":"), ensure_ascii=False))


def _source_of(message: Message) -> str:
    source = message.get("source", "")
    return str(source["source"] if isinstance(source, dict) else source)
