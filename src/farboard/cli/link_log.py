"""Makes links that write what happens on them to a log (`-v`)."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from farboard.errors import FarboardError
from farboard.link import Link, LinkLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from farboard.hub.source import MakeLink
    from farboard.link import LinkOptions, LinkState, LogFile, Response, Trace
    from farboard.link.bootstrap import Greeting
    from farboard.target import Target


class _Both:
    """Two that are told the same."""

    def __init__(self, first: Trace, second: Trace) -> None:
        self._all = (first, second)

    @property
    def ssh_verbosity(self) -> int:
        """How many `-v` ssh is run with."""
        return max(trace.ssh_verbosity for trace in self._all)

    def ssh_said(self, line: str) -> None:
        """Take a line of ssh's stderr."""
        for trace in self._all:
            trace.ssh_said(line)

    def greeted(self, greeting: Greeting, noise: str) -> None:
        """Take the far side's first words, and what start-up files printed before them."""
        for trace in self._all:
            trace.greeted(greeting, noise)

    def started(self, place: str) -> None:
        """Take where the engine runs from over there: its path, or `memory`."""
        for trace in self._all:
            trace.started(place)


class LoggedLink(Link):
    """A link that writes down its states, what ssh says, and what is asked.

    Args:
        target: what to serve.
        options: how to reach it.
        on_state: called with the new state whenever it changes, and after each ping.
        log: where all this goes.
    """

    def __init__(
        self,
        target: Target,
        options: LinkOptions,
        on_state: Callable[[LinkState], None] | None,
        log: LinkLog,
    ) -> None:
        def heard(state: LinkState) -> None:
            log.state(state)
            if on_state:
                on_state(state)

        trace = _Both(log, options.trace) if options.trace else log
        super().__init__(target, dataclasses.replace(options, trace=trace), heard)
        self._log = log

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask the engine, and write down what, and when the answer began.

        Raises:
            SourceDown: the engine cannot be asked just now, or broke off.
        """
        began_s, before_bytes = time.monotonic(), self.state.received_bytes
        status = "failed"
        try:
            response = await super().request(method, path, body, headers)
            status = str(response.status)
        except FarboardError as error:
            status = f"failed: {error.message}"
            raise
        else:
            return response
        finally:
            took_ms = (time.monotonic() - began_s) * 1000
            received_bytes = self.state.received_bytes - before_bytes
            self._log.line(
                f"{method} {path} ({len(body or b'')} bytes): {status}, began after {took_ms:.0f} "
                f"ms; {received_bytes} bytes came over the link meanwhile"
            )


def logged_links(options: LinkOptions, log: LogFile, verbosity: int) -> MakeLink:
    """Return what makes the links of targets."""

    def make(target: Target, on_state: Callable[[LinkState], None]) -> Link:
        return LoggedLink(target, options, on_state, LinkLog(log, target.label, verbosity))

    return make
