"""Protobuf's wire format: fields in the order they are asked for, zeros left out, as in proto3."""

from __future__ import annotations

import math
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

DOUBLE = struct.Struct("<d")
FLOAT = struct.Struct("<f")
ZERO_DOUBLE = DOUBLE.pack(0.0)


def message(number: int, content: bytes) -> bytes:
    """A field with bytes, text in UTF-8 or a message; present even when it is empty."""
    return key(number, BYTES) + varint(len(content)) + content


def text(number: int, content: str) -> bytes:
    """A field with text; nothing when there is none."""
    return message(number, content.encode()) if content else b""


def integer(number: int, value: int) -> bytes:
    """A field with an integer, an enum or a bool; nothing for zero."""
    return number_of(number, value) if value else b""


def number_of(number: int, value: int) -> bytes:
    """A field with an integer that is present even when it is zero, as members of a oneof are."""
    return key(number, VARINT) + varint(value & _U64)


def double(number: int, value: float) -> bytes:
    """A field with 64 bits of a float; nothing for zero (but not for the negative zero)."""
    packed = DOUBLE.pack(value)
    return b"" if packed == ZERO_DOUBLE else key(number, FIXED64) + packed


def single(number: int, value: float) -> bytes:
    """A field with 32 bits of a float; nothing for zero."""
    packed = float32(value)
    return b"" if packed == ZERO_DOUBLE[:4] else key(number, FIXED32) + packed


def packed(number: int, content: bytes) -> bytes:
    """A repeated field of numbers whose bytes follow each other; nothing when there are none."""
    return message(number, content) if content else b""


def packed_integers(number: int, values: Iterable[int]) -> bytes:
    """A repeated field of integers."""
    return packed(number, b"".join(varint(value & _U64) for value in values))


def float32(value: float) -> bytes:
    """A float in 32 bits; infinite where a cast makes it so."""
    try:
        return FLOAT.pack(value)
    except OverflowError:
        return FLOAT.pack(math.copysign(math.inf, value))


def key(number: int, wire_type: int) -> bytes:
    """What stands before every field: its number and how it is stored."""
    return varint(number << 3 | wire_type)


def varint(value: int) -> bytes:
    """An unsigned integer, seven bits a byte, the lowest first."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_U64 = 2**64 - 1
