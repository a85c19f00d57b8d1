"""Lines of `/api/changes`: making two of them one."""

from __future__ import annotations

from typing import Any

Change = dict[str, Any]


def merge_changes(older: Change, newer: Change) -> Change:
    """One change that tells what both told, for a listener that was too slow for the first."""
    reindex = bool(older.get("reindex")) or bool(newer.get("reindex"))
    if older.get("epoch") != newer.get("epoch"):
        return {**newer, "reindex": True}
    grown = {_series_key(item): item for item in older.get("series", [])}
    grown.update((_series_key(item), item) for item in newer.get("series", []))
    return {**newer, "reindex": reindex, "series": list(grown.values())}


def _series_key(item: dict[str, Any]) -> tuple[Any, Any, Any]:
    return item.get("run"), item.get("tag"), str(item.get("kind"))
