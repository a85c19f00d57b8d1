"""Protobuf bytes of the few messages a scalar needs: Event, Summary, SessionLog, TensorProto.

Fields stand in the order of their numbers and zeros are left out, as protobuf itself writes them.
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache

_FILE_VERSION = b"brain.Event:2"
_SESSION_START = 1
_DT_FLOAT, _DT_DOUBLE = 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_double = struct.Struct("<d")
_float = struct.Struct("<f")
_zero_double = _double.pack(0.0)


def file_version_event(wall_time_s: float, source: str) -> bytes:
    """Encode the first event of every file; `source` says what wrote it."""
    source_metadata = _message(1, source.encode())
    head = _event_head(wall_time_s, 0)
    return head + _message(3, _FILE_VERSION) + _message(10, source_metadata)


def restart_events(wall_time_s: float, purge_step: int) -> list[bytes]:
    """Tell readers that a job was restarted: points from `purge_step` on are of the past."""
    head = _event_head(wall_time_s, purge_step)
    start = _tag(1, _VARINT) + _varint(_SESSION_START)
    return [head + _message(3, _FILE_VERSION), head + _message(7, start)]


def scalar_event(tag: str, value: float, step: int, wall_time_s: float) -> bytes:
    """Encode a point in the form all readers know: a 32-bit `simple_value`."""
    return _event_head(wall_time_s, step) + _scalar_prefix(tag) + _float32(value)


def tensor_scalar_event(
    tag: str, value: float, step: int, wall_time_s: float, *, double: bool
) -> bytes:
    """Encode a point as a tensor of rank 0, as TensorFlow 2 does; in 64 bits when `double`."""
    if double:
        tensor = _tag(1, _VARINT) + _varint(_DT_DOUBLE) + _message(6, _double.pack(value))
    else:
        tensor = _tag(1, _VARINT) + _varint(_DT_FLOAT) + _message(5, _float32(value))
    metadata = _message(1, _message(1, b"scalars"))
    summary_value = _tag_field(tag) + _message(8, tensor) + _message(9, metadata)
    return _event_head(wall_time_s, step) + _message(5, _message(1, summary_value))


@lru_cache(maxsize=4096)  # a training repeats its tags; everything before the value stays the same
def _scalar_prefix(tag: str) -> bytes:
    value_head = _tag_field(tag) + _tag(2, _FIXED32)
    value = _tag(1, _BYTES) + _varint(len(value_head) + _float.size) + value_head
    return _tag(5, _BYTES) + _varint(len(value) + _float.size) + value


def _tag_field(tag: str) -> bytes:
    return _message(1, tag.encode()) if tag else b""


def _event_head(wall_time_s: float, step: int) -> bytes:
    wall_time = _double.pack(wall_time_s)
    head = b"" if wall_time == _zero_double else b"\x09" + wall_time
    if step == 0:
        return head
    if not -(2**63) <= step < 2**63:
        raise ValueError(f"step {step} does not fit in 64 bits")
    return head + b"\x10" + _varint(step & (2**64 - 1))


def _float32(value: float) -> bytes:
    try:
        return _float.pack(value)
    except OverflowError:  # beyond 32 bits: infinite, as a cast makes it
        return _float.pack(math.copysign(math.inf, value))


def _message(number: int, content: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(content)) + content


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
