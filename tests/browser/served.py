"""A running `farboard` that pages can be opened on, and a look at what it leaves behind."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from tests.cli.programs import Api, Board
from tests.link.helpers import children

if TYPE_CHECKING:
    from pathlib import Path

INTERRUPTED = 130


class Served:
    """The program, logged in to once, so that it gives as many links as there are pages.

    Attributes:
        printed_link: the link in the terminal; it works once.
    """

    def __init__(self, directory: Path, *arguments: object) -> None:
        self.board = Board(directory, *map(str, arguments), "--no-open")
        self._api: Api | None = None
        try:
            self.printed_link = self.board.wait_for(r"http://\S+?/#code=[\w-]+")[0]
        except BaseException:
            self.board.close()
            raise

    @property
    def api(self) -> Api:
        """A client of its own; the first use spends the printed code."""
        self._api = self._api or self.board.api()
        return self._api

    def link(self, fragment: str = "") -> str:
        """A new link, which works once."""
        code = json.loads(self.api.ask("/api/code", {}))["code"]
        return f"{self.api.url}/#code={code}{fragment and '&'}{fragment}"

    def end(self) -> None:
        """Ends it as Ctrl-C does and looks that everything it started is gone."""
        if self.board.process.poll() is not None:
            self.board.close()
            return
        started = children(self.board.process.pid)
        assert self.board.end() == INTERRUPTED, self.board.said
        self.board.close()
        assert not {pid for pid in started if is_alive(pid)}


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
