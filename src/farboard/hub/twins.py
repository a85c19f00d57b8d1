"""The same directory seen through two machines of one network file system: it is shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from farboard.hub.untrusted import object_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from farboard.hub.source import Source

# Who does not try any more by itself leaves the directory to another one.
GIVEN_UP = ("failed", "needs_you")


class Twins:
    """Remembers through whom each directory is shown.

    Who shows one goes on doing so, whoever comes up later: what is on the screen does not move
    without need.
    """

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}

    def find(self, sources: Iterable[Source]) -> dict[str, str]:
        """Return by its name each source that is not shown, and which is shown in its place."""
        groups: dict[str, list[Source]] = {}
        for source in sources:
            identity = object_in(source.status, "logdir").get("identity")
            if isinstance(identity, str) and identity:
                groups.setdefault(identity, []).append(source)
        twins: dict[str, str] = {}
        for identity, group in groups.items():
            shown = self._choose(self._shown.get(identity), group)
            self._shown[identity] = shown.name
            twins.update({source.name: shown.name for source in group if source is not shown})
        return twins

    def _choose(self, before: str | None, group: list[Source]) -> Source:
        able = [source for source in group if source.state not in GIVEN_UP] or group
        as_before = [source for source in able if source.name == before]
        up = [source for source in able if source.ready]
        return (as_before or up or able)[0]
