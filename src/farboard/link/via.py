"""The way through a command of the user's: docker exec, kubectl exec, srun, an ssh within an ssh.

`/bin/sh` is added to its words, and nothing else: however many shells there are on the way, two
plain words come through all of them as they are. What is to be done comes over stdin.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from farboard.errors import ConnectError
from farboard.link.classify import classify_via
from farboard.link.way import Shell

if TYPE_CHECKING:
    from farboard.errors import FarboardError
    from farboard.link.classify import Seen
    from farboard.target import Target

_SHELL = "/bin/sh"
# Whatever ssh is in there must not open a window to ask in, either.
_ASKS_NOBODY = {"SSH_ASKPASS_REQUIRE": "never"}


class Via:
    """Runs the command of `--via`.

    Raises:
        ConnectError: there is no such program.
    """

    def __init__(self, target: Target) -> None:
        self.name = target.way
        program = shutil.which(target.via[0])
        if not program:
            raise ConnectError(
                f'there is no program "{target.via[0]}"', f"--via runs:  {self.name} {_SHELL}"
            )
        self._argv = [program, *target.via[1:], _SHELL]

    def shell(self, line: str, *, batch: bool, own_connection: bool) -> Shell:
        """Return the command; without a terminal of ours when `batch`."""
        del line, own_connection
        return Shell(self._argv, bare=True, alone=batch, environment=_ASKS_NOBODY if batch else {})

    async def shared_connection(self) -> str | None:
        """Return None: what the command uses is its own affair."""
        return None

    async def explain(self, seen: Seen) -> FarboardError:
        """Say why the command ended before our own first word."""
        return classify_via(seen)
