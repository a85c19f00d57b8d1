"""Mappings: several scalars and texts at one step, in one record."""

from __future__ import annotations

from collections.abc import Mapping

from farboard.writer.event import summary_event
from farboard.writer.scalar import as_float, scalar_value
from farboard.writer.text import text_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Values = dict[str, "float | str"]


def mapping_values(values: Mapping[str, Any]) -> Values:
    """Return numbers and texts by tag; names of nested mappings are joined with `/`.

    Raises:
        TypeError, ValueError: a value is neither a number nor a text.
    """
    found: Values = {}
    for name, value in values.items():
        if not isinstance(name, str):
            raise TypeError(f"a tag is a text, not {type(name).__name__}")
        if isinstance(value, Mapping):
            found |= {f"{name}/{inner}": one for inner, one in mapping_values(value).items()}
        else:
            found[name] = value if isinstance(value, str) else as_float(value)
    for text in (*found, *(value for value in found.values() if isinstance(value, str))):
        text.encode()
    return found


def mapping_event(values: Values, step: int, wall_time_s: float) -> bytes:
    """Encode all values as one event."""
    encoded = (
        text_value(tag, value) if isinstance(value, str) else scalar_value(tag, value)
        for tag, value in values.items()
    )
    return summary_event(encoded, step, wall_time_s)
