"""One running engine and the connection to it; what makes and ends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from farboard.errors import SourceDown
from farboard.link.http2 import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from farboard.link.http2 import Response
    from farboard.link.process import Child

# An engine that was started answers at once; a far machine may be swapping.
_FIRST_ANSWER_S = 20.0
# What every user of a link asks for first. Asked together with the first ping, the answers are
# there two round trips sooner.
_FIRST_QUESTIONS = ("/api/changes", "/api/status")


class Session:
    """A running engine. Make one with `shake_hands`."""

    def __init__(self, child: Child, connection: Connection) -> None:
        self.child = child
        self.connection = connection
        self.first_rtt_s = 0.0
        self.runs_from = ""
        """Where the engine is kept on a far machine: its path, or `memory`."""
        self._ahead: dict[str, asyncio.Task[Response]] = {}

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask the engine, or take the answer to what was asked ahead: good for one time.

        Raises:
            SourceDown: the connection is lost, or the engine broke off the answer.
        """
        ahead = self._ahead.pop(path, None) if method == "GET" else None
        if ahead is not None:
            return await ahead
        return await self.connection.request(method, path, body, headers)

    def ask_ahead(self) -> None:
        """Ask what is always asked first."""
        headers = {"accept": "application/json"}
        for path in _FIRST_QUESTIONS:
            self._ahead[path] = asyncio.create_task(
                self.connection.request("GET", path, None, headers)
            )

    async def end(self, grace_s: float) -> bool:
        """End the engine and leave nothing.

        Args:
            grace_s: how long it may take to end by itself.

        Returns:
            Whether the engine ended by itself and said so.
        """
        await self.close()
        return await self.child.end(grace_s) == 0

    async def close(self) -> None:
        """Say goodbye; the process is left as it is."""
        await self.connection.close()
        tasks = list(self._ahead.values())
        self._ahead.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def shake_hands(child: Child, words: bytes = b"") -> Session:
    """Begin HTTP/2 with an engine that was started, and wait until it answers.

    Args:
        child: the program.
        words: what is to be said before; it goes out in the same write.

    Raises:
        SourceDown: it does not answer, or ended.
    """
    session = Session(child, Connection(child.stdout, child.stdin))
    session.connection.start(words)
    session.ask_ahead()
    try:
        session.first_rtt_s = await asyncio.wait_for(session.connection.ping(), _FIRST_ANSWER_S)
    except asyncio.TimeoutError:
        await session.close()
        raise SourceDown("the engine was started, but does not answer") from None
    except BaseException:
        await session.close()
        raise
    return session


def engine_arguments(
    logdir: str, *, far: bool, threads: int | None, silence_s: int = 60
) -> list[str]:
    """Return the arguments of `farboard-engine` that serve a logdir.

    The path travels as hex digits: those mean the same in every login shell.
    """
    arguments = ["serve", "--logdir-hex", logdir.encode("utf-8", "surrogateescape").hex()]
    if far:
        arguments += ["--nice", "--silence-timeout", str(silence_s)]
        threads = threads or 2
    if threads:
        arguments += ["--threads", str(threads)]
    return arguments
