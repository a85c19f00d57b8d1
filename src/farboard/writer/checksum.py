"""CRC32C: quick enough in plain Python for records of scalars, in numpy for those of images."""

from __future__ import annotations

import struct
import sys
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

CASTAGNOLI = 0x82F63B78
"""The polynomial in its reflected form."""

_SLICE_BYTES = 8
_LANE_BYTES = 512
_WIDE_BYTES = 32 * 1024  # from here on numpy is quicker
_U32 = 0xFFFFFFFF

_slices = struct.Struct("<8B")


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
    """Return the CRC32C (Castagnoli) checksum of some bytes."""
    if len(data) < _WIDE_BYTES or "numpy" not in sys.modules:
        return _narrow(data, _U32) ^ _U32
    wide = len(data) - len(data) % _LANE_BYTES
    return _narrow(data[wide:], _wide(data[:wide])) ^ _U32


def _narrow(data: bytes, crc: int) -> int:
    """Go on from a state, eight bytes at a time.

    Slicing by 8: M. E. Kounavis and F. L. Berry, "Novel Table Lookup-Based Algorithms for
    High-Performance CRC Generation", IEEE Transactions on Computers 57(11), 2008.
    """
    t0, t1, t2, t3, t4, t5, t6, t7 = TABLES
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
    return crc


def _wide(data: bytes) -> int:
    """Return the state after whole lanes of bytes: all lanes at once, then put together.

    A checksum is linear: the state of a lane, moved on by the bytes that follow, is what the lane
    adds to the whole. The first state of all ones is the same as turning the first four bytes.
    """
    import numpy as np

    lanes = np.frombuffer(data, dtype=np.uint8).reshape(-1, _LANE_BYTES).T.copy()
    lanes[:4, 0] ^= 0xFF
    tables = _wide_tables()
    state = np.zeros(lanes.shape[1], dtype=np.uint32)
    for at in range(0, _LANE_BYTES, _SLICE_BYTES):
        bytes_of_state = state.astype("<u4").view(np.uint8).reshape(-1, 4).T
        state = tables[7][lanes[at] ^ bytes_of_state[0]]
        for k in range(1, 4):
            state ^= tables[7 - k][lanes[at + k] ^ bytes_of_state[k]]
        for k in range(4, _SLICE_BYTES):
            state ^= tables[7 - k][lanes[at + k]]
    length_bytes = _LANE_BYTES
    while len(state) > 1:
        if len(state) % 2:
            state = np.concatenate((np.zeros(1, dtype=np.uint32), state))
        state = _moved_on(state[0::2], length_bytes) ^ state[1::2]
        length_bytes *= 2
    return int(state[0])


def _moved_on(state: NDArray[Any], length_bytes: int) -> NDArray[Any]:
    """Return the states after so many bytes of zero; a power of two, at least a lane."""
    import numpy as np

    tables = _zeros_tables(length_bytes)
    parts = np.ascontiguousarray(state).astype("<u4").view(np.uint8).reshape(-1, 4).T
    moved: NDArray[Any] = tables[0][parts[0]]
    for k in range(1, 4):
        moved = moved ^ tables[k][parts[k]]
    return moved


@cache
def _wide_tables() -> NDArray[Any]:
    import numpy as np

    return np.array(TABLES, dtype=np.uint32)


@cache
def _zeros_tables(length_bytes: int) -> NDArray[Any]:
    """Return what each byte of a state becomes after so many bytes of zero."""
    import numpy as np

    values = np.arange(256, dtype=np.uint32)
    tables = np.stack([values << np.uint32(8 * k) for k in range(4)])
    if length_bytes > _LANE_BYTES:
        once = _moved_on(tables.reshape(-1), length_bytes // 2)
        return _moved_on(once, length_bytes // 2).reshape(4, 256)
    state = tables.reshape(-1)
    for _ in range(length_bytes):
        state = _wide_tables()[0][state & np.uint32(0xFF)] ^ (state >> np.uint32(8))
    return state.reshape(4, 256)
