"""The load benchmark on small logs: both readers really load, and half a loading is no result."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.load import (
    Loading,
    load_with_data_server,
    load_with_engine,
    summarize,
)
from benchmarks.make_logs import Shape, make_logs
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = Shape(2, 3, 1500)
SAMPLES_BY_DEFAULT = 1000


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    return make_logs(tmp_path, SHAPE)


@pytest.mark.parametrize(
    ("samples", "kept_per_series"), [("", SAMPLES_BY_DEFAULT), ("scalars=all", SHAPE.steps)]
)
def test_data_server(logdir: Path, samples: str, kept_per_series: int) -> None:
    loading = load_with_data_server(logdir, SHAPE, samples)
    assert loading.points_kept == SHAPE.series * kept_per_series
    assert loading.seconds > 0
    assert loading.peak_memory_bytes > 1e6


def test_engine(logdir: Path) -> None:
    loading = asyncio.run(load_with_engine(find_engine().path, logdir, SHAPE))
    assert loading.points_kept == SHAPE.points
    assert loading.seconds > 0
    assert loading.peak_memory_bytes > 1e5


def test_missing_points_are_no_result(logdir: Path) -> None:
    more = SHAPE._replace(steps=SHAPE.steps + 1)
    with pytest.raises(RuntimeError, match="not loaded"):
        load_with_data_server(logdir, more, "scalars=all")
    with pytest.raises(RuntimeError, match="not loaded"):
        asyncio.run(load_with_engine(find_engine().path, logdir, more))


def test_summary_compares_medians() -> None:
    points = SHAPE.points
    loadings = {
        "peer": [Loading(4.0, 10, points), Loading(2.0, 30, points), Loading(9.0, 20, points)],
        "ours": [Loading(0.5, 5, points)] * 3,
    }
    result = summarize(loadings, SHAPE, 1)
    assert result["times_faster"] == {"peer": 8.0}
    assert result["readers"]["peer"]["peak_memory_bytes"] == 30
    assert result["readers"]["ours"]["points_per_s"] == points / 0.5
