"""`SummaryWriter`: logs the scalars of a run, with the arguments of PyTorch's class."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farboard.writer import encoders
from farboard.writer.event_file import EventFile

if TYPE_CHECKING:
    from types import TracebackType

_SHORTEST_FLUSH_S = 0.05


class SummaryWriter:
    """Writes one run: a directory with an event file.

    What was flushed is readable at once and stays so, even when the training is killed the next
    moment. A flush happens after `max_queue` events, after `flush_secs`, on `flush` and `close`,
    and when Python ends. May be used from several threads. A writer that is used again after
    `close`, or in a forked process, goes on in a new file.

    Args:
        log_dir: the run's directory; by default a new one under `runs/`, named by time and host.
        comment: ends the name of the default directory.
        purge_step: this run goes on from a checkpoint; what was logged at this step or later is
            of the past.
        max_queue: how many events may wait in memory.
        flush_secs: how long, in seconds, an event may wait in memory.
        filename_suffix: ends the name of the event file.

    Raises:
        OSError: the directory or the file cannot be made.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self.log_dir = _default_log_dir(comment) if log_dir is None else os.fspath(log_dir)
        self._purge_step = purge_step
        self._max_queue = max_queue
        self._flush_s = max(flush_secs, _SHORTEST_FLUSH_S)
        self._suffix = filename_suffix
        self._open()

    def get_logdir(self) -> str:
        """Return the directory of this run."""
        return self.log_dir

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Log one point of one curve.

        Args:
            tag: the curve's name; `/` makes groups.
            scalar_value: a number, or an array or tensor with one element.
            global_step: where on the x axis; 0 when left out.
            walltime: Unix time in seconds; now when left out.
            new_style: write TensorFlow 2's form (a tensor).
            double_precision: with `new_style`, keep 64 bits instead of 32. TensorBoard does not
                show these by default.

        Raises:
            TypeError, ValueError: this is not one number, or not a step.
            OSError: the disk refused; the point is kept for the next flush that succeeds.
        """
        value = _as_float(scalar_value)
        step = 0 if global_step is None else int(global_step)
        wall_time_s = time.time() if walltime is None else float(walltime)
        if new_style:
            event = encoders.tensor_scalar_event(
                tag, value, step, wall_time_s, double=double_precision
            )
        else:
            event = encoders.scalar_event(tag, value, step, wall_time_s)
        self._append(event)

    def flush(self) -> None:
        """Make everything logged so far readable.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        with self._lock:
            if not self._closed:
                self._file.flush()

    def close(self) -> None:
        """Flush and close the file.

        Raises:
            OSError: the disk refused.
        """
        with self._lock:
            self._closed = True
            self._finalizer()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _append(self, event: bytes) -> None:
        if self._file.pid != os.getpid():  # forked: the parent's file and its flusher are not ours
            self._open()
        with self._lock:
            if self._closed:
                self._open_file()
            self._file.append(event)
            if self._file.waiting_records >= self._max_queue:
                self._file.flush()

    def _open(self) -> None:
        self._lock = threading.RLock()
        with self._lock:
            self._open_file()

    def _open_file(self) -> None:
        self._file = EventFile(Path(self.log_dir), self._suffix)
        self._closed = False
        if self._purge_step is not None:
            for event in encoders.restart_events(time.time(), self._purge_step):
                self._file.append(event)
            self._purge_step = None
        stop = threading.Event()
        self._finalizer = weakref.finalize(self, _finish, self._file, stop)
        threading.Thread(
            target=_flush_regularly,
            args=(weakref.ref(self), stop, self._flush_s),
            name="farboard-flush",
            daemon=True,
        ).start()


def _flush_regularly(
    writer: weakref.ref[SummaryWriter], stop: threading.Event, interval_s: float
) -> None:
    """Flush what a quiet training left waiting, until the writer is closed or gone."""
    while not stop.wait(interval_s):
        alive = writer()
        if alive is None:
            return
        with contextlib.suppress(OSError):  # the next call of the training meets it too, and tells
            alive.flush()
        del alive


def _finish(file: EventFile, stop: threading.Event) -> None:
    stop.set()
    file.close()


def _as_float(value: Any) -> float:
    item = getattr(value, "item", None)  # arrays and tensors of every framework, any number of axes
    return float(value if item is None else item())


def _default_log_dir(comment: str) -> str:
    return f"runs/{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}{comment}"
