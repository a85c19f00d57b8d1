"""`SummaryWriter` as a training uses it, read back by TensorBoard, compared with tensorboardX."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorboardX
from hypothesis import given, settings
from hypothesis import strategies as st

import farboard
from farboard.writer import outbox
from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import event_files, events, payloads, scalars

DEADLINE_S = 30


def test_is_exported_by_the_package() -> None:
    assert farboard.SummaryWriter is SummaryWriter
    with pytest.raises(AttributeError, match="no_such_name"):
        farboard.no_such_name  # noqa: B018


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=30),
            st.floats(width=32),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),  # TensorBoard's loader does not survive a NaN wall time
        ),
        max_size=30,
    )
)
def test_tensorboard_reads_what_was_logged(points: list[tuple[str, float, int, float]]) -> None:
    expected: dict[str, list[tuple[int, float, str]]] = {}
    with tempfile.TemporaryDirectory() as directory:
        with SummaryWriter(directory) as writer:
            for tag, value, step, wall_time_s in points:
                writer.add_scalar(tag, value, step, wall_time_s)
                expected.setdefault(tag, []).append((step, wall_time_s, repr(value)))
        series = scalars(Path(directory))
    actual = {tag: [(s, w, repr(v)) for s, w, v in points] for tag, points in series.items()}
    assert actual == expected


VALUES: list[Any] = [
    1,
    True,
    0.1,
    -0.0,
    3.5e38,
    math.nan,
    -math.inf,
    2**53 + 1,
    np.float16(0.1),
    np.float32(0.1),
    np.float64(0.1),
    np.int8(-3),
    np.uint64(2**63 + 5),
    np.bool_(True),
    np.array(0.5),
    np.array([0.5]),
    np.array([[[7]]], dtype=np.int32),
]


def test_bytes_are_those_of_tensorboardx(tmp_path: Path) -> None:
    theirs = tensorboardX.SummaryWriter(str(tmp_path / "theirs"))
    ours = SummaryWriter(tmp_path / "ours")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # 3.5e38 does not fit in 32 bits
        for step, value in enumerate(VALUES):
            theirs.add_scalar("tag/ünïcødé", value, step, 1700000000.25 + step)
            ours.add_scalar("tag/ünïcødé", value, step, 1700000000.25 + step)
        theirs.add_scalar("no_step", 1.5, walltime=2.5)
        ours.add_scalar("no_step", 1.5, walltime=2.5)
    theirs.close()
    ours.close()
    (their_file,) = event_files(tmp_path / "theirs")
    (our_file,) = event_files(tmp_path / "ours")
    assert len(payloads(our_file)) == len(VALUES) + 2
    assert payloads(our_file)[1:] == payloads(their_file)[1:]


@pytest.mark.parametrize("value", [Decimal("0.5"), Fraction(1, 2), "0.5"])
def test_anything_that_is_one_number_is_taken(tmp_path: Path, value: Any) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("x", value, 3, 1.0)
    assert scalars(tmp_path) == {"x": [(3, 1.0, 0.5)]}


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, TypeError),
        ([1.0], TypeError),
        (1j, TypeError),
        ("abc", ValueError),
        (np.zeros(2), ValueError),
        (np.zeros(0), ValueError),
    ],
)
def test_what_is_not_one_number_is_refused(
    tmp_path: Path, value: Any, error: type[Exception]
) -> None:
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(error):
            writer.add_scalar("x", value, 1)
        writer.add_scalar("x", 1.0, 2, 1.0)
    assert scalars(tmp_path) == {"x": [(2, 1.0, 1.0)]}


def test_double_precision_keeps_64_bits(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("double", 0.1, 1, 1.0, new_style=True, double_precision=True)
        writer.add_scalar("single", 0.1, 1, 1.0, new_style=True)
    series = scalars(tmp_path)
    assert series["double"][0][2] == 0.1
    assert series["single"][0][2] == float(np.float32(0.1))


def test_first_event_names_version_and_writer(tmp_path: Path) -> None:
    SummaryWriter(tmp_path).close()
    (first,) = events(event_files(tmp_path)[0])
    assert first.file_version == "brain.Event:2"
    assert first.source_metadata.writer == "farboard"
    assert abs(first.wall_time - time.time()) < 3600


def test_default_directory_is_named_by_time_and_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter(comment="_try")
    writer.close()
    assert re.fullmatch(r"runs/[A-Z]\w{2}\d\d_\d\d-\d\d-\d\d_.+_try", writer.get_logdir())
    assert len(event_files(tmp_path / writer.log_dir)) == 1


def wait_for(points: int, directory: Path, tag: str = "x") -> None:
    deadline = time.monotonic() + DEADLINE_S
    while len(scalars(directory).get(tag, [])) < points:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_full_queue_is_written_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_LINGER_S", 1e6)
    writer = SummaryWriter(tmp_path, max_queue=10, flush_secs=10**6)
    for step in range(9):
        writer.add_scalar("x", step, step, 1.0)
    time.sleep(0.2)
    assert event_files(tmp_path)[0].stat().st_size == 0
    writer.add_scalar("x", 9, 9, 1.0)
    wait_for(10, tmp_path)
    writer.close()


def test_nothing_waits_longer_than_a_moment(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, max_queue=1000, flush_secs=10**6)
    writer.add_scalar("x", 1.0, 1, 1.0)
    wait_for(1, tmp_path)
    writer.close()


def test_flush_secs_needs_no_further_call(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, max_queue=1000, flush_secs=0)
    writer.add_scalar("x", 1.0, 1, 1.0)
    wait_for(1, tmp_path)
    writer.close()


def test_goes_on_in_a_new_file_after_close(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)
    writer.add_scalar("x", 1.0, 1, 1.0)
    writer.close()
    writer.close()
    writer.flush()
    writer.add_scalar("x", 2.0, 2, 2.0)
    writer.close()
    assert len(event_files(tmp_path)) == 2
    assert scalars(tmp_path)["x"] == [(1, 1.0, 1.0), (2, 2.0, 2.0)]


def test_purge_step_marks_a_restart_once(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, purge_step=5)
    writer.close()
    writer.add_scalar("x", 1.0, 6)
    writer.close()
    first, second = (list(events(path)) for path in event_files(tmp_path))
    assert [event.step for event in first] == [0, 5, 5]
    assert first[2].session_log.status == 1
    assert [event.WhichOneof("what") for event in second] == ["file_version", "summary"]


def test_threads_lose_and_tear_nothing(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, flush_secs=0)

    def log(tag: str) -> None:
        for step in range(2000):
            writer.add_scalar(tag, step, step, 1.0)

    threads = [threading.Thread(target=log, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    expected = [(step, 1.0, float(step)) for step in range(2000)]
    assert scalars(tmp_path) == {f"t{i}": expected for i in range(4)}


def python(code: str, directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(directory)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_what_was_flushed_survives_kill_9(tmp_path: Path) -> None:
    code = """
        import sys, time
        from farboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1], max_queue=1000)
        for step in range(100):
            writer.add_scalar("x", step, step, 1.0)
        writer.flush()
        writer.add_scalar("x", 100, 100, 1.0)
        print("flushed", flush=True)
        time.sleep(600)
    """
    with python(code, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "flushed\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert scalars(tmp_path)["x"] == [(step, 1.0, float(step)) for step in range(100)]


def test_everything_is_flushed_when_python_ends(tmp_path: Path) -> None:
    code = """
        import sys
        from farboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1], max_queue=1000)
        for step in range(7):
            writer.add_scalar("x", step, step, 1.0)
        raise SystemExit(3)
    """
    with python(code, tmp_path) as process:
        assert process.wait() == 3
    assert len(scalars(tmp_path)["x"]) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_process_writes_a_file_of_its_own(tmp_path: Path) -> None:
    code = """
        import os, sys, warnings
        from farboard import SummaryWriter
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        writer = SummaryWriter(sys.argv[1], max_queue=1000)
        writer.add_scalar("before", 1.0, 1, 1.0)
        child = os.fork()
        writer.add_scalar("child" if child == 0 else "parent", 2.0, 2, 1.0)
        if child != 0:
            assert os.waitpid(child, 0)[1] == 0
    """
    with python(code, tmp_path) as process:
        assert process.wait() == 0
    assert len(event_files(tmp_path)) == 2
    assert scalars(tmp_path) == {
        "before": [(1, 1.0, 1.0)],
        "parent": [(2, 1.0, 2.0)],
        "child": [(2, 1.0, 2.0)],
    }


def test_an_empty_directory_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    SummaryWriter("").close()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_curve_of_complex_numbers_is_refused_at_once(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer, pytest.raises(TypeError, match="real numbers"):
        writer.add_pr_curve("curve", np.array([0, 1]), np.array([0.5, 0.5 + 1j]))
