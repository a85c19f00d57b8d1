"""The benchmark of many runs on a few: everything is listed, and half a listing is no result."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.make_logs import Shape
from benchmarks.many_runs import list_with_engine, load_with_data_server, make_many_logs
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = Shape(runs=60, tags=3, steps=2)


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    return make_many_logs(tmp_path, SHAPE)


def test_logs_are_made_once(logdir: Path) -> None:
    files = sorted(logdir.rglob("*tfevents*"))
    assert len(files) == SHAPE.runs
    assert files[0].read_bytes() == files[50].read_bytes() != files[1].read_bytes()
    assert make_many_logs(logdir.parent, SHAPE) == logdir


def test_engine(logdir: Path) -> None:
    listing = asyncio.run(list_with_engine(find_engine().path, logdir, SHAPE))
    assert 0 < listing.live_s <= listing.listed_s
    assert 1e5 < listing.memory_bytes <= listing.peak_memory_bytes


def test_data_server(logdir: Path) -> None:
    seconds, peak_bytes = load_with_data_server(logdir)
    assert seconds > 0
    assert peak_bytes > 1e5


def test_missing_runs_are_no_result(logdir: Path) -> None:
    more = SHAPE._replace(runs=SHAPE.runs + 1)
    with pytest.raises(RuntimeError, match="not listed: 60 runs of 61"):
        asyncio.run(list_with_engine(find_engine().path, logdir, more))
