"""The benchmark of following, with few runs and records: what is written is what is waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.live import follow_with_data_server, follow_with_engine, summarize
from benchmarks.make_logs import Shape
from benchmarks.many_runs import make_many_logs
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def live_file(tmp_path: Path) -> Path:
    logdir = make_many_logs(tmp_path, Shape(runs=3, tags=2, steps=2))
    path = logdir / "live" / "events.out.tfevents.1.x"
    path.parent.mkdir()
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize("options", [[], ["--no-hints"]])
def test_engine(live_file: Path, options: list[str]) -> None:
    engine, logdir = find_engine().path, live_file.parents[1]
    result = asyncio.run(follow_with_engine(engine, logdir, live_file, options, 2, 0.1))
    assert result["delay_ms"]["count"] == 2
    assert result["delay_ms"]["max"] > 0
    assert result["cpu_percent"] >= 0


def test_data_server(live_file: Path) -> None:
    result = follow_with_data_server(live_file.parents[1], live_file, 1)
    assert result["delay_ms"]["max"] > 0


def test_summary() -> None:
    delays_s = [i / 1000 for i in range(100, 0, -1)]
    assert summarize(delays_s) == {"p50": 50.5, "p95": 96.0, "max": 100.0, "count": 100}
