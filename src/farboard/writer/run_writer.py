"""A run being written: its files, its queue, its session, and how all of that begins and ends."""

from __future__ import annotations

import os
import time
import weakref

from farboard.writer.event import restart_events, summary_event
from farboard.writer.event_file import EventFile
from farboard.writer.outbox import Outbox
from farboard.writer.scalar import as_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from farboard.writer.session import Session
    from farboard.writer.system_metrics import SystemMetrics


class RunWriter:
    """Everything of a `SummaryWriter` but its many `add_…`."""

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self.log_dir = os.fspath(log_dir) if log_dir else _default_log_dir(comment)
        self._start(max_queue, flush_secs, filename_suffix)
        self._file = EventFile(self._directory, filename_suffix)
        self._outbox.adopt(self._file)
        if purge_step is not None:
            self._outbox.put(self._file, restart_events, (time.time(), int(purge_step)))

    def _start(self, max_queue: int, flush_secs: float, filename_suffix: str) -> None:
        self._directory = os.path.join(
            os.getcwd(), self.log_dir
        )  # wherever the training changes to
        self._options = max_queue, flush_secs, filename_suffix
        self._outbox = Outbox(max_queue, flush_secs)
        self._sub_runs: dict[str, EventFile] = {}
        self._embeddings: list[str] = []
        self._hparams: dict[str, Any] = {}
        self._next_step = 0
        self._session: Session | None = None
        self._system_metrics: SystemMetrics | None = None
        self._finalizer = weakref.finalize(self, self._outbox.leave)
        self._finalizer.atexit = False  # the outbox has an end of its own

    def __reduce__(self) -> tuple[Callable[..., RunWriter], tuple[Any, ...]]:
        """A copy in another process writes into the same directory, a file of its own."""
        return _copy, (type(self), self.log_dir, self._directory, *self._options)

    def get_logdir(self) -> str:
        """Return the directory of this run."""
        return self.log_dir

    @property
    def lost_values(self) -> int:
        """How many values were dropped: the disk took nothing, or they could not be encoded."""
        return self._outbox.lost

    def begin_session(self, hparams: Mapping[str, Any]) -> None:
        """Log what the run is started with; when it ends, that is logged, too.

        What is told later is added. (TensorBoard keeps what it was told first.) A session that
        begins after `close` logs the machine again, if the one before did.
        """
        from farboard.writer.hparams import plain
        from farboard.writer.session import Session

        self._hparams |= plain(hparams)
        if self._session is None:
            self._session = Session(self._outbox, self._file)
        self._session.begin(self._hparams)
        if self._system_metrics is not None:
            self._system_metrics.begin()

    def log_system(self, interval_s: float = 10.0) -> None:
        """Log processor, memory, disk and GPUs as `system/…`, every few seconds until `close`."""
        from farboard.writer.system_metrics import SystemMetrics

        if self._system_metrics is not None:
            self._system_metrics.end()
        self._system_metrics = SystemMetrics(self._outbox, self._file, interval_s)
        self._system_metrics.begin()

    def flush(self) -> None:
        """Make everything logged so far readable.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        self._outbox.flush()

    def close(self, *, failed: bool = False) -> None:
        """Flush and close the files; a session that has begun ends, well or as `failed`.

        Raises:
            OSError: the disk refused; nothing is lost yet.
        """
        if self._session is not None and failed:
            self._session.failed = True
        self._outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(failed=kind is not None)

    def _add(
        self,
        tag: str,
        global_step: int | None,
        walltime: float | None,
        encode: Callable[..., bytes | list[bytes]],
        *arguments: Any,
    ) -> None:
        """Queue a value that `encode(tag, *arguments)` makes."""
        size_bytes = sum(getattr(argument, "nbytes", 0) for argument in arguments)
        step, wall_time_s = as_step(global_step), as_wall_time(walltime)
        all_arguments = (encode, (checked_tag(tag), *arguments), step, wall_time_s)
        self._outbox.put(self._file, _value_event, all_arguments, size_bytes)

    def _sub_run(self, name: str) -> EventFile:
        file = self._sub_runs.get(name)
        if file is None:
            suffix = self._options[2]
            file = EventFile(os.path.join(self._directory, name), suffix)
            self._outbox.adopt(file)
            self._sub_runs[name] = file
        return file


def _value_event(
    encode: Callable[..., bytes | list[bytes]],
    arguments: tuple[Any, ...],
    step: int,
    wall_time_s: float,
) -> bytes:
    values = encode(*arguments)
    return summary_event([values] if isinstance(values, bytes) else values, step, wall_time_s)


def _copy(
    kind: type[RunWriter],
    log_dir: str,
    directory: str,
    max_queue: int,
    flush_secs: float,
    suffix: str,
) -> RunWriter:
    writer = kind.__new__(kind)
    writer.log_dir = directory
    writer._start(max_queue, flush_secs, suffix)  # noqa: SLF001
    writer._file = EventFile(writer._directory, suffix, later=True)  # noqa: SLF001
    writer.log_dir = log_dir
    return writer


def checked_tag(tag: str) -> str:
    """Return the tag.

    Raises:
        TypeError, UnicodeEncodeError: a file cannot hold it.
    """
    if not isinstance(tag, str):
        raise TypeError(f"a tag is a text, not {type(tag).__name__}")
    tag.encode()
    return tag


def as_wall_time(walltime: float | None) -> float:
    """Return a time in Unix seconds; now, when there is none."""
    return time.time() if walltime is None else float(walltime)


def _default_log_dir(comment: str) -> str:
    import socket

    return f"runs/{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}{comment}"
