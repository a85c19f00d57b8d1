"""Makes one answer of the answers of several engines: values in, values out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]
# (source, what it answered)
Part = tuple[str, Json]


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sorts `run2` before `run10`, just as the engine does: digits by value, else by character."""
    key = []
    for piece in re.findall("[0-9]+|[^0-9]", name):
        digits = piece.lstrip("0")
        is_number = piece[0] in "0123456789"
        key.append((ord("0"), len(digits), digits) if is_number else (ord(piece), 0, ""))
    return key, name


def with_source(parts: Sequence[Part], name: str) -> list[Json]:
    """Join a list of all sources, such as their series: each item with its source.

    Raises:
        BadAnswerError: a part is not in the agreed shape.
    """
    try:
        # The source last: no answer may claim to be of another.
        return [{**item, "source": source} for source, part in parts for item in part[name]]
    except (KeyError, TypeError) as error:
        raise BadAnswerError(f"{name} in another shape: {error!r}") from None


def join_items(parts: Sequence[Part], name: str) -> Json:
    """`/api/runs` or `/api/files` of all sources, with the version of each source.

    Raises:
        BadAnswerError: a part is not in the agreed shape.
    """
    try:
        items = with_source(parts, name)
        if not all(isinstance(item["run"], str) for item in items):
            raise BadAnswerError("a run without a name")
        return {"sources": _versions(parts), name: items}
    except (KeyError, TypeError) as error:
        raise BadAnswerError(f"{name} in another shape: {error!r}") from None


def join_tags(parts: Sequence[Part]) -> Json:
    """`/api/tags` of all sources; entries of the same tag, kind and plugin become one.

    Raises:
        BadAnswerError: a part is not in the agreed shape.
    """
    try:
        return _join_tags(parts)
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswerError(f"tags in another shape: {error!r}") from None


def _join_tags(parts: Sequence[Part]) -> Json:
    runs: list[str] = []
    run_source: list[str] = []
    entries: dict[tuple[str, str, str], Json] = {}
    for name, part in parts:
        offset = len(runs)
        if not all(isinstance(run, str) for run in part["runs"]):
            raise BadAnswerError("a run without a name")
        runs += part["runs"]
        run_source += [name] * len(part["runs"])
        for tag in part["tags"]:
            # A place beyond its own runs would be one of another source's.
            if tag["run"] and not 0 <= min(tag["run"]) <= max(tag["run"]) < len(part["runs"]):
                raise BadAnswerError("a tag of a run that is not there")
            moved = {**tag, "run": [place + offset for place in tag["run"]]}
            key = (tag["tag"], tag["kind"], tag["plugin"])
            entries[key] = _one_entry(entries[key], moved) if key in entries else moved
    tags = sorted(entries.values(), key=lambda entry: natural_key(entry["tag"]))
    return {"sources": _versions(parts), "runs": runs, "run_source": run_source, "tags": tags}


def _one_entry(one: Json, other: Json) -> Json:
    """Columns one after the other; of the rest what is not empty."""
    return {
        name: value + other[name] if isinstance(value, list) else value or other[name]
        for name, value in one.items()
    }


def _versions(parts: Sequence[Part]) -> Json:
    return {name: {"epoch": part["epoch"], "version": part["version"]} for name, part in parts}


def joint_range(
    tags: Json,
    series: Sequence[Json],
    x: str,
    restarts: str,
    ahead_s: Mapping[str, float] | None = None,
) -> tuple[float, float] | None:
    """From the smallest to the greatest x of all asked series, whichever source they are of.

    Args:
        tags: what `join_tags` gave.
        series: the asked ones, with `source`, `run` and `tag`.
        x: `step`, `relative` or `wall_time`.
        restarts: `latest` or `all`.
        ahead_s: by how much the clock of a source is ahead of ours; 0 where it is not named.

    Returns:
        None when none of them has a point.
    """
    asked = {(item["source"], item["run"], item["tag"]) for item in series}
    lows: list[float] = []
    highs: list[float] = []
    for entry in tags["tags"]:
        for place, run in enumerate(entry["run"]):
            owner = (tags["run_source"][run], tags["runs"][run], entry["tag"])
            if entry["kind"] != "scalar" or owner not in asked:
                continue
            low, high = _ends(entry, place, x, restarts)
            if low is None or high is None:
                continue
            shift = (ahead_s or {}).get(owner[0], 0.0) if x == "wall_time" else 0
            lows.append(low - shift)
            highs.append(high - shift)
    return (min(lows), max(highs)) if lows else None


def _ends(entry: Json, place: int, x: str, restarts: str) -> tuple[Any, Any]:
    if x == "step":
        names = ("min_step", "max_step") if restarts == "all" else ("first_step", "last_step")
        return entry[names[0]][place], entry[names[1]][place]
    first_s, last_s = entry["first_wall_time_s"][place], entry["last_wall_time_s"][place]
    if x == "wall_time" or first_s is None or last_s is None:
        return first_s, last_s
    return 0.0, last_s - first_s
