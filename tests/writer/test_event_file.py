"""Event files on a real file system: names, what is on disk when, and a disk that is full."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

from farboard.writer.event_file import EventFile
from farboard.writer.scalar import scalar_event
from tests.writer.tensorboard_reader import event_files, payloads, scalars


def test_name_begins_with_the_time_and_is_nobody_elses(tmp_path: Path) -> None:
    files = [EventFile(tmp_path, ".suffix") for _ in range(3)]
    assert len({file.path for file in files}) == 3
    for file in files:
        assert re.fullmatch(
            r"events\.out\.tfevents\.\d{10}\.[^/]+\.\d+\.\d+\.suffix", Path(file.path).name
        )
        file.close()


def test_missing_directories_are_made(tmp_path: Path) -> None:
    file = EventFile(tmp_path / "a" / "b")
    file.close()
    assert event_files(tmp_path / "a" / "b") == [Path(file.path)]


def test_records_reach_the_disk_at_flush(tmp_path: Path) -> None:
    file = EventFile(tmp_path)
    assert payloads(Path(file.path)) == []
    event = scalar_event("x", 1.0, 1, 1.0)
    file.append(event)
    file.flush()
    assert payloads(Path(file.path))[1:] == [event]
    file.close()
    file.close()


def test_large_amounts_do_not_wait_for_flush(tmp_path: Path) -> None:
    file = EventFile(tmp_path)
    events = [scalar_event("x", 1.0, step, 1.0) for step in range(5000)]
    for event in events:
        file.append(event)
    on_disk = payloads(Path(file.path))[1:]
    assert 1000 < len(on_disk) <= len(events)
    assert on_disk == events[: len(on_disk)]
    file.close()
    assert payloads(Path(file.path))[1:] == events


def test_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A limit on the file's size stands in for the disk: writes stop in the middle of a record."""
    code = """
        import errno, resource, signal, sys
        from pathlib import Path
        from farboard.writer.scalar import scalar_event
        from farboard.writer.event_file import EventFile

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        file = EventFile(Path(sys.argv[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1003, hard))
        refused = 0
        for step in range(100):
            file.append(scalar_event("x", float(step), step, 1.0))
            try:
                file.flush()
            except OSError as error:
                assert error.errno == errno.EFBIG
                refused += 1
        assert refused > 50
        assert Path(file.path).stat().st_size == 1003
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        file.close()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], check=True)
    assert scalars(tmp_path)["x"] == [(step, 1.0, float(step)) for step in range(100)]


def test_a_half_written_record_of_a_deleted_file_is_written_again(tmp_path: Path) -> None:
    """Who makes room by deleting the file itself gets a new one that begins with a whole record."""
    code = """
        import resource, signal, sys
        from pathlib import Path
        from farboard.writer.event_file import EventFile
        from farboard.writer.scalar import scalar_event

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        file = EventFile(Path(sys.argv[1]))
        file.flush()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1003, hard))
        for step in range(100):
            file.append(scalar_event("x", float(step), step, 1.0))
        try:
            file.flush()
        except OSError:
            pass
        Path(sys.argv[1], "kept").write_bytes(Path(file.path).read_bytes())
        Path(file.path).unlink()
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        file.append(scalar_event("x", 100.0, 100, 1.0))
        file.close()
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        check=True,
        capture_output=True,
    )
    steps = [step for step, _, _ in scalars(tmp_path)["x"]]
    (tmp_path / "kept").rename(tmp_path / "events.out.tfevents.0.kept")
    before = [step for step, _, _ in scalars(tmp_path)["x"]][: -len(steps)]
    assert before == list(range(len(before)))
    assert steps == list(range(len(before), 101))
