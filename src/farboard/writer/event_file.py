"""An event file being written: appends whole records, keeps what the disk has not taken yet."""

from __future__ import annotations

import itertools
import os
import socket
import time
from typing import TYPE_CHECKING

from farboard.writer.encoders import file_version_event
from farboard.writer.records import frame

if TYPE_CHECKING:
    from pathlib import Path

_SOURCE = "farboard"
_BUFFER_BYTES = 1 << 16
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_numbers = itertools.count()


class EventFile:
    """A new event file in a directory, which is made when it is missing.

    Records wait in memory until `flush`, or until 64 KiB of them wait. No record is torn for good:
    what a full disk refused stays here, and the next flush goes on at the very byte where the last
    one stopped.

    Not safe for threads; whoever has several brings a lock.
    """

    def __init__(self, directory: Path, suffix: str = "") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.pid = os.getpid()
        self.path, self._fd = _create(directory, self.pid, suffix)
        self._waiting = bytearray(frame(file_version_event(time.time(), _SOURCE)))
        self.waiting_records = 1

    def append(self, payload: bytes) -> None:
        """Add one event; writes only when much is waiting.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        self._waiting += frame(payload)
        self.waiting_records += 1
        if len(self._waiting) >= _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system: readable by everybody, whatever becomes of us.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        while self._waiting:
            written_bytes = os.write(self._fd, self._waiting)
            del self._waiting[:written_bytes]
        self.waiting_records = 0

    def close(self) -> None:
        """Flush and give the file back; does nothing the second time."""
        if self._fd < 0:
            return
        try:
            if self.pid == os.getpid():  # a forked child must not write its parent's records again
                self.flush()
        finally:
            os.close(self._fd)
            self._fd = -1


def _create(directory: Path, pid: int, suffix: str) -> tuple[Path, int]:
    """Open a file nobody else has, also when two writers start within one second."""
    host = socket.gethostname().replace("/", "_")
    while True:
        name = f"events.out.tfevents.{int(time.time()):010d}.{host}.{pid}.{next(_numbers)}{suffix}"
        path = directory / name
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _CLOEXEC, 0o666)
        except FileExistsError:
            continue
        return path, fd
