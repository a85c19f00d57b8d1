"""Percentiles and counts of real histograms against TensorBoard's own code."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tensorboard.plugins.distribution.compressor import compress_histogram

if TYPE_CHECKING:
    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

CORPUS = os.environ.get("FARBOARD_CORPUS")
WRITERS = os.environ.get("FARBOARD_WRITERS")
MOST = 1000


def logdirs() -> list[Path]:
    roots = [Path(root) for root in (CORPUS, WRITERS) if root]
    return [root / "files" if (root / "files").is_dir() else root for root in roots]


def is_finite(bins: list[list[Any]]) -> bool:
    return all(isinstance(number, (int, float)) for one in bins for number in one)


def compare(engine: EngineProcess, run: str, tag: str) -> int:
    """Compare all histograms of a series; return how many there were."""
    series = [{"run": run, "tag": tag, "kind": "histogram"}]
    values = engine.post("/api/values", {"series": series, "limit": MOST}).json()["series"][0]
    (found,) = engine.post("/api/histograms", {"series": series, "columns": MOST}).json()["series"]
    if not found["exact"]:
        return 0
    compared = 0
    shown = zip(values["value"], found["n"], strict=True)
    for place, (value, n) in enumerate(shown):
        bins = value.get("bins")
        assert n == (bins is not None), (run, tag, value)
        if not bins or not is_finite(bins) or min(count for _, _, count in bins) < 0:
            continue
        in_all = math.fsum(count for _, _, count in bins)
        counted = math.fsum(found["counts"][place]) + found["below"][place] + found["above"][place]
        assert counted == pytest.approx(in_all, rel=1e-5), (run, tag)
        if in_all > 0:
            expected = [point for _, point in compress_histogram(bins)]
            assert found["percentiles"][place] == pytest.approx(expected, rel=1e-6, abs=1e-12), (
                run,
                tag,
            )
            compared += 1
    return compared


@pytest.mark.skipif(not logdirs(), reason="FARBOARD_CORPUS and FARBOARD_WRITERS are not set")
@pytest.mark.parametrize("logdir", logdirs(), ids=lambda path: path.parent.name)
def test_every_histogram_of_real_files(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    tags = engine.get("/api/tags")
    compared = sum(
        compare(engine, tags["runs"][place], entry["tag"])
        for entry in tags["tags"]
        if entry["kind"] == "histogram"
        for place in entry["run"]
    )
    assert compared > 50
