"""What was logged and is not in its file yet, and the one thread that brings it there.

Callers only append to a queue. The thread encodes and writes in batches: within a second after the
first value came (or `flush_s`, if that is less), at once when `max_queue` values wait or somebody
flushes, but not more often than fifty times a second.

| when | what happens |
|---|---|
| the queue is full | the call waits until the thread has made room, at most `PATIENCE_S` |
| the disk refuses | the next call raises `OSError`, once; tried again every second |
| the queue is full and the disk refuses or hangs | new values are dropped and counted |
| the disk takes data again | what waited is written; a warning tells how many values were dropped |
| a value cannot be encoded | a warning tells which; all other values are written |

The queue is full at `MAX_WAITING` values, or `MAX_WAITING_BYTES` of arrays.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from collections import deque
from weakref import WeakSet

from farboard.writer.bell import Bell
from farboard.writer.talk import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from farboard.writer.event_file import EventFile

    Encode = Callable[..., "bytes | list[bytes]"]
    Item = tuple[EventFile, Encode, tuple[Any, ...], int]

MAX_WAITING = 100_000
MAX_WAITING_BYTES = 256 << 20
PATIENCE_S = 10.0
"""How long, in seconds, a call waits for room."""

_LINGER_S = 1.0
_PAUSE_S = 0.02
_RETRY_S = 1.0
_EXIT_PATIENCE_S = 60.0
_BATCH = 100  # as many are encoded before other threads get a turn


class _Request:
    """Somebody who waits until everything is in the files."""

    def __init__(self, *, close: bool) -> None:
        self.close = close
        self.done = threading.Event()
        self.error: OSError | None = None


class Outbox:
    """A bounded queue, and a daemon thread that runs while there is something to do with it."""

    def __init__(self, max_queue: int, flush_s: float) -> None:
        self.last_words: list[Callable[[], None]] = []
        """Called before the end, to add what has to be said then."""
        self.lost = 0
        """Values that were dropped so far."""
        self._max_queue = max(1, max_queue)
        self._linger_s = min(max(flush_s, 0.0), _LINGER_S)
        self._reset()
        _outboxes.add(self)

    def _reset(self) -> None:
        self._waiting: deque[Item] = deque()
        self._waiting_bytes = 0
        self._requests: deque[_Request] = deque()
        self._files: dict[EventFile, None] = {}  # in order
        self._asleep = True
        self._calm_below = 0  # of fewer values that wait a call has nothing to do but to queue
        self._ending = False
        self._failure: OSError | None = None
        self._trouble: OSError | None = None  # not told yet
        self._dropping_since_s: float | None = None
        self._lost_before = self.lost
        self._thread: threading.Thread | None = None
        self._lock = threading.RLock()  # for the thread's life and the counts
        self._work_lock = threading.Lock()  # held by whoever encodes and writes
        self._room = threading.Condition(threading.Lock())
        self._wake = Bell()  # something waits
        self._hurry = Bell()  # it shall not wait any longer
        self._now = Bell()  # somebody waits for it

    def put(
        self,
        file: EventFile,
        encode: Encode,
        arguments: tuple[Any, ...],
        size: int = 0,
        *,
        quietly: bool = False,
    ) -> None:
        """Queue what `encode(*arguments)` makes of a value: one record or several, kept together.

        `size` is what the arguments hold in memory, in bytes, when that is much; `quietly` is for
        those who cannot do anything about a disk that refuses.

        Raises:
            OSError: the disk refused, now or in one of the calls before; the value is kept.
        """
        waiting = self._waiting
        if (size or len(waiting) >= MAX_WAITING) and not self._admit(size):
            if not quietly:
                self._tell()
            return
        waiting.append((file, encode, arguments, size))
        if len(waiting) >= self._calm_below:
            self._attend(quietly=quietly)

    def _admit(self, size: int) -> bool:
        full = size and self._waiting_bytes + size > MAX_WAITING_BYTES
        if (full or len(self._waiting) >= MAX_WAITING) and not self._make_room(size):
            return False
        with self._lock:
            self._waiting_bytes += size
        return True

    def _attend(self, *, quietly: bool) -> None:
        """Do what a call has to do besides queueing: wake the thread, tell of trouble."""
        if len(self._waiting) >= self._max_queue:
            # Once is enough. The thread puts it back when it has heard: so this comes first.
            self._calm_below = MAX_WAITING
            self._hurry.ring()
        if self._asleep:
            if self._thread is None:
                self._rouse()
            else:
                self._asleep = False
                self._wake.ring()
        if not quietly:
            self._tell()

    def flush(self) -> None:
        """Wait until everything put so far is in its file.

        Raises:
            OSError: the disk refused; nothing is lost.
        """
        if not self._is_idle():
            self._ask(_Request(close=False), None)

    def close(self) -> None:
        """Write everything and close the files; whatever is put later goes into new files.

        Raises:
            OSError: the disk refused; nothing is lost, and may be written by a later flush.
        """
        self._say_last_words()
        if not self._is_idle():
            self._ask(_Request(close=True), None)

    def leave(self) -> None:
        """Have everything written and the files closed, without waiting for it."""
        self._say_last_words()
        if not self._is_idle():
            self._requests.append(_Request(close=True))
            self._rouse()

    def adopt(self, file: EventFile) -> None:
        """Take over a file that has something to be written before the first value comes."""
        self._files[file] = None

    def abandon(self) -> None:
        """Forget everything, in a forked child: it is the parent's."""
        for file in {item[0] for item in self._waiting} | self._files.keys():
            file.abandon()
        self.last_words.clear()
        self._reset()

    def end(self) -> None:
        """Close at the end of the process, which a file system that hangs may not hold up."""
        self._say_last_words()
        if self._is_idle():
            return
        try:
            self._ask(_Request(close=True), _EXIT_PATIENCE_S)
        except OSError as error:
            warn("%d values are not in their files: %s", len(self._waiting), error)

    def _is_idle(self) -> bool:
        return self._thread is None and not self._waiting and not self._files

    def _say_last_words(self) -> None:
        words, self.last_words = self.last_words, []
        for say in words:
            with contextlib.suppress(OSError):  # closing meets it, too
                say()

    def _ask(self, request: _Request, patience_s: float | None) -> None:
        self._requests.append(request)
        self._now.ring()
        self._hurry.ring()
        self._rouse()
        if threading.current_thread() is self._thread:
            return  # a garbage collection here: we are about to do it
        if not request.done.wait(patience_s):
            raise TimeoutError(f"the file system did not answer in {patience_s:.0f} s")
        if request.error is not None:
            self._trouble = None
            raise _told(request.error)

    def _rouse(self) -> None:
        with self._lock:
            self._asleep = False
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="farboard-writer", daemon=True)
                self._thread = thread
                try:
                    thread.start()
                except RuntimeError:  # the interpreter ends, or there are too many threads
                    self._thread = None
                _at_end_of_child()
            self._wake.ring()
        if self._thread is None:
            self._asleep = True
            self._calm_down()
            self._work()

    def _run(self) -> None:
        is_idle = True
        while not self._is_over():
            if is_idle:
                self._sleep()
            elif self._failure and not self._requests:
                self._now.wait(_RETRY_S)
            if not self._requests:
                self._hurry.wait(self._linger_s)
            self._hurry.silence()
            self._now.silence()
            self._calm_down()
            # Waking a thread costs the caller more than all else: while values come, it stays up.
            is_idle = not self._waiting and not self._requests
            self._work()
            self._now.wait(_PAUSE_S)

    def _sleep(self) -> None:
        """Wait until something waits."""
        self._asleep = True
        self._calm_down()
        if not self._waiting and not self._requests:
            self._wake.wait(_RETRY_S if self._failure else None)
        self._asleep = False
        self._wake.silence()
        self._calm_down()

    def _calm_down(self) -> None:
        self._calm_below = 0 if self._asleep or self._trouble else self._max_queue

    def _is_over(self) -> bool:
        with self._lock:
            if not self._ending:
                return False
            # First gone, then a last look: whoever puts something after that starts another thread.
            thread, self._thread, self._asleep = self._thread, None, True
            self._calm_down()
            if self._waiting or self._requests:
                self._thread, self._asleep = thread, False
                return False
            self._ending = False
            return True

    def _work(self) -> None:
        """Encode and write what waits now, then answer those who wait for it."""
        with self._work_lock:
            requests = [self._requests.popleft() for _ in range(len(self._requests))]
            try:
                self._write(len(self._waiting))
                if any(request.close for request in requests):
                    for file in list(self._files):
                        file.close()
                        del self._files[file]
                    self._ending = True
            except Exception as error:  # noqa: BLE001  the thread lives as long as it is needed
                refused = error if isinstance(error, OSError) else OSError(repr(error))
                self._fail(refused)
                for request in requests:
                    request.error = refused
            else:
                self._recover()
            for request in requests:
                request.done.set()
            with self._room:
                self._room.notify_all()

    def _write(self, count: int) -> None:
        for file in list(self._files):  # a copy: callers add files
            file.flush()  # what the disk refused the last time comes first
        while count > 0:
            for _ in range(min(count, _BATCH)):
                self._encode(*self._waiting.popleft())
            count -= _BATCH
            time.sleep(0)
        for file in list(self._files):
            file.flush()

    def _encode(
        self, file: EventFile, encode: Encode, arguments: tuple[Any, ...], size: int
    ) -> None:
        if size:
            with self._lock:
                self._waiting_bytes -= size
        self._files[file] = None
        try:
            records = encode(*arguments)
        except Exception as error:  # noqa: BLE001  one value must not stop all others
            with self._lock:
                self.lost += 1
            import reprlib

            name = getattr(encode, "__name__", "encode")
            warn("a value is left out: %r in %s%s", error, name, reprlib.repr(arguments))
            return
        file.append(*([records] if isinstance(records, bytes) else records))

    def _make_room(self, size: int) -> bool:
        """Wait until the thread has made room; False: there is none, the value has to go."""
        self._hurry.ring()
        self._rouse()

        def decided() -> bool:
            return self._failure is not None or self._dropping_since_s is not None or fits()

        def fits() -> bool:
            waiting = len(self._waiting)
            full = size and self._waiting_bytes + size > MAX_WAITING_BYTES
            return waiting < MAX_WAITING and (not full or waiting == 0)

        with self._room:
            self._room.wait_for(decided, PATIENCE_S)
        if fits():
            return True
        with self._lock:
            self.lost += 1
            if self._dropping_since_s is not None:
                return False
            self._dropping_since_s = time.time()
        warn("the queue is full and the disk takes nothing: values are being dropped")
        if self._failure is None and self._trouble is None:
            self._trouble = TimeoutError(f"the file system took nothing for {PATIENCE_S:.0f} s")
            self._calm_down()
        return False

    def _fail(self, error: OSError) -> None:
        if self._failure is None:
            self._trouble = error
            self._calm_down()
        self._failure = error

    def _recover(self) -> None:
        self._failure = None
        self._trouble = None  # over before anybody was told; what was lost is told below
        if self._dropping_since_s is None:
            return
        with self._lock:
            lost, self._lost_before = self.lost - self._lost_before, self.lost
            since_s, self._dropping_since_s = self._dropping_since_s, None
        warn(
            "the disk takes data again; %d values since %s were dropped",
            lost,
            time.strftime("%H:%M:%S", time.localtime(since_s)),
        )

    def _tell(self) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble is not None:  # another thread may have been quicker
            raise _told(trouble)


def _told(error: OSError) -> OSError:
    """Say what it means: the number of the error stays, for those who look at that."""
    what = error.strerror or str(error)
    message = f"{what}; logging goes on in memory and is written as soon as the disk takes it"
    if error.errno is None:
        return type(error)(message)
    return type(error)(error.errno, message, error.filename)


_outboxes: WeakSet[Outbox] = WeakSet()
_end_of_child_is_known = False


def end_all() -> None:
    """Write everything of this process; Python's end does it."""
    for outbox in list(_outboxes):
        outbox.end()


def _at_end_of_child() -> None:
    """Have the end noticed by a child of `multiprocessing`, which does not end as Python does."""
    global _end_of_child_is_known
    multiprocessing = sys.modules.get("multiprocessing.process")
    if _end_of_child_is_known or multiprocessing is None:
        return
    _end_of_child_is_known = True
    if multiprocessing.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, end_all, exitpriority=0)


def _after_fork() -> None:
    global _end_of_child_is_known
    _end_of_child_is_known = False
    for outbox in list(_outboxes):
        outbox.abandon()


atexit.register(end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
