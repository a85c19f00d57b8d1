"""What a far machine sends may be anything: looked at with care, once, here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

# One line lists at most the series of one logdir; anything longer is not an engine of ours.
LINE_MAX_BYTES = 64 << 20


class BadAnswerError(Exception):
    """What the far side sent is not in the agreed shape."""


def parse_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        BadAnswerError: it is something else.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadAnswerError("not a JSON object")
    return value


def object_in(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object of that name; an empty one when it is missing or something else."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


async def read_objects(chunks: AsyncIterable[bytes]) -> AsyncIterator[dict[str, Any]]:
    """Return the JSON objects of an ndjson stream cut at arbitrary places.

    Raises:
        BadAnswerError: a line is not a JSON object, or too long.
    """
    tail = b""
    async for chunk in chunks:
        *lines, tail = (tail + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield parse_object(line)
        if len(tail) > LINE_MAX_BYTES:
            raise BadAnswerError(f"a line of more than {LINE_MAX_BYTES} bytes")
