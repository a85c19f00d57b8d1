"""What stands before the numbers of an array in a `.npy` file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC = b"\x93NUMPY\x01\x00"
# Numbers begin at a multiple of this.
ALIGNMENT_BYTES = 64
# Not every numpy reads more.
DIMENSIONS_MAX = 32
# By the engine's names; numpy has no others that TensorFlow has.
DTYPES = {
    "bool": "|b1",
    "int8": "|i1",
    "uint8": "|u1",
    "int16": "<i2",
    "uint16": "<u2",
    "int32": "<i4",
    "uint32": "<u4",
    "int64": "<i8",
    "uint64": "<u8",
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
    "complex64": "<c8",
    "complex128": "<c16",
}


def npy_header(value: Mapping[str, Any]) -> bytes | None:
    """Return the header for the raw numbers of a value; None where it is no array of numpy's.

    Args:
        value: with `dtype`, `shape` and `bytes`, as the engine tells them.
    """
    dtype, shape = DTYPES.get(str(value.get("dtype"))), value.get("shape")
    if dtype is None or not isinstance(shape, list) or len(shape) > DIMENSIONS_MAX:
        return None
    if not all(type(size) is int and size >= 0 for size in shape):
        return None
    if math.prod(shape) * int(dtype[2:]) != value.get("bytes"):
        return None
    told = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    before = len(MAGIC) + 2
    length = -(-(before + len(told) + 1) // ALIGNMENT_BYTES) * ALIGNMENT_BYTES - before
    return MAGIC + length.to_bytes(2, "little") + told.ljust(length - 1).encode() + b"\n"
