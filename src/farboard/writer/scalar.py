"""Scalars: a number at a step, in 32 bits as everybody writes it, or in 64 when asked."""

from __future__ import annotations

from functools import lru_cache

from farboard.writer import tensor, wire
from farboard.writer.event import checked_step, event_head
from farboard.writer.summary import plugin_metadata, tensor_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PRECISIONS = {
    "float32": tensor.DT_FLOAT,
    "float64": tensor.DT_DOUBLE,
    "int64": tensor.DT_INT64,
}
"""The types a tensor scalar can have."""

_METADATA = plugin_metadata("scalars")


def scalar_event(tag: str, value: float, step: int, wall_time_s: float) -> bytes:
    """Encode a point in the form all readers know: a 32-bit `simple_value`."""
    try:
        number = wire.FLOAT.pack(value)
    except OverflowError:
        number = wire.float32(value)
    return event_head(wall_time_s, step) + _scalar_prefix(tag) + number


def scalar_value(tag: str, value: float) -> bytes:
    """Encode a point's `Summary.Value`."""
    return wire.text(1, tag) + wire.key(2, wire.FIXED32) + wire.float32(value)


def tensor_scalar_event(
    tag: str, value: float, step: int, wall_time_s: float, precision: str
) -> bytes:
    """Encode a point as a tensor of rank 0, as TensorFlow 2 does, in one of `PRECISIONS`."""
    content = tensor.scalar_tensor(PRECISIONS[precision], value)
    value_message = tensor_value(tag, content, _METADATA)
    return event_head(wall_time_s, step) + wire.message(5, wire.message(1, value_message))


def as_float(value: Any) -> float:
    """Turn a number of any kind into a float.

    Arrays and tensors of every framework may have any number of axes, but one element.

    Raises:
        TypeError, ValueError: this is not one number.
    """
    return float(_python_number(value))


def as_int64(value: Any) -> int:
    """Turn a whole number of any kind into an int, exactly.

    Raises:
        TypeError, ValueError: this is not one whole number, or it does not fit in 64 bits.
    """
    number = _python_number(value)
    whole = int(number)
    if whole != number or not -(2**63) <= whole < 2**63:
        raise ValueError(f"{number} is not a whole number of 64 bits")
    return whole


def as_step(step: Any) -> int:
    """Turn a step of any kind into an int; None is the first one.

    Raises:
        TypeError, ValueError: this is no step, or it does not fit in 64 bits.
    """
    return 0 if step is None else checked_step(int(_python_number(step)))


def _python_number(value: Any) -> Any:
    item = getattr(value, "item", None)
    if item is not None:
        try:
            return item()
        except RuntimeError as error:
            if "cannot be converted to Scalar" in str(error):  # torch's, of many elements
                raise ValueError(str(error)) from None
            raise
    if hasattr(value, "__array__") and not isinstance(value, (int, float)):
        return value.__array__().item()
    return value


@lru_cache(maxsize=4096)  # a training repeats its tags
def _scalar_prefix(tag: str) -> bytes:
    """Encode everything of a scalar's event that is the tag's: what stands before the value."""
    value_head = wire.text(1, tag) + wire.key(2, wire.FIXED32)
    value = wire.key(1, wire.BYTES) + wire.varint(len(value_head) + wire.FLOAT.size) + value_head
    return wire.key(5, wire.BYTES) + wire.varint(len(value) + wire.FLOAT.size) + value
