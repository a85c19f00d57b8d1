"""The benchmark of histograms, on few of them: every one counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benchmarks import histograms as benchmark
from farboard.errors import FarboardError
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_every_picture_of_both_tags_is_answered(tmp_path: Path) -> None:
    try:
        engine = find_engine().path
    except FarboardError:
        pytest.skip("the engine is not built")
    benchmark.make_histogram_logs(tmp_path, 50, 20)
    answers = asyncio.run(benchmark.ask_engine(engine, tmp_path, repeats=1))
    assert len(answers) == len(benchmark.TAGS) * len(benchmark.PICTURES)
    assert all(told["answer_bytes"] > 1000 for told in answers.values())
