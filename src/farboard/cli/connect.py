"""One target for a command that asks something and ends."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from farboard.errors import FarboardError
from farboard.hub.logdir import logdir_error
from farboard.hub.sources import Sources
from farboard.hub.untrusted import BadAnswerError, number_in, object_in

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
    except BadAnswerError as error:
        raise FarboardError(f"{source.name} does not answer as an engine does ({error})") from None
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
    files, size = number_in(load, "files") or 0, number_in(load, "bytes") or 0
    read_files, read_size = number_in(load, "files_read") or 0, number_in(load, "bytes_read") or 0
    return (
        f"{name}: reading {read_files:.0f} of {files:.0f} files, "
        f"{read_size / 1e6:.1f} of {size / 1e6:.1f} MB"
    )
