"""Texts: Markdown at a step."""

from __future__ import annotations

from farboard.writer.summary import plugin_metadata, tensor_value
from farboard.writer.tensor import string_tensor

_METADATA = plugin_metadata("text")


def text_value(tag: str, text: str) -> bytes:
    """Encode a text, under the name PyTorch gives it."""
    return tensor_value(f"{tag}/text_summary", string_tensor([text.encode()], [1]), _METADATA)
