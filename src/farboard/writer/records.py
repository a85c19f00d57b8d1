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

CASTAGNOLI = 0x82F63B78
"""The CRC32C polynomial in its reflected form."""

_SLICE_BYTES = 8
_MASK_DELTA = 0xA282EAD8
_U32 = 0xFFFFFFFF

_slices = struct.Struct("<8B")
_length = struct.Struct("<Q")
_checksum = struct.Struct("<I")


def _make_tables() -> tuple[list[int], ...]:
    """Make tables of which the k-th maps a byte to what it adds to the checksum k bytes later."""
    first = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (CASTAGNOLI if crc & 1 else 0)
        first.append(crc)
    tables = [first]
    for _ in range(_SLICE_BYTES - 1):
        tables.append([first[crc & 0xFF] ^ (crc >> 8) for crc in tables[-1]])
    return tuple(tables)


TABLES = _make_tables()


def crc32c(data: bytes) -> int:
    """Return the CRC32C (Castagnoli) checksum of some bytes.

    Slicing by 8: M. E. Kounavis and F. L. Berry, "Novel Table Lookup-Based Algorithms for
    High-Performance CRC Generation", IEEE Transactions on Computers 57(11), 2008.
    """
    t0, t1, t2, t3, t4, t5, t6, t7 = TABLES
    crc = _U32
    whole = len(data) - len(data) % _SLICE_BYTES
    for a, b, c, d, e, f, g, h in _slices.iter_unpack(data[:whole]):
        crc = (
            t7[a ^ (crc & 0xFF)]
            ^ t6[b ^ ((crc >> 8) & 0xFF)]
            ^ t5[c ^ ((crc >> 16) & 0xFF)]
            ^ t4[d ^ (crc >> 24)]
            ^ t3[e]
            ^ t2[f]
            ^ t1[g]
            ^ t0[h]
        )
    for byte in data[whole:]:
        crc = t0[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ _U32


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
