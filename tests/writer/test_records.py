"""Record framing against published vectors, a bit-by-bit twin and TensorBoard's record code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.summary.writer.record_writer import RecordWriter

from farboard.writer.checksum import CASTAGNOLI, crc32c
from farboard.writer.records import frame, masked_crc32c


def bitwise_crc32c(data: bytes) -> int:
    """The definition, one bit at a time."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (CASTAGNOLI if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "crc"),
    [  # RFC 3720, B.4, and the check value of the CRC catalogue
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
)
def test_published_checksums(data: bytes, crc: int) -> None:
    assert crc32c(data) == crc


@given(st.binary(max_size=200))
def test_slices_agree_with_the_definition(data: bytes) -> None:
    assert crc32c(data) == bitwise_crc32c(data)


def test_masked_checksums_of_known_records() -> None:
    length = bytes.fromhex("1800000000000000")
    payload = bytes.fromhex("09000080 3899d6d7411a0d627261696e2e4576656e743a32")
    assert masked_crc32c(length) == 0x224B7FA3
    assert masked_crc32c(payload) == 0xAB364B12


def test_a_whole_known_record() -> None:
    payload = bytes.fromhex("0900000040fc54d9411a0d627261696e2e4576656e743a32")
    assert frame(payload).hex() == "1800000000000000a37f4b22" + payload.hex() + "eced8f9d"


class Sink:
    """A file for TensorBoard's record writer that keeps the bytes."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_frames_are_those_of_tensorboard(payloads: list[bytes]) -> None:
    sink = Sink()
    for payload in payloads:
        RecordWriter(sink).write(payload)
    assert b"".join(frame(payload) for payload in payloads) == sink.data
