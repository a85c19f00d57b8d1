"""`TensorProto`: the type, the shape and the elements of an array."""

from __future__ import annotations

from farboard.writer import wire
from farboard.writer.summary import plugin_metadata, tensor_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from numpy.typing import NDArray

DT_FLOAT, DT_DOUBLE, DT_STRING, DT_INT64 = 1, 2, 7, 9

_FLOAT_VAL, _DOUBLE_VAL, _INT_VAL, _STRING_VAL = 5, 6, 7, 8
_COMPLEX_VAL, _INT64_VAL, _BOOL_VAL, _COMPLEX128_VAL, _HALF_VAL = 9, 10, 11, 12, 13
_UINT32_VAL, _UINT64_VAL = 16, 17

# numpy's name: (DataType, field, what the elements are viewed as; None for integers)
_TYPES: dict[str, tuple[int, int, str | None]] = {
    "float32": (DT_FLOAT, _FLOAT_VAL, "<f4"),
    "float64": (DT_DOUBLE, _DOUBLE_VAL, "<f8"),
    "complex64": (8, _COMPLEX_VAL, "<c8"),
    "complex128": (18, _COMPLEX128_VAL, "<c16"),
    "int32": (3, _INT_VAL, None),
    "uint8": (4, _INT_VAL, None),
    "int16": (5, _INT_VAL, None),
    "int8": (6, _INT_VAL, None),
    "uint16": (17, _INT_VAL, None),
    "int64": (DT_INT64, _INT64_VAL, None),
    "bool": (10, _BOOL_VAL, None),
    "uint32": (22, _UINT32_VAL, None),
    "uint64": (23, _UINT64_VAL, None),
}
_HALF, _BFLOAT16 = 19, 14
_METADATA = plugin_metadata("tensor")


def plain_tensor_value(tag: str, array: NDArray[Any], bfloat16: bool) -> bytes:
    """Encode an array as it is, as PyTorch's `add_tensor` does."""
    return tensor_value(tag, array_tensor(array, bfloat16=bfloat16), _METADATA)


def array_tensor(array: NDArray[Any], *, bfloat16: bool = False) -> bytes:
    """Encode an array of any numeric type; `bfloat16`: a float32 array that came from 16 bits.

    Raises:
        TypeError: there is no place for such elements in a tensor.
    """
    shape = shape_of(array.shape)
    flat = array.reshape(-1)
    if bfloat16:
        bits = flat.astype("<f4").view("<u4") >> 16
        return _tensor(_BFLOAT16, shape, wire.packed_integers(_HALF_VAL, bits.tolist()))
    if array.dtype.name == "float16":
        bits = flat.astype("<f2").view("<u2")
        return _tensor(_HALF, shape, wire.packed_integers(_HALF_VAL, bits.tolist()))
    if array.dtype.name not in _TYPES:
        raise TypeError(f"a tensor cannot hold elements of type {array.dtype}")
    data_type, field, stored_as = _TYPES[array.dtype.name]
    if stored_as is None:
        return _tensor(data_type, shape, wire.packed_integers(field, flat.tolist()))
    return _tensor(data_type, shape, wire.packed(field, flat.astype(stored_as).tobytes()))


def can_hold(dtype_name: str) -> bool:
    """Tell whether a tensor has a place for elements of this type."""
    return dtype_name in _TYPES or dtype_name == "float16"


def float_tensor(shape: Sequence[int], values: NDArray[Any]) -> bytes:
    """Encode numbers as 32-bit floats; those that do not fit become infinite."""
    import numpy as np

    with np.errstate(over="ignore"):
        content = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return _tensor(DT_FLOAT, shape_of(shape), wire.packed(_FLOAT_VAL, content))


def string_tensor(strings: Iterable[bytes], shape: Sequence[int]) -> bytes:
    """Encode strings of bytes."""
    content = b"".join(wire.message(_STRING_VAL, string) for string in strings)
    return _tensor(DT_STRING, shape_of(shape), content)


def shape_of(sizes: Sequence[int]) -> bytes:
    """Encode a `TensorShapeProto`."""
    return b"".join(wire.message(2, wire.integer(1, size)) for size in sizes)


def scalar_tensor(data_type: int, value: float) -> bytes:
    """Encode one number as a tensor without a shape, as PyTorch does."""
    if data_type == DT_INT64:
        content = wire.packed_integers(_INT64_VAL, [int(value)])
    elif data_type == DT_DOUBLE:
        content = wire.packed(_DOUBLE_VAL, wire.DOUBLE.pack(value))
    else:
        content = wire.packed(_FLOAT_VAL, wire.float32(value))
    return wire.integer(1, data_type) + content


def _tensor(data_type: int, shape: bytes, content: bytes) -> bytes:
    return wire.integer(1, data_type) + wire.message(2, shape) + content
