"""An event file being written: appends whole records, keeps what the disk has not taken yet."""

from __future__ import annotations

import itertools
import os
import time

from farboard.writer.event import file_version_event
from farboard.writer.records import frame, record_bytes
from farboard.writer.talk import warn

_SOURCE = "farboard"
_BUFFER_BYTES = 1 << 16
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_CLOSED = -1
_numbers = itertools.count()


class EventFile:
    """A new event file in a directory, which is made when it is missing.

    Records wait in memory until `flush`, or until 64 KiB of them wait. No record is torn for good:
    what a full disk refused stays here, and the next flush goes on at the very byte where the last
    one stopped. Whoever appends after `close` goes on in another new file, and so does whoever
    appends after somebody deleted the file.

    Not safe for threads: one at a time.

    Args:
        directory: the run's.
        suffix: ends the name of the file.
        later: make the file when there is something to be written.
    """

    def __init__(
        self, directory: str | os.PathLike[str], suffix: str = "", *, later: bool = False
    ) -> None:
        self.directory = os.fspath(directory)
        self._suffix = suffix
        self._waiting = bytearray()  # whole records, of the first of which something is written
        self._written_bytes = 0
        self._fd = _CLOSED
        if not later:
            self._begin()
            self._open()

    def append(self, *payloads: bytes) -> None:
        """Add events that belong together; writes only when much is waiting.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        if self._fd == _CLOSED and not self._waiting:
            self._begin()
        for payload in payloads:
            self._waiting += frame(payload)
        if len(self._waiting) >= _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system: readable by everybody, whatever becomes of us.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        if not self._waiting:
            return
        if self._fd == _CLOSED:
            self._open()
        elif os.fstat(self._fd).st_nlink == 0:
            self._go_on_elsewhere()
        try:
            while self._written_bytes < len(self._waiting):
                with memoryview(self._waiting) as waiting:
                    self._written_bytes += os.write(self._fd, waiting[self._written_bytes :])
        except OSError:
            self._forget_whole_records()
            raise
        self._waiting.clear()
        self._written_bytes = 0

    def close(self) -> None:
        """Flush and give the file back; does nothing the second time.

        Raises:
            OSError: the disk refused; the file stays open and nothing is lost.
        """
        self.flush()
        self._give_back()

    def abandon(self) -> None:
        """Forget what waits and give the file back: in a forked child both are its parent's."""
        self._waiting = bytearray()
        self._written_bytes = 0
        self._give_back()

    def _forget_whole_records(self) -> None:
        """Keep a record that is half written: should its file be gone, it is written again."""
        whole_bytes = 0
        while whole_bytes < self._written_bytes:
            end_bytes = whole_bytes + record_bytes(self._waiting, whole_bytes)
            if end_bytes > self._written_bytes:
                break
            whole_bytes = end_bytes
        del self._waiting[:whole_bytes]
        self._written_bytes -= whole_bytes

    def _begin(self) -> None:
        self._waiting += frame(file_version_event(time.time(), _SOURCE))

    def _open(self) -> None:
        os.makedirs(self.directory, exist_ok=True)
        self.path, self._fd = _create(self.directory, self._suffix)

    def _go_on_elsewhere(self) -> None:
        """Go on in a new file: the old one has no name any more, nobody would read it."""
        warn("%s was deleted; logging goes on in a new file", self.path)
        self._give_back()
        waiting, self._waiting = self._waiting, bytearray()
        self._written_bytes = 0
        self._begin()
        self._waiting += waiting
        self._open()

    def _give_back(self) -> None:
        if self._fd != _CLOSED:
            os.close(self._fd)
            self._fd = _CLOSED


def _create(directory: str, suffix: str) -> tuple[str, int]:
    """Open a file nobody else has, also when two writers start within one second."""
    import socket

    host = socket.gethostname().replace("/", "_")
    pid = os.getpid()
    while True:
        name = f"events.out.tfevents.{int(time.time()):010d}.{host}.{pid}.{next(_numbers)}{suffix}"
        path = os.path.join(directory, name)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _CLOEXEC, 0o666)
        except FileExistsError:
            continue
        return path, fd
