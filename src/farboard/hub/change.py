"""Lines of `/api/changes`: reading them from an engine, and making two of them one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from farboard.hub.untrusted import BadAnswerError, parse_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

Change = dict[str, Any]

# One line lists at most the series of one logdir; anything longer is not an engine of ours.
LINE_MAX_BYTES = 64 << 20


async def read_changes(chunks: AsyncIterable[bytes]) -> AsyncIterator[Change]:
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


def merge_changes(older: Change, newer: Change) -> Change:
    """One change that tells what both told, for a listener that was too slow for the first."""
    reindex = bool(older.get("reindex")) or bool(newer.get("reindex"))
    if older.get("epoch") != newer.get("epoch"):
        return {**newer, "reindex": True}
    grown = {_series_key(item): item for item in older.get("series", [])}
    grown.update((_series_key(item), item) for item in newer.get("series", []))
    return {**newer, "reindex": reindex, "series": list(grown.values())}


def _series_key(item: dict[str, Any]) -> tuple[Any, Any, Any]:
    return item.get("run"), item.get("tag"), item.get("kind")
