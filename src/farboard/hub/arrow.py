"""Joins Arrow IPC streams of one schema without understanding what is in them.

A stream is a schema message, then record batches, then the end marker; each message is
`FF FF FF FF`, the length of its metadata (int32, little-endian), the metadata and a body, and a
schema has no body.
Source: Arrow columnar format, "Encapsulated message format" and "IPC Streaming Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT_TYPE = "application/vnd.apache.arrow.stream"
CONTINUATION = b"\xff\xff\xff\xff"
END = CONTINUATION + b"\x00\x00\x00\x00"


def split_stream(stream: bytes) -> tuple[bytes, bytes]:
    """Return the schema message, and the record batches without the end marker.

    Raises:
        BadAnswerError: it is not a whole stream.
    """
    schema_bytes = 8 + int.from_bytes(stream[4:8], "little")
    if stream[:4] != CONTINUATION or stream[-8:] != END or schema_bytes > len(stream) - 8:
        raise BadAnswerError("not a whole Arrow stream")
    return stream[:schema_bytes], stream[schema_bytes:-8]


def join_streams(streams: Sequence[bytes]) -> bytes:
    """One stream with the batches of all.

    Raises:
        BadAnswerError: one is not a whole stream, or their schemas differ.
    """
    parts = [split_stream(stream) for stream in streams]
    if len({schema for schema, _ in parts}) != 1:
        raise BadAnswerError("the engines do not agree on the columns")
    return b"".join([parts[0][0], *(batches for _, batches in parts), END])
