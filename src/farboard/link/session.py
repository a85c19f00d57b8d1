"""One running engine and the connection to it; what makes and ends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from farboard.errors import SourceDown
from farboard.link.http2 import Connection

if TYPE_CHECKING:
    from farboard.link.process import Child

# An engine that was started answers at once; a far machine may be swapping.
_FIRST_ANSWER_S = 20.0


class Session:
    """A running engine. Make one with `shake_hands`."""

    def __init__(self, child: Child, connection: Connection, rtt_s: float) -> None:
        self.child = child
        self.connection = connection
        self.first_rtt_s = rtt_s
        self.runs_from = ""
        """Where the engine is kept on a far machine: its path, or `memory`."""

    async def end(self, grace_s: float) -> bool:
        """End the engine and leave nothing.

        Args:
            grace_s: how long it may take to end by itself.

        Returns:
            Whether the engine ended by itself and said so.
        """
        await self.connection.close()
        return await self.child.end(grace_s) == 0


async def shake_hands(child: Child) -> Session:
    """Begin HTTP/2 with an engine that was started, and wait until it answers.

    Raises:
        SourceDown: it does not answer, or ended.
    """
    connection = Connection(child.stdout, child.stdin)
    connection.start()
    try:
        rtt_s = await asyncio.wait_for(connection.ping(), _FIRST_ANSWER_S)
    except asyncio.TimeoutError:
        await connection.close()
        raise SourceDown("the engine was started, but does not answer") from None
    except BaseException:
        await connection.close()
        raise
    return Session(child, connection, rtt_s)


def engine_arguments(logdir: str, *, far: bool, threads: int | None) -> list[str]:
    """Return the arguments of `farboard-engine` that serve a logdir.

    The path travels as hex digits: those mean the same in every login shell.
    """
    arguments = ["serve", "--logdir-hex", logdir.encode("utf-8", "surrogateescape").hex()]
    if far:
        arguments += ["--nice", "--silence-timeout", "60"]
        threads = threads or 2
    if threads:
        arguments += ["--threads", str(threads)]
    return arguments
