"""The benchmark of the index, on small logs: the second start reads nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.index import Start, start, summarize
from benchmarks.make_logs import Shape, make_logs
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = Shape(2, 3, 1500)


def test_the_second_start_reads_nothing(tmp_path: Path) -> None:
    logdir = make_logs(tmp_path / "logs", SHAPE)
    run = (find_engine().path, logdir, tmp_path / "index", SHAPE)
    first = asyncio.run(start(*run, look=True))
    again = asyncio.run(start(*run, look=True))
    size_bytes = sum(path.stat().st_size for path in logdir.rglob("*tfevents*"))
    assert (first.restored_bytes, again.restored_bytes) == (0, size_bytes)
    assert 0 < first.anonymous_bytes <= first.most_anonymous_bytes


def test_other_logs_do_not_count(tmp_path: Path) -> None:
    logdir = make_logs(tmp_path / "logs", SHAPE)
    other = SHAPE._replace(runs=3)
    with pytest.raises(RuntimeError, match="points of"):
        asyncio.run(start(find_engine().path, logdir, tmp_path / "index", other, look=False))


def test_summary_compares_medians() -> None:
    first, again = [Start(2.0, 0, 10, 5)], [Start(0.01, 7, 4, 3), Start(0.03, 7, 4, 3)]
    summary = summarize(SHAPE, [1.0, 2.0, 3.0], first, again)
    assert summary["times_sooner"] == 100.0
    assert summary["restored_bytes"] == 7
