"""The index of the engine as a program: killed at any moment, on a full disk, without a place."""

from __future__ import annotations

import itertools
import math
import random
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.make_logs import Shape, make_logs
from tests.engine.event_files import write_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

SHAPE = Shape(3, 2, 20_000)
PATIENCE_S = 20.0


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    return make_logs(tmp_path / "logs", SHAPE)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=128k,mode=700", "tmpfs", str(disk)]
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", *options], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def until(engine: EngineProcess, holds: Callable[[Any], bool]) -> Any:
    """The status as soon as something holds of it."""
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        status = engine.get("/api/status")
        if holds(status):
            return status
        time.sleep(0.02)
    raise AssertionError(f"never came: {status}")


def is_saved(status: Any) -> bool:
    index = status["index"]
    return bool(index["state"] == "on" and index["bytes"] > 1000 and not index["unsaved_runs"])


def points(engine: EngineProcess) -> Any:
    """Every point, once everything is loaded."""
    until(engine, lambda status: status["load"]["state"] == "live")
    tags = engine.get("/api/tags")
    series = [
        {"run": tags["runs"][run], "tag": tag["tag"]} for tag in tags["tags"] for run in tag["run"]
    ]
    curves = engine.scalars(series=series, restarts="all")
    assert sum(curve["points"] for curve in curves) == SHAPE.points
    return curves


def test_killed_at_any_moment(start: Start, logdir: Path, tmp_path: Path) -> None:
    truth = points(start(logdir, "--no-index"))
    chance = random.Random(7)
    for round_, pause_s in zip(range(12), itertools.cycle((0.0, 0.05, 0.12, 0.3)), strict=False):
        engine = start(logdir, "--index", str(tmp_path / "index"))
        time.sleep(pause_s * (0.5 + chance.random()))
        engine.process.kill()
        engine.process.wait()
        if round_ % 3 == 2:
            again = start(logdir, "--index", str(tmp_path / "index"))
            assert points(again) == truth
            again.close()
    engine = start(logdir, "--index", str(tmp_path / "index"))
    assert points(engine) == truth
    until(engine, is_saved)
    names = [path.suffix for path in (tmp_path / "index").iterdir()]
    assert names == [".index"]


def test_a_full_disk(start: Start, logdir: Path, small_disk: Path) -> None:
    truth = points(start(logdir, "--no-index"))
    engine = start(logdir, "--index", str(small_disk / "index"))
    status = until(engine, lambda status: status["index"]["state"] == "full")
    assert "not written any more" in status["index"]["message"]
    assert points(engine) == truth
    assert points(start(logdir, "--index", str(small_disk / "index"))) == truth


def test_where_nothing_can_be_written_the_memory_is_told(
    start: Start, logdir: Path, tmp_path: Path
) -> None:
    (tmp_path / "index").write_text("a file")
    engine = start(logdir, "--index", str(tmp_path / "index"))
    status = until(engine, lambda status: status["load"]["state"] == "live")
    assert status["index"]["state"] == "unwritable"
    assert "MB of memory for" in status["index"]["message"]


def test_the_second_start_reads_no_byte(start: Start, logdir: Path, tmp_path: Path) -> None:
    first = start(logdir, "--index", str(tmp_path / "index"))
    truth = points(first)
    until(first, is_saved)
    first.close()
    second = start(logdir, "--index", str(tmp_path / "index"))
    assert points(second) == truth
    status = second.get("/api/status")
    assert status["index"]["restored_bytes"] == status["load"]["bytes"]


def test_counts_of_what_is_not_finite_come_from_the_index(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "logs" / "a" / "events.out.tfevents.1.x"
    write_series(file, "loss", [0.5, math.nan, math.inf] + [0.5] * 5000)
    # Runs that follow each other: what is counted is in two files.
    write_series(file.with_name("events.out.tfevents.2.x"), "loss", [math.nan], 9e3, 7000)
    first = start(tmp_path / "logs", "--index", str(tmp_path / "index"))
    until(first, is_saved)
    told = first.get("/api/tags")["tags"][0]
    assert (told["nan"], told["inf"], told["last_non_finite_step"]) == ([2], [1], [7000])
    first.close()
    second = start(tmp_path / "logs", "--index", str(tmp_path / "index"))
    status = until(second, lambda status: status["load"]["state"] == "live")
    assert status["index"]["restored_bytes"] == status["load"]["bytes"]
    assert second.get("/api/tags")["tags"][0] == told
