"""The made logs are what they say, by TensorBoard's reader and by the writer's own encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.make_logs import (
    Shape,
    make_logs,
    masked_crc32c_of_columns,
    run_bytes,
    run_names,
    tag_names,
)
from farboard.writer.records import masked_crc32c
from farboard.writer.scalar import scalar_event
from tests.writer.tensorboard_reader import event_files, payloads, scalars

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shape", [Shape(2, 3, 300), Shape(1, 22, 2), Shape(1, 1, 17_000)], ids=str)
def test_tensorboard_reads_every_point(tmp_path: Path, shape: Shape) -> None:
    logdir = make_logs(tmp_path, shape)
    assert sorted(path.name for path in logdir.iterdir()) == run_names(shape.runs)
    for run in run_names(shape.runs):
        series = scalars(logdir / run)
        assert list(series) == tag_names(shape.tags)
        for points in series.values():
            steps, wall_times_s, values = zip(*points, strict=True)
            assert steps == tuple(range(shape.steps))
            assert np.all(np.diff(wall_times_s) > 0)
            assert len(set(values)) > 0.9 * len(values)


def test_events_are_those_of_the_writer(tmp_path: Path) -> None:
    logdir = make_logs(tmp_path, Shape(1, 2, 200))
    (file,) = event_files(logdir / "run-00")
    series = scalars(logdir / "run-00")
    expected = [
        scalar_event(tag, series[tag][step][2], step, series[tag][step][1])
        for step in range(200)
        for tag in series
    ]
    assert payloads(file)[1:] == expected


def test_checksums_of_columns() -> None:
    data = np.random.default_rng(0).integers(0, 256, (37, 50), dtype=np.uint8)
    assert masked_crc32c_of_columns(data).tolist() == [
        masked_crc32c(column.tobytes()) for column in data.T
    ]


def test_equal_shapes_give_equal_bytes_and_runs_differ() -> None:
    shape = Shape(2, 2, 50)
    assert run_bytes(0, shape) == run_bytes(0, shape) != run_bytes(1, shape)


def test_the_default_is_231_megabytes() -> None:
    default = Shape()
    assert default.points == 4_000_000
    run_size_bytes = len(run_bytes(0, default))
    assert run_size_bytes * default.runs == pytest.approx(231e6, rel=0.002)


def test_logs_are_made_once(tmp_path: Path) -> None:
    shape = Shape(1, 1, 10)
    (file,) = event_files(make_logs(tmp_path, shape) / "run-00")
    file.write_bytes(b"kept")
    make_logs(tmp_path, shape)
    assert file.read_bytes() == b"kept"
