"""Writers in processes that fork, are killed, are interrupted or simply end, and on full disks."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import event_files, payloads, scalars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.client import EngineProcess

    Start = Callable[..., EngineProcess]

pytestmark = pytest.mark.slow

DEADLINE_S = 60
WATCH_S = float(os.environ.get("FARBOARD_WRITER_WATCH_S", "10"))


def python(code: str, directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), str(directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, directory: Path) -> tuple[int, str]:
    process = python(code, directory)
    _, errors = process.communicate(timeout=DEADLINE_S)
    return process.returncode, errors


def steps(directory: Path, tag: str = "x") -> list[int]:
    return [step for step, _, _ in scalars(directory).get(tag, [])]


def log_steps(writer: SummaryWriter, tag: str, count: int) -> None:
    for step in range(count):
        writer.add_scalar(tag, step, step)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_write_files_of_their_own(tmp_path: Path, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    context: Any = multiprocessing.get_context(method)
    writer = SummaryWriter(tmp_path, max_queue=1000)
    writer.add_scalar("parent", 1.0, 1)
    children = [
        context.Process(target=log_steps, args=(writer, f"child{number}", 50))
        for number in range(3)
    ]
    for child in children:
        child.start()
    writer.add_scalar("parent", 2.0, 2)
    for child in children:
        child.join(DEADLINE_S)
        assert child.exitcode == 0
    writer.close()
    assert len(event_files(tmp_path)) == 4
    series = {tag: [step for step, _, _ in points] for tag, points in scalars(tmp_path).items()}
    children_series = {f"child{number}": list(range(50)) for number in range(3)}
    assert series == {"parent": [1, 2], **children_series}


def test_a_child_that_logs_nothing_leaves_no_file(tmp_path: Path) -> None:
    code = """
        import os, sys
        from farboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1])
        writer.add_scalar("x", 1.0, 1)
        child = os.fork()
        if child == 0:
            sys.exit(0)
        os.waitpid(child, 0)
    """
    assert run(code, tmp_path)[0] == 0
    assert len(event_files(tmp_path)) == 1
    assert steps(tmp_path) == [1]


def test_fork_while_the_thread_writes(tmp_path: Path) -> None:
    """Whatever the thread holds at that moment, the child neither hangs nor repeats anything."""
    code = """
        import os, sys
        from farboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1], max_queue=1)
        children = []
        for step in range(20):
            for inner in range(100):
                writer.add_scalar("parent", 0.0, step * 100 + inner)
            child = os.fork()
            if child == 0:
                writer.add_scalar("child", 0.0, step)
                writer.close()
                os._exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
    """
    assert run(code, tmp_path) == (0, "")
    assert steps(tmp_path, "parent") == list(range(2000))
    assert sorted(steps(tmp_path, "child")) == list(range(20))


def test_a_pickled_writer_writes_beside_the_first(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path, filename_suffix=".a", max_queue=3)
    copy = pickle.loads(pickle.dumps(writer))
    assert copy.get_logdir() == writer.get_logdir()
    copy.add_scalar("copy", 1.0, 1)
    copy.close()
    writer.close()
    assert [path.suffix for path in event_files(tmp_path)] == [".a", ".a"]
    assert steps(tmp_path, "copy") == [1]


LOADED = """
    import sys, time
    from farboard import SummaryWriter
    writer = SummaryWriter(sys.argv[1])
    print("logging", flush=True)
    step = 0
    try:
        while True:
            writer.add_scalar("x", step, step)
            step += 1
            if step % 20 == 0:
                time.sleep(0.001)
    except KeyboardInterrupt:
        print(step, flush=True)
"""


@pytest.mark.parametrize("attempt", range(3))
def test_killed_under_load_leaves_whole_records(tmp_path: Path, attempt: int) -> None:
    with python(LOADED, tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.uniform(0.1, 0.5))
        process.send_signal(signal.SIGKILL)
    written = steps(tmp_path)
    assert written == list(range(len(written)))


@pytest.mark.parametrize("attempt", range(3))
def test_interrupted_it_keeps_everything(tmp_path: Path, attempt: int) -> None:
    with python(LOADED, tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.uniform(0.1, 0.5))
        process.send_signal(signal.SIGINT)
        logged = int(process.stdout.readline())
    written = steps(tmp_path)
    assert written == list(range(len(written)))
    assert len(written) in (logged, logged + 1)  # the last call may have been cut after its end


@pytest.mark.parametrize(
    ("end", "code"),
    [("", 0), ("sys.exit(3)", 3), ("1 / 0", 1), ("raise KeyboardInterrupt", -signal.SIGINT)],
)
def test_everything_is_flushed_however_python_ends(tmp_path: Path, end: str, code: int) -> None:
    program = f"""
        import sys, threading
        from farboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1], max_queue=10**6)
        def log(tag):
            for step in range(500):
                writer.add_scalar(tag, step, step)
        thread = threading.Thread(target=log, args=("thread",))
        thread.start()
        log("x")
        {end}
    """
    assert run(program, tmp_path)[0] == code
    assert steps(tmp_path) == list(range(500))
    assert steps(tmp_path, "thread") == list(range(500))


def test_a_writer_that_begins_when_python_ends_is_flushed(tmp_path: Path) -> None:
    code = """
        import atexit, sys
        from farboard import SummaryWriter
        def last():
            writer = SummaryWriter(sys.argv[1])
            writer.add_scalar("x", 1.0, 1)
            writer.close()
        atexit.register(last)
    """
    assert run(code, tmp_path) == (0, "")
    assert steps(tmp_path) == [1]


def test_init_tells_how_the_program_ended(tmp_path: Path) -> None:
    code = """
        import sys, farboard
        writer = farboard.init(sys.argv[1], config={"lr": 0.1}, system_interval_s=None)
        writer.add_scalar("x", 1.0, 1)
        1 / 0
    """
    assert run(code, tmp_path)[0] == 1
    data = b"".join(payloads(event_files(tmp_path)[0]))
    assert b"_hparams_/session_end_info" in data
    assert data.split(b"_hparams_/session_end_info")[1].count(b'"\x0b\x08\x02') == 1  # a failure


def test_a_file_that_may_not_grow_is_told_and_goes_on_later(tmp_path: Path) -> None:
    """A limit on the file's size stands in for the disk: writes stop in the middle of a record."""
    code = """
        import resource, signal, sys, time
        from farboard import SummaryWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        writer = SummaryWriter(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (1003, hard))
        raised = 0
        for step in range(200):
            try:
                writer.add_scalar("x", step, step)
            except OSError as error:
                assert "File too large; logging goes on in memory" in str(error), error
                raised += 1
            time.sleep(0.005)
        assert raised == 1, raised
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        writer.close()
        assert writer.lost_values == 0
    """
    assert run(code, tmp_path) == (0, "")
    assert steps(tmp_path) == list(range(200))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "none", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems can only be mounted by root")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_told_once_and_everything_is_there_in_the_end(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(56 * 1024))
    writer = SummaryWriter(small_disk / "run")
    raised = []
    for step in range(3000):
        try:
            writer.add_scalar("x", step, step)
            if step % 100 == 0:
                time.sleep(0.02)
        except OSError as error:  # noqa: PERF203
            raised.append(str(error))
    assert len(raised) == 1
    assert "No space left on device; logging goes on in memory" in raised[0]
    ballast.unlink()
    writer.add_scalar("x", 3000, 3000)
    with pytest.raises(OSError, match="No space left"):
        writer.flush()  # 64 KiB do not hold it all
    subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)
    writer.close()
    assert writer.lost_values == 0
    assert steps(small_disk / "run") == list(range(3001))


def test_two_processes_under_load_while_an_engine_watches(tmp_path: Path, start: Start) -> None:
    """$FARBOARD_WRITER_WATCH_S says for how long; every point arrives."""
    code = f"""
        import sys, time
        from farboard import SummaryWriter
        directory, name = sys.argv[1].rsplit(":", 1)
        writer = SummaryWriter(directory)
        end, step = time.monotonic() + {WATCH_S}, 0
        while time.monotonic() < end:
            for _ in range(200):
                writer.add_scalar(name, step, step)
                step += 1
            time.sleep(0.02)
        writer.close()
        print(step)
    """
    run_directory = tmp_path / "run"
    run_directory.mkdir()
    engine = start(tmp_path)
    engine.until_live()
    begin = [sys.executable, "-c", textwrap.dedent(code)]
    writers = [
        subprocess.Popen([*begin, f"{run_directory}:{name}"], stdout=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    wanted = [{"id": n, "run": "run", "tag": tag} for n, tag in enumerate("ab")]

    def points() -> list[int]:
        statistics = engine.post("/api/statistics", {"series": wanted}).json()["series"]
        return [row["points"] for row in statistics]

    seen = set()
    while any(process.poll() is None for process in writers):
        seen.add(tuple(points()))
        time.sleep(0.2)
    assert len(seen) > WATCH_S / 2  # the curves grew meanwhile
    counts = [int(process.communicate()[0]) for process in writers]
    assert min(counts) > 100 * WATCH_S
    deadline = time.monotonic() + DEADLINE_S
    while points() != counts:
        assert time.monotonic() < deadline, (points(), counts)
        time.sleep(0.1)
    for row, count in zip(engine.scalars(series=wanted, restarts="all"), counts, strict=True):
        assert row["step"] == list(range(count))
        assert row["value"] == list(range(count))
