"""What leads to a shell on a far machine: ssh, or any command the user names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from farboard.errors import FarboardError
    from farboard.link.classify import Seen


@dataclass(frozen=True)
class Shell:
    """The command that gives a shell on the far side.

    Attributes:
        argv: the program and its arguments.
        bare: it reads what to do from its stdin; else it was told on the command line.
        alone: it runs in a session of its own, without our terminal: nobody can be asked.
        environment: what is added to ours.
    """

    argv: Sequence[str]
    bare: bool = False
    alone: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


class Way(Protocol):
    """How a far shell is reached, and what is known about it when that does not work."""

    name: str
    """What is waited for, in words."""

    def shell(self, line: str, *, batch: bool, own_connection: bool) -> Shell:
        """Return the command that runs a line of shell on the far side.

        Args:
            line: for shells that are told on the command line.
            batch: never ask anything; fail instead.
            own_connection: do not use a connection that something else holds open.
        """
        ...

    async def shared_connection(self) -> str | None:
        """Return what holds open the connection that is used, if anything does."""
        ...

    async def explain(self, seen: Seen) -> FarboardError:
        """Say why an attempt ended before our own first word."""
        ...
