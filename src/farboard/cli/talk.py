"""Speaks to the user on standard error; standard output is for data."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.errors import FarboardError

CLEAR_LINE = "\r\x1b[2K"


def printable(text: str) -> str:
    """Text from elsewhere, safe for a terminal: control characters become visible escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


class Talk:
    """Lines that stay, and one passing line that is rewritten in place.

    Without a terminal there is no passing line. A terminal that is gone is no reason to fail.

    Args:
        console: where to write; standard error unless a test says otherwise.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._passing = ""
        self._log: Callable[[str], None] | None = None
        self._gone = False

    def also_in(self, log: Callable[[str], None]) -> None:
        """Write everything that is said to a log as well."""
        self._log = log

    def leave_terminal(self) -> None:
        """Say nothing there any more; only the log is written to."""
        self.passing("")
        self._gone = True

    @property
    def in_place(self) -> bool:
        """Whether a line can be rewritten."""
        return not self._gone and self.console.is_terminal and not self.console.is_dumb_terminal

    def line(self, text: str, style: str = "") -> None:
        """Says something that stays."""
        self._write(Text(printable(text), style))

    def error(self, error: FarboardError) -> None:
        """Says what happened, and what can be done about it."""
        self._write(Text.assemble(("farboard: ", "bold red"), _lines(error.message)))
        if error.hint:
            self._write(Text.assemble(("hint: ", "bold cyan"), _lines(error.hint)))

    def passing(self, text: str) -> None:
        """Says something that the next word replaces; empty: nothing more to say."""
        text = printable(text)
        if text == self._passing or not self.in_place:
            return
        self._passing = text
        self._show_passing()

    def bell(self) -> None:
        """Rings once, where there is somebody to hear it."""
        if not self.in_place:
            return
        with contextlib.suppress(OSError):
            self.console.bell()

    def _write(self, text: Text) -> None:
        if self._log:
            self._log(text.plain)
        if self._gone:
            return
        with contextlib.suppress(OSError):
            if self._passing:
                self.console.file.write(CLEAR_LINE)
            self.console.print(text, soft_wrap=True)
        if self._passing:
            self._show_passing()

    def _show_passing(self) -> None:
        if not self.in_place:
            return
        with contextlib.suppress(OSError):
            line = Text(self._passing, "dim")
            line.truncate(max(1, self.console.width - 1), overflow="ellipsis")
            self.console.file.write(CLEAR_LINE)
            self.console.print(line, end="")
            self.console.file.flush()


def _lines(text: str) -> str:
    """Several lines may be meant; nothing else may move the cursor."""
    return "\n".join(printable(line) for line in text.split("\n"))
