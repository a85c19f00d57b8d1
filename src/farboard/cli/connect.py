"""One target for a command that asks something and ends."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from farboard.hub.logdir import logdir_error
from farboard.hub.sources import Sources
from farboard.hub.untrusted import object_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from farboard.cli.options import Reach
    from farboard.cli.talk import Talk
    from farboard.hub.source import Source
    from farboard.target import Target


@contextlib.asynccontextmanager
async def connected(
    target: Target, reach: Reach, talk: Talk, *, read_all: bool = True
) -> AsyncIterator[Source]:
    """Give the source of a target; end it afterwards.

    Args:
        target: what to connect to.
        reach: how to get there.
        talk: told what is being done.
        read_all: wait until the engine has read everything.

    Raises:
        FarboardError: it cannot be reached or read.
    """
    log = reach.open_log(talk)
    sources = Sources()
    mute = sources.listen(lambda message: talk.passing(_progress(message)))
    source = sources.add(target, reach.link_maker(talk.line, log))
    try:
        await source.start()
        await source.wait_until_known()
        error = logdir_error(source)
        if error is not None:
            raise error
        if read_all:
            await source.wait_until_read()
        mute()
        talk.passing("")
        yield source
    finally:
        talk.passing("")
        await sources.close()


def _progress(message: dict[str, Any]) -> str:
    """Say what is being done, in one line; empty when nothing is."""
    source = object_in(message, "source")
    if source.get("state") == "connecting":
        return str(source.get("message", ""))
    load = object_in(source, "load")
    if load.get("state") != "loading":
        return ""
    return reading(str(source.get("source")), load)


def reading(name: str, load: dict[str, Any]) -> str:
    """How far an engine has read."""
    files, megabytes = load.get("files", 0), load.get("bytes", 0) / 1e6
    read_files, read_megabytes = load.get("files_read", 0), load.get("bytes_read", 0) / 1e6
    return (
        f"{name}: reading {read_files} of {files} files, {read_megabytes:.1f} of {megabytes:.1f} MB"
    )
