"""The checksum in numpy against the one byte after byte."""

from __future__ import annotations

import random

import pytest
import tensorboard.compat.tensorflow_stub.pywrap_tensorflow as tensorboard_records

from farboard.writer import checksum


@pytest.mark.parametrize("lanes", [64, 65, 67, 100, 255, 256, 2049])
@pytest.mark.parametrize("rest", [0, 1, 7, 8, 511])
def test_lanes_put_together_are_the_whole(lanes: int, rest: int) -> None:
    data = random.Random(lanes + rest).randbytes(512 * lanes + rest)
    assert checksum.crc32c(data) == tensorboard_records.crc32c(data)


def test_leading_zeros_count() -> None:
    data = bytes(40_000)
    assert checksum.crc32c(data) == tensorboard_records.crc32c(data)


def test_without_numpy_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = random.Random(1).randbytes(50_001)
    wide = checksum.crc32c(data)
    monkeypatch.delitem(checksum.sys.modules, "numpy")
    assert checksum.crc32c(data) == wide
