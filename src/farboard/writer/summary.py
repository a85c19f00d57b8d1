"""`Summary.Value` and its `SummaryMetadata`: a tag, a value, and which plugin shows it."""

from __future__ import annotations

from farboard.writer import wire


def tensor_value(tag: str, tensor: bytes, metadata: bytes) -> bytes:
    """Encode a value that is a tensor."""
    return wire.text(1, tag) + wire.message(8, tensor) + wire.message(9, metadata)


def metadata_value(tag: str, metadata: bytes) -> bytes:
    """Encode a value that says all it has to say in its metadata."""
    return wire.text(1, tag) + wire.message(9, metadata)


def plugin_metadata(plugin: str, content: bytes = b"") -> bytes:
    """Encode the metadata that hands a tag to a plugin."""
    return wire.message(1, wire.text(1, plugin) + (wire.message(2, content) if content else b""))
