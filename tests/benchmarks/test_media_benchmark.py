"""The benchmark of images, on few of them and a quick link: what is measured really happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import media as benchmark
from benchmarks.far_boards import FarSide, far_side
from tests.ssh.far import SSHD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def far() -> Iterator[FarSide]:
    if SSHD is None:
        pytest.skip("no sshd installed (Debian: openssh-server)")
    with far_side(10, 1000) as side:
        yield side


def test_both_show_a_screen_of_images(
    far: FarSide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TAGS": 3, "STEPS": 5, "CARDS": 6}.items():
        monkeypatch.setattr(benchmark, name, value)
    logdir = tmp_path / "images"
    written = benchmark.make_image_logs(logdir, 2, 3, 5, 256)
    assert written > 30 * 10_000
    figures = benchmark.measure(far, logdir, None, repeats=2, runs=2)
    ours, theirs = figures["farboard"], figures["tensorboard"]
    # TensorBoard's are the originals, ours have a fourth of the pixels.
    assert 0 < ours["images_bytes"] < theirs["images_bytes"] / 2
    assert ours["received_bytes"] > ours["images_bytes"]
    assert theirs["received_bytes"] > theirs["images_bytes"]
    assert ours["engine_memory_bytes"]["after"] > 1_000_000
