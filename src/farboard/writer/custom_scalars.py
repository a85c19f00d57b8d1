"""Layouts of custom charts: which tags are drawn together."""

from __future__ import annotations

from farboard.writer import wire
from farboard.writer.summary import plugin_metadata, tensor_value
from farboard.writer.tensor import string_tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Layout = Mapping[str, Mapping[str, Sequence[str | Sequence[str]]]]

_TAG = "custom_scalars__config__"
_METADATA = plugin_metadata("custom_scalars")


def layout_value(layout: Layout) -> bytes:
    """Encode {category: {chart: [kind, tags]}}.

    The kind is "Multiline", with regular expressions of tags, or "Margin", with the tags of a
    value, its lower and its upper bound.

    Raises:
        ValueError: the tags of a margin chart are not three.
    """
    content = b"".join(
        wire.message(2, wire.text(1, title) + b"".join(map(_chart, charts, charts.values())))
        for title, charts in layout.items()
    )
    return tensor_value(_TAG, string_tensor([content], []), _METADATA)


def _chart(title: str, chart: Sequence[str | Sequence[str]]) -> bytes:
    kind, tags = chart
    if kind == "Margin":
        if len(tags) != 3:
            raise ValueError(f"the margin chart {title!r} needs 3 tags, not {len(tags)}")
        series = b"".join(wire.text(number, tag) for number, tag in enumerate(tags, 1))
        return wire.message(2, wire.text(1, title) + wire.message(3, wire.message(1, series)))
    lines = b"".join(wire.message(1, tag.encode()) for tag in tags)
    return wire.message(2, wire.text(1, title) + wire.message(2, lines))
