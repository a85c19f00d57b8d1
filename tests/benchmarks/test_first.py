"""The benchmark of first answers, on small logs: both readers answer, and nothing counts early."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks.first import FirstAnswers, first_of_data_server, first_of_engine, summarize
from benchmarks.make_logs import Shape, make_logs
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = Shape(2, 3, 1500)


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    return make_logs(tmp_path, SHAPE)


def test_data_server(logdir: Path) -> None:
    first = first_of_data_server(logdir, SHAPE)
    assert 0 < first.tags_s <= first.curve_s


def test_engine(logdir: Path) -> None:
    first = asyncio.run(first_of_engine(find_engine().path, logdir, SHAPE))
    assert 0 < first.tags_s <= first.curve_s


def test_missing_runs_are_no_answer(logdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.first._GIVE_UP_S", 0.5)
    with pytest.raises(RuntimeError, match="not answered"):
        asyncio.run(first_of_engine(find_engine().path, logdir, SHAPE._replace(runs=3)))


def test_summary_compares_medians() -> None:
    answers = {
        "peer": [FirstAnswers(1.0, 2.0), FirstAnswers(3.0, 9.0), FirstAnswers(2.0, 4.0)],
        "ours": [FirstAnswers(0.5, 0.5)] * 3,
    }
    assert summarize(answers, SHAPE, 1)["times_sooner"] == {"tags_s": 4.0, "curve_s": 8.0}
