"""All sources of one board, and those who want to hear what happens to them."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

from farboard import __version__
from farboard.hub.short_names import short_names
from farboard.hub.source import Source
from farboard.hub.twins import Twins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from farboard.hub.source import MakeLink
    from farboard.target import Target

Message = dict[str, Any]


class Sources:
    """The sources in the order they were typed, each target once."""

    def __init__(self) -> None:
        self.started_at_s = time.time()
        self._sources: dict[str, Source] = {}
        self._listeners: list[Callable[[Message], None]] = []
        self._twins = Twins()

    def add(self, target: Target, make_link: MakeLink) -> Source:
        """Add a target without connecting to it; the same label again gives the same source."""
        if target.label in self._sources:
            return self._sources[target.label]
        source = Source(target, make_link, self._pass_on, self._look_for_twins)
        self._sources[target.label] = source
        self._name_all()
        return source

    def remove(self, name: str) -> Source:
        """Forget a source; whoever removes it closes it."""
        source = self._sources.pop(name)
        self.announce({"type": "source_removed", "source": name})
        self._name_all()
        self._look_for_twins()
        return source

    def shown(self) -> list[Source]:
        """Return those that show a directory no other one shows: whom to ask for all there is."""
        return [source for source in self if source.same_as is None]

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def __len__(self) -> int:
        return len(self._sources)

    def get(self, name: str) -> Source | None:
        """Return the source of that name, or None."""
        return self._sources.get(name)

    def status(self) -> Message:
        """Return the answer to `GET /api/status`."""
        hub = {
            "version": __version__,
            "pid": os.getpid(),
            "started_at_s": self.started_at_s,
            "now_s": time.time(),
        }
        return {"hub": hub, "sources": [source.entry() for source in self]}

    def listen(self, listener: Callable[[Message], None]) -> Callable[[], None]:
        """Call `listener` with every message from now on; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(self, message: Message) -> None:
        """Tells every listener; a message is never changed after it was announced."""
        for listener in list(self._listeners):
            listener(message)

    def _pass_on(self, message: Message) -> None:
        """Announce what a source says, unless it is removed, or would say what its twin does."""
        said_by = message["source"]
        source = self.get(said_by["source"] if isinstance(said_by, dict) else said_by)
        if source is None or (message["type"] == "change" and source.same_as is not None):
            return
        self.announce(message)

    def _name_all(self) -> None:
        names = short_names(source.target for source in self)
        for source in self:
            if source.short != names[source.name]:
                source.rename(names[source.name])

    def _look_for_twins(self) -> None:
        twins = self._twins.find(self)
        for source in self:
            if source.same_as != twins.get(source.name):
                source.same_as = twins.get(source.name)
                source.tell()

    async def close(self) -> list[Source]:
        """End all links at once; return the sources whose far side did not confirm it."""
        sources = list(self)
        confirmed = await asyncio.gather(*(source.close() for source in sources))
        return [source for source, said_so in zip(sources, confirmed, strict=True) if not said_so]
