"""Runs the hub on its sockets, and ends it quickly, whatever pages are open."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

import uvicorn

from farboard.errors import FarboardError
from farboard.hub.visitors import Visitors, protocol_with

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from starlette.types import ASGIApp

# A page that waits keeps its connection, which costs a channel when it comes through `ssh -L`.
KEEP_ALIVE_S = 60
INTRODUCTION_MAX_BYTES = 64 << 10
REFUSED_WEBSOCKET = "ASGI callable returned without completing handshake."


class Server(uvicorn.Server):
    """uvicorn, with signals left to the command line and no farewell to open connections."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=protocol_with(Visitors()),
            ws="websockets-sansio",
            ws_max_size=INTRODUCTION_MAX_BYTES,
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            # Nobody may claim another scheme or address than the connection's own.
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=0,
        )
        super().__init__(config)
        logging.getLogger("uvicorn.error").addFilter(_is_a_bug)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the command line."""
        yield

    async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """Tells WebSockets that we go away, and drops what is being answered."""
        # Dropping answers is what we want; uvicorn would call each an error.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(list(sockets) if sockets else None)

    def stop(self) -> None:
        """Make `serve` return soon."""
        self.should_exit = True


def _is_a_bug(record: logging.LogRecord) -> bool:
    """Whether to print what uvicorn logs.

    Not an answer that broke off because its source did, and not that a WebSocket was refused: a
    stranger could fill the terminal with it.
    """
    if record.getMessage() == REFUSED_WEBSOCKET:
        return False
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error and error.__cause__, FarboardError)
