"""Puts the hub together: guard, compression, routes, live changes, page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, WebSocketRoute

from farboard.errors import FarboardError
from farboard.hub.api_error import (
    ApiError,
    answer_api_error,
    answer_bad_answer,
    answer_crash,
    answer_farboard_error,
    answer_http_exception,
)
from farboard.hub.bands import Bands
from farboard.hub.fanout import ClientGoneError
from farboard.hub.files import Files
from farboard.hub.guard import AllowedHosts, Guard
from farboard.hub.histograms import Histograms
from farboard.hub.hparams import Hparams
from farboard.hub.live import Live
from farboard.hub.media import Media
from farboard.hub.page import Page
from farboard.hub.roster import Roster
from farboard.hub.routes import Routes, answer_client_gone
from farboard.hub.static import BUNDLE, Static
from farboard.hub.statistics import Statistics
from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from farboard.hub.auth import Auth
    from farboard.hub.sources import Sources

COMPRESS_FROM_BYTES = 1024
# The hop is usually loopback: most of the gain, little of the time.
COMPRESSION_LEVEL = 4
# Ranges count bytes as they are, and lines are wanted as they come.
UNCOMPRESSED_PATHS = ("/api/blob/", "/api/asset/", "/api/check")


class Compression(GZipMiddleware):
    """Compresses answers, save those that have to stay as they are."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back, compressed or not."""
        as_it_is = scope["type"] == "http" and scope["path"].startswith(UNCOMPRESSED_PATHS)
        inner = self.app if as_it_is else super().__call__
        await inner(scope, receive, send)


def make_app(
    sources: Sources,
    auth: Auth,
    *,
    hosts: AllowedHosts = AllowedHosts(),  # noqa: B008 - frozen
    bundle: Path = BUNDLE,
    on_refused: Callable[[str, str], None] = lambda _who, _why: None,
    on_login: Callable[[], None] = lambda: None,
    watch: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    roster: Roster | None = None,
    page: Page = Page(),  # noqa: B008 - frozen
) -> ASGIApp:
    """Put the hub together as an ASGI application.

    Args:
        sources: the targets of the board.
        auth: knows the secret and the one-time codes.
        hosts: names and addresses requests may use beside the loopback ones.
        bundle: the directory of the built page.
        on_refused: told `(who, why)` when a request had a wrong Host or a foreign Origin.
        on_login: called when a one-time code was exchanged.
        watch: may wrap what stands behind the guard.
        roster: adds and removes targets; None: they stay as they are.
        page: what the page begins with.
    """
    routes = Routes(sources, auth, on_login)
    app = Starlette(
        routes=[
            *routes.all(),
            *Files(sources).all(),
            *Media(sources, auth).all(),
            *Statistics(sources).all(),
            *Histograms(sources).all(),
            *Bands(sources).all(),
            *Hparams(sources).all(),
            *(roster or Roster(sources, None)).all(),
            *page.all(),
            WebSocketRoute("/api/changes", Live(sources, auth).changes),
            Mount("/", Static(bundle)),
        ],
        middleware=[
            Middleware(
                Compression,
                minimum_size=COMPRESS_FROM_BYTES,
                compresslevel=COMPRESSION_LEVEL,
            )
        ],
        exception_handlers={
            ApiError: answer_api_error,
            FarboardError: answer_farboard_error,
            BadAnswerError: answer_bad_answer,
            HTTPException: answer_http_exception,
            ClientGoneError: answer_client_gone,
            Exception: answer_crash,
        },
    )
    # Outside everything else, so that crashes too carry the security headers.
    return Guard(watch(app), auth=auth, hosts=hosts, on_refused=on_refused)
