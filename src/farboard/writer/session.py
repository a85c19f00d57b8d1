"""One session of a training: begins with its hyperparameters, ends with how it ended."""

from __future__ import annotations

import sys
import time

from farboard.writer import hparams
from farboard.writer.event import summary_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from farboard.writer.event_file import EventFile
    from farboard.writer.outbox import Outbox


class Session:
    """Writes the beginning at once, and the end when the outbox says its last words."""

    def __init__(self, outbox: Outbox, file: EventFile) -> None:
        self.failed = False
        self._outbox = outbox
        self._file = file
        self._started_at_s = time.time()

    def begin(self, values: Mapping[str, Any]) -> None:
        """Write the start, or write it again when more is known."""
        self._put(self.start(values))

    def start(self, values: Mapping[str, Any]) -> bytes:
        """Encode the start, with what is known of the hyperparameters now; an end will follow."""
        if self._end not in self._outbox.last_words:  # also when there was one: the run goes on
            self._outbox.last_words.append(self._end)
            self.failed = False
        return hparams.start_value(values, self._started_at_s)

    def _end(self) -> None:
        failed = self.failed or _ended_by_an_error()
        status = hparams.FAILURE if failed else hparams.SUCCESS
        self._put(hparams.end_value(status, ended_at_s=time.time()))

    def _put(self, value: bytes) -> None:
        self._outbox.put(self._file, summary_event, ([value], 0, time.time()))


def _ended_by_an_error() -> bool:
    """Tell whether Python ends because nobody caught an error; a shell keeps errors of the past."""
    if hasattr(sys, "ps1"):
        return False
    return getattr(sys, "last_value", None) is not None
