"""The queue and its thread: order, bounds, what is raised when, and what becomes of a bad value."""

from __future__ import annotations

import gc
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from farboard.writer import outbox as module
from farboard.writer.event_file import EventFile
from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import event_files, scalars, tensors

if TYPE_CHECKING:
    from pathlib import Path

DEADLINE_S = 30


class Disk:
    """Stands between a writer and its file: refuses, or hangs, as long as it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses = False
        self.answers = threading.Event()
        self.answers.set()
        self.attempts = 0
        flush = EventFile.flush

        def guarded(file: EventFile) -> None:
            self.attempts += 1
            self.answers.wait()
            if self.refuses:
                raise OSError(28, "No space left on device")
            flush(file)

        monkeypatch.setattr(EventFile, "flush", guarded)
        monkeypatch.setattr(module, "_RETRY_S", 0.01)
        monkeypatch.setattr(module, "_LINGER_S", 0.01)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def steps(directory: Path, tag: str = "x") -> list[int]:
    return [step for step, _, _ in scalars(directory).get(tag, [])]


def test_a_disk_that_refuses_is_told_once(tmp_path: Path, disk: Disk) -> None:
    writer = SummaryWriter(tmp_path)
    disk.refuses = True
    writer.add_scalar("x", 0.0, 0)
    wait_until(lambda: disk.attempts > 2)
    with pytest.raises(OSError, match="logging goes on in memory") as caught:
        writer.add_scalar("x", 1.0, 1)
    assert caught.value.errno == 28
    for step in range(2, 50):
        writer.add_scalar("x", step, step)
    with pytest.raises(OSError, match="No space left"):
        writer.flush()  # whoever asks is told
    writer.add_scalar("x", 50.0, 50)
    disk.refuses = False
    writer.flush()
    assert steps(tmp_path) == list(range(51))
    assert writer.lost_values == 0
    disk.refuses = True  # and then once more
    writer.add_scalar("x", 51.0, 51)
    attempts = disk.attempts
    wait_until(lambda: disk.attempts > attempts + 2)
    with pytest.raises(OSError, match="No space left"):
        writer.add_scalar("x", 52.0, 52)
    disk.refuses = False
    writer.close()
    assert steps(tmp_path) == list(range(53))


def test_a_close_that_failed_can_be_repeated(tmp_path: Path, disk: Disk) -> None:
    writer = SummaryWriter(tmp_path)
    writer.add_scalar("x", 0.0, 0)
    disk.refuses = True
    with pytest.raises(OSError, match="No space left"):
        writer.close()
    disk.refuses = False
    writer.close()
    assert steps(tmp_path) == [0]


def test_memory_is_bounded_while_the_disk_is_full(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 100)
    writer = SummaryWriter(tmp_path)
    disk.refuses = True
    writer.add_scalar("x", 0.0, 0)
    wait_until(lambda: disk.attempts > 2)
    with pytest.raises(OSError, match="No space left"):
        writer.add_scalar("x", 1.0, 1)
    with caplog.at_level(logging.WARNING, "farboard"):
        for step in range(2, 1000):
            writer.add_scalar("x", step, step)
        assert len(caplog.records) == 1  # told at the first value that was dropped
        disk.refuses = False
        writer.flush()
    kept = steps(tmp_path)
    assert kept == list(range(len(kept)))  # the oldest are kept
    assert 100 <= len(kept) <= 102
    assert writer.lost_values == 1000 - len(kept)
    assert f"{writer.lost_values} values since" in caplog.text
    writer.add_scalar("x", 1000.0, 1000)
    writer.close()
    assert steps(tmp_path) == [*kept, 1000]


def test_arrays_that_wait_are_bounded_by_their_size(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_BYTES", 100_000)
    writer = SummaryWriter(tmp_path)
    disk.refuses = True
    writer.add_scalar("x", 0.0, 0)
    wait_until(lambda: disk.attempts > 2)
    with pytest.raises(OSError, match="No space left"):
        writer.add_scalar("x", 1.0, 1)
    for step in range(50):
        writer.add_histogram("h", np.zeros(1000), step)
    assert writer.lost_values == 50 - 100_000 // 8000
    disk.refuses = False
    writer.add_scalar("x", 2.0, 2)
    writer.close()
    assert steps(tmp_path) == [0, 1, 2]


def test_one_value_larger_than_the_bound_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_BYTES", 1000)
    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            writer.add_tensor("t", np.zeros(1000), step)
    assert writer.lost_values == 0
    assert len(tensors(tmp_path)["t"]) == 3


def test_a_full_queue_waits_for_a_slow_disk(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    writer = SummaryWriter(tmp_path)
    disk.answers.clear()
    threading.Timer(0.3, disk.answers.set).start()
    for step in range(500):
        writer.add_scalar("x", step, step)
    writer.close()
    assert writer.lost_values == 0
    assert steps(tmp_path) == list(range(500))


def test_a_disk_that_hangs_holds_nobody_up_for_ever(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    writer = SummaryWriter(tmp_path)
    disk.answers.clear()
    raised = 0
    for step in range(500):
        try:
            writer.add_scalar("x", step, step)
        except TimeoutError:  # noqa: PERF203
            raised += 1
    assert raised == 1
    assert writer.lost_values > 400
    disk.answers.set()
    writer.close()
    assert len(steps(tmp_path)) == 500 - writer.lost_values
    assert f"{writer.lost_values} values since" in caplog.text


def test_a_value_that_cannot_be_encoded_takes_no_other_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_prefix: bytes, tag: str) -> bytes:
        raise ZeroDivisionError("odd")

    writer = SummaryWriter(tmp_path)
    writer.add_scalar("x", 0.0, 0)
    writer._outbox.put(writer._file, fail, (b"", "the tag"))
    writer.add_scalar("x", 1.0, 1)
    writer.close()
    assert writer.lost_values == 1
    assert steps(tmp_path) == [0, 1]
    assert "a value is left out: ZeroDivisionError('odd') in fail(b'', 'the tag')" in caplog.text


def test_an_outage_nobody_noticed_is_not_told(tmp_path: Path, disk: Disk) -> None:
    writer = SummaryWriter(tmp_path)
    disk.refuses = True
    writer.add_scalar("x", 0.0, 0)
    wait_until(lambda: disk.attempts > 2)
    disk.refuses = False
    wait_until(lambda: steps(tmp_path) == [0])
    writer.add_scalar("x", 1.0, 1)
    writer.close()
    assert steps(tmp_path) == [0, 1]


def test_arrays_may_be_changed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINGER_S", 0.2)
    weights = np.full((2, 2), 7.0)
    with SummaryWriter(tmp_path, max_queue=100) as writer:
        writer.add_tensor("t", weights)
        writer.add_tensor("view", weights.T)
        weights[:] = 0
    series = tensors(tmp_path)
    assert (series["t"][0][2] == 7).all()
    assert (series["view"][0][2] == 7).all()


def test_a_writer_that_nobody_holds_any_more_is_flushed(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, max_queue=1000)
    writer.add_scalar("x", 1.0, 1)
    del writer
    gc.collect()
    wait_until(lambda: steps(tmp_path) == [1])
    wait_until(lambda: "farboard-writer" not in {t.name for t in threading.enumerate()})


def test_a_deleted_directory_is_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = SummaryWriter(tmp_path / "run")
    writer.add_scalar("x", 1.0, 1)
    writer.flush()
    event_files(tmp_path / "run")[0].unlink()
    (tmp_path / "run").rmdir()
    writer.add_scalar("x", 2.0, 2)
    writer.close()
    assert steps(tmp_path / "run") == [2]
    assert "was deleted" in caplog.text


def test_changing_the_directory_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter("runs/a")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    writer.add_scalars("m", {"t": 1.0}, 1)
    writer.close()
    writer.add_scalar("x", 1.0, 1)
    writer.close()
    assert not list((tmp_path / "elsewhere").iterdir())
    assert steps(tmp_path / "runs/a/m_t", "m") == [1]
    assert steps(tmp_path / "runs/a") == [1]


def test_closing_in_one_thread_while_another_logs_loses_nothing(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    done = threading.Event()

    def close_again_and_again() -> None:
        while not done.is_set():
            writer.close()

    closer = threading.Thread(target=close_again_and_again)
    closer.start()
    for step in range(3000):
        writer.add_scalar("x", step, step)
    done.set()
    closer.join()
    writer.close()
    assert sorted(steps(tmp_path)) == list(range(3000))


def test_many_runs_begin_while_the_thread_writes(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, max_queue=1) as writer:
        for step in range(300):
            writer.add_scalars("m", {f"t{step}": 1.0}, step)
    assert writer.lost_values == 0
    assert all(steps(tmp_path / f"m_t{step}", "m") == [step] for step in range(300))


def test_what_belongs_together_stays_so_when_the_disk_refuses_in_between(
    tmp_path: Path, disk: Disk
) -> None:
    writer = SummaryWriter(tmp_path)
    disk.refuses = True
    large = bytes(70_000)
    writer._outbox.put(writer._file, lambda: [b"", large, large, b"\x10\x05"], ())
    with pytest.raises(OSError, match="No space left"):
        writer.flush()
    disk.refuses = False
    writer.close()
    (file,) = event_files(tmp_path)
    assert file.stat().st_size == sum(16 + n for n in (0, 70_000, 70_000, 2)) + FIRST_BYTES


FIRST_BYTES = 16 + 9 + 2 + len("brain.Event:2") + 4 + len("farboard")


def test_where_no_thread_can_be_started_each_call_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    writer = SummaryWriter(tmp_path, max_queue=1)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    for step in range(3):
        writer.add_scalar("x", 1.0, step)
        assert steps(tmp_path) == list(range(step + 1))
    writer.close()


def test_an_error_nobody_thought_of_does_not_end_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SummaryWriter(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(EventFile, "flush", lambda _file: 1 / 0)
        writer.add_scalar("x", 0.0, 0)
        with pytest.raises(OSError, match="ZeroDivisionError"):
            writer.flush()
    writer.add_scalar("x", 1.0, 1)
    writer.close()
    assert steps(tmp_path) == [0, 1]
