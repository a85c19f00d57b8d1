"""One board from start to end: sources, server, page and the note that it runs."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import threading
import time
from typing import TYPE_CHECKING

from farboard.hub.app import make_app
from farboard.hub.audience import Audience
from farboard.hub.auth import Auth
from farboard.hub.browser import Redirect
from farboard.hub.page import Page
from farboard.hub.request_log import RequestLog
from farboard.hub.roster import Roster
from farboard.hub.running import Running, remembered
from farboard.hub.server import Server
from farboard.hub.sources import Sources
from farboard.hub.static import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from starlette.types import ASGIApp

    from farboard.hub.roster import Welcome
    from farboard.hub.sockets import Listening
    from farboard.hub.source import Source


class Board:
    """Serves while it is entered; sources may be added and started before or while it does.

    Args:
        listening: the sockets; closed at the end.
        shows: the targets, made comparable, for a second start of the same.
        on_refused: told `(who, why)` of requests with a wrong Host or a foreign Origin.
        bundle: the directory of the built page.
        labels: the targets as they were typed.
        background: whether it has no terminal.
        secret: of the board whose place this one takes; None: a new one.
        log: takes a line for each request; None: nobody wants to know.
        welcome: how targets are added in the page; None: not at all.
        page: what the page begins with.
    """

    def __init__(
        self,
        listening: Listening,
        shows: list[str],
        on_refused: Callable[[str, str], None],
        bundle: Path = BUNDLE,
        *,
        labels: Sequence[str] = (),
        background: bool = False,
        secret: str | None = None,
        log: Callable[[str], None] | None = None,
        welcome: Welcome | None = None,
        page: Page = Page(),  # noqa: B008 - frozen
    ) -> None:
        self.listening = listening
        self.sources = Sources()
        self.left_behind: list[Source] = []
        self._auth = Auth(secret)
        self._redirects: list[Redirect] = []
        self._note = Running(
            os.getpid(),
            listening.port,
            self._auth.secret,
            shows,
            list(labels),
            listening.address,
            background,
            time.time(),
        )
        self._noted = contextlib.ExitStack()
        self._exit = contextlib.ExitStack()
        self._audience: Audience | None = None
        self._roster = Roster(self.sources, welcome, self._remember)
        app = make_app(
            self.sources,
            self._auth,
            hosts=listening.hosts,
            bundle=bundle,
            on_refused=on_refused,
            on_login=self._remove_redirects,
            roster=self._roster,
            watch=self._watch,
            page=page,
        )
        self._server = Server(RequestLog(app, log) if log else app)
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Board:
        self._serving = asyncio.create_task(self._server.serve(self.listening.sockets))
        self._remember()
        self._exit.callback(self._noted.close)
        self._exit.callback(self._remove_redirects)
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        with self._exit:
            self._server.stop()
            try:
                await asyncio.gather(self._close_sources(), self._stopped())
            finally:
                self.listening.close()

    def _remember(self) -> None:
        """Note that it runs, for a second start, which has to find all that it asks for.

        So once one of the first targets was removed the board is nobody's; one more does no harm.
        """
        shows = self._note.targets if self._roster.complete else []
        labels = [source.name for source in self.sources] or self._note.labels
        note = dataclasses.replace(self._note, targets=shows, labels=labels)
        self._noted.close()
        self._noted.enter_context(remembered(note))

    async def _close_sources(self) -> None:
        await self._roster.close()
        self.left_behind = await self.sources.close()

    async def _stopped(self) -> None:
        if self._serving is not None:
            await self._serving

    @property
    def away_s(self) -> float:
        """For how many seconds nobody has looked."""
        return self._audience.away_s if self._audience else 0.0

    def _watch(self, app: ASGIApp) -> ASGIApp:
        self._audience = Audience(app)
        return self._audience

    def new_link(self) -> str:
        """Return the board's address with a new one-time code."""
        return f"{self.listening.url}#code={self._auth.new_code()}"

    def open_page(self, on_failure: Callable[[], None]) -> None:
        """Show the board in the browser; call `on_failure` when there is none."""
        open_in_browser(self.new_link(), on_failure, keep=self._redirects.append)

    def _remove_redirects(self) -> None:
        while self._redirects:
            self._redirects.pop().remove()


def open_in_browser(
    url: str, on_failure: Callable[[], None], keep: Callable[[Redirect], None]
) -> None:
    """Show an address in the browser, without waiting for it.

    Args:
        url: with a one-time code.
        on_failure: called on the running loop when no browser could be started.
        keep: gets the redirect file, to be removed when the code was used or the program ends.
    """
    loop = asyncio.get_running_loop()
    redirect = Redirect(url)
    keep(redirect)

    def show() -> None:
        if not redirect.open():
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(on_failure)

    # A browser may take its time, and a daemon thread does not hold up the end of the program.
    threading.Thread(target=show, daemon=True).start()
