"""TFRecord framing: a length, the payload, and a masked CRC32C of each.

| bytes | meaning |
|---|---|
| 8 | length N of the payload, unsigned, little-endian |
| 4 | masked CRC32C of those 8 bytes |
| N | payload |
| 4 | masked CRC32C of the payload |
"""

from __future__ import annotations

import struct
from functools import lru_cache

from farboard.writer.checksum import crc32c

_MASK_DELTA = 0xA282EAD8
_U32 = 0xFFFFFFFF

_length = struct.Struct("<Q")
_checksum = struct.Struct("<I")


def masked_crc32c(data: bytes) -> int:
    """Return the checksum as a record stores it: rotated by 15 bits and shifted by a constant.

    Masking keeps the checksum of data that itself holds checksums from being degenerate.
    """
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & _U32


@lru_cache(maxsize=1024)  # most records of a training have one of a few lengths
def _header(length_bytes: int) -> bytes:
    length = _length.pack(length_bytes)
    return length + _checksum.pack(masked_crc32c(length))


def frame(payload: bytes) -> bytes:
    """Make a complete record of a payload."""
    return _header(len(payload)) + payload + _checksum.pack(masked_crc32c(payload))


def record_bytes(data: bytes | bytearray, at: int) -> int:
    """Return how long the record is that begins at a place, all of it."""
    (length_bytes,) = _length.unpack_from(data, at)
    return int(length_bytes) + _length.size + 2 * _checksum.size
