"""The benchmark of the link, on small logs and a quick link: what is measured really happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import link as benchmark
from benchmarks.far_boards import FarSide, far_side
from benchmarks.make_logs import Shape, make_logs
from tests.ssh.far import SSHD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHAPE = Shape(2, 8, 200)
BLOB_BYTES = 300_000


@pytest.fixture
def far() -> Iterator[FarSide]:
    if SSHD is None:
        pytest.skip("no sshd installed (Debian: openssh-server)")
    with far_side(10, 1000) as side:
        yield side


def test_a_cold_start_sends_the_engine_and_a_warm_one_does_not(
    far: FarSide, tmp_path: Path
) -> None:
    logdir = make_logs(tmp_path, SHAPE).absolute()
    sent = []
    for _ in range(2):
        there_bytes = far.link.passed_bytes()[0]
        start = benchmark.start_asked(far, logdir, SHAPE, None)
        assert 0 < start.first_curves_s <= start.all_curves_s
        assert start.received_bytes > 8 * 2 * 200  # Every curve has come.
        sent.append(far.link.passed_bytes()[0] - there_bytes)
    cold_bytes, warm_bytes = sent
    assert cold_bytes > 500_000 > warm_bytes
    far.forget_engine()
    assert not far.machine.engines or not any(path.is_file() for path in far.machine.engines)


def test_clicks_are_counted_while_the_image_comes(
    far: FarSide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "BLOB_BYTES", BLOB_BYTES)
    monkeypatch.setattr(benchmark, "_CLICK_PAUSE_S", 0.0)
    logdir = benchmark.make_blob_logs(tmp_path).absolute()
    clicks = benchmark.clicks_of_farboard(far, logdir, None)
    assert len(clicks.idle_ms) == 5
    assert min(clicks.idle_ms) >= 10
    assert clicks.bulk_bytes_s > 0
    assert benchmark.make_blob_logs(tmp_path) == logdir


def test_figures_are_medians_and_shares() -> None:
    clicks = benchmark.Clicks([100.0] * 5, [200.0, 300.0, 250.0], 2e6)
    figures = benchmark._clicks(clicks)
    assert (figures["idle_ms"], figures["busy_ms"], figures["bulk_share"]) == (100, 250, 0.8)
