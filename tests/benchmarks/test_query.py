"""The query benchmark on small logs: what is timed are real answers of both readers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.make_logs import Shape, make_logs
from benchmarks.query import SAMPLES, ask_data_server, ask_engine, percentile, show, weights
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = Shape(3, 1, 9000)
REPEATS = 2
POINT_BYTES = 32


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    return make_logs(tmp_path, SHAPE)


def test_engine(logdir: Path) -> None:
    answers = asyncio.run(ask_engine(find_engine().path, logdir, SHAPE, REPEATS))
    assert len(answers) == 8
    for times in answers.values():
        assert times["answers"] == REPEATS
        assert 0 < times["head_p50_ms"] <= times["whole_p50_ms"] <= times["whole_p95_ms"]
    # At least two points of each of 1,000 pixels of each run.
    whole = answers["full range, smoothed"]["answer_bytes"]
    assert whole > SHAPE.runs * 2000 * POINT_BYTES
    assert answers["full range, raw"]["answer_bytes"] < whole
    assert answers["full range, smoothed, gzip"]["answer_bytes"] < whole
    assert answers["zoomed 50 times, smoothed"]["answer_bytes"] < whole


def test_data_server(logdir: Path) -> None:
    times = ask_data_server(logdir, SHAPE, REPEATS)
    assert times["answers"] == REPEATS
    assert times["answer_bytes"] > SHAPE.runs * SAMPLES * 4
    show({"logs": SHAPE._asdict(), "answers": {"data server": times}})


def test_missing_points_are_no_result(logdir: Path) -> None:
    more = SHAPE._replace(steps=SHAPE.steps + 1)
    with pytest.raises(RuntimeError, match="not loaded"):
        asyncio.run(ask_engine(find_engine().path, logdir, more, 1))
    with pytest.raises(RuntimeError, match="not loaded"):
        ask_data_server(logdir, more._replace(runs=SHAPE.runs + 1), 1)


def test_percentiles_are_measured_times() -> None:
    times = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert (percentile(times, 0.5), percentile(times, 0.95), percentile([7.0], 0.5)) == (
        3.0,
        5.0,
        7.0,
    )


def test_every_weight_is_new_and_none_is_0() -> None:
    assert len(set(weights(15))) == 15
    assert all(0 < weight < 1 for weight in weights(15))
