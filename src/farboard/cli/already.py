"""A board of the same targets that runs already: its page is opened, or its place taken."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from farboard.cli.ending import end, say_ended
from farboard.hub.board import open_in_browser
from farboard.hub.browser import can_open
from farboard.hub.running import find_running, same_running

if TYPE_CHECKING:
    from farboard.cli.talk import Talk
    from farboard.hub.browser import Redirect
    from farboard.hub.running import Running

# How long a browser may take to read the file that leads it to the board.
REDIRECT_KEPT_S = 10.0
COPY = "(copy into a browser)"


async def find_same(shows: list[str], port: int | None, talk: Talk) -> tuple[Running, str] | None:
    """Return it with a new code; None when there is none that answers, or a new one is wanted."""
    if port == 0:
        return None
    found = await asyncio.to_thread(find_running, shows, port)
    if found is None:
        for hung in same_running(shows, port):
            talk.line(
                f"The board at {hung.url} (pid {hung.pid}) shows the same but does not answer; "
                f'"farboard stop {hung.pid}" ends it.'
            )
    return found


async def open_running(
    running: Running, code: str, talk: Talk, *, open_page: bool, fragment: str = ""
) -> None:
    """Show its page, with the settings of `fragment`: in the browser, or as a link to copy."""
    link = f"{running.url}#code={code}" + (fragment and f"&{fragment}")
    already = f"Already running: {running.url} (pid {running.pid})."
    if not (open_page and can_open()):
        talk.line(already)
        talk.line(f"{link} {COPY}")
        return
    with contextlib.ExitStack() as redirects:

        def keep(redirect: Redirect) -> None:
            redirects.callback(redirect.remove)

        open_in_browser(link, lambda: talk.line(f"{link} {COPY}"), keep)
        talk.line(f"{already} Opened it.")
        await asyncio.sleep(REDIRECT_KEPT_S)


def wants_login_here(running: Running) -> bool:
    """Whether it waits for a login that it cannot ask for, and that can be asked for here."""
    if not (running.background and sys.stdin and sys.stdin.isatty()):
        return False
    sources = (running.status() or {}).get("sources")
    entries = sources if isinstance(sources, list) else []
    return any(isinstance(entry, dict) and entry.get("state") == "needs_you" for entry in entries)


async def take_place(running: Running, talk: Talk) -> None:
    """End a board in the background; ours gets its port and its secret, so that pages go on."""
    talk.line(
        f"The board in the background (pid {running.pid}) needs a login; taking its place here."
    )
    say_ended(running, await asyncio.to_thread(end, running), talk)
