"""What the engine serves of a run, in the form in which the truth files count and hash it."""

from __future__ import annotations

import hashlib
import itertools
import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.client import EngineProcess

LIMIT = 10_000
SERIES_AT_ONCE = 1000
WITHOUT_BLOBS = ("scalar", "histogram", "pr_curve")
PR_ROWS = [
    "true_positives",
    "false_positives",
    "true_negatives",
    "false_negatives",
    "precision",
    "recall",
]


@dataclass
class Reading:
    """The points of one tag of one kind."""

    engine: EngineProcess
    kind: str
    steps: list[int] = field(default_factory=list)
    wall_times_s: list[float] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def agrees(self, expected: dict[str, Any]) -> bool:
        """Whether the first points are the truth's; NaN has no sign in JSON."""
        count = expected["count"]
        if "sha256" not in expected:
            ends = (self.steps[0], self.steps[count - 1])
            return ends == (expected["first_step"], expected["last_step"])
        numbers = expected.get("dtype_last", "float32")
        nans = (math.nan, -math.nan) if self.kind in WITHOUT_BLOBS else (math.nan,)
        return any(self.sha256(count, numbers, nan) == expected["sha256"] for nan in nans)

    def sha256(self, count: int, numbers: str, nan: float) -> str:
        """The truth's hash of the first points; numbers of histograms are of this type."""
        digest = hashlib.sha256()
        points = zip(self.steps, self.wall_times_s, self.values, strict=True)
        for step, wall_time_s, value in itertools.islice(points, count):
            digest.update(struct.pack("<qd", step, float(wall_time_s)))
            if self.kind == "scalar":
                digest.update(floats(value, "float32", nan))
            else:
                digest.update(content(self.engine, self.kind, value, numbers, nan))
        return digest.hexdigest()


def short(tag: str) -> str:
    """The truth's form of tags that are too long to be written out."""
    if len(tag) <= 1000:
        return tag
    digest = hashlib.sha256(tag.encode()).hexdigest()
    return f"sha256:{digest} length:{len(tag)}"


def readings(engine: EngineProcess) -> dict[str, dict[str, list[Reading]]]:
    """Every run's tags, each with one reading for each of its kinds."""
    index = engine.get("/api/tags")
    found: dict[str, dict[str, list[Reading]]] = {run: {} for run in index["runs"]}
    asked: list[tuple[dict[str, Any], Reading]] = []
    for tag in index["tags"]:
        for run in (index["runs"][place] for place in tag["run"]):
            reading = Reading(engine, tag["kind"])
            found[run].setdefault(short(tag["tag"]), []).append(reading)
            series = {"id": len(asked), "run": run, "tag": tag["tag"], "kind": tag["kind"]}
            asked.append((series, reading))
    for row in rows(engine, [series for series, _ in asked]):
        reading = asked[row["id"]][1]
        assert row["points"] == len(row["step"])
        reading.steps, reading.wall_times_s = row["step"], row["wall_time"]
        reading.values = row["value"]
    return found


def rows(engine: EngineProcess, series: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every point of these series."""
    scalars = [one for one in series if one["kind"] == "scalar"]
    others = [one for one in series if one["kind"] != "scalar"]
    for start in range(0, len(scalars), SERIES_AT_ONCE):
        part = scalars[start : start + SERIES_AT_ONCE]
        yield from engine.scalars(series=part, restarts="all")
    for start in range(0, len(others), SERIES_AT_ONCE):
        part = others[start : start + SERIES_AT_ONCE]
        request = {"series": part, "restarts": "all", "limit": LIMIT}
        answer = engine.post("/api/values", request)
        assert answer.status == 200, answer.content
        yield from answer.json()["series"]


def blob(engine: EngineProcess, name: str) -> bytes:
    """The bytes of a blob."""
    answer = engine.wait(engine.open("GET", f"/api/blob/{name}"))
    assert answer.status == 200, (name, answer.content)
    assert int(answer.headers["content-length"]) == len(answer.body), name
    return bytes(answer.body)


def strings(items: list[bytes]) -> bytes:
    """A tensor of strings as the truth hashes it."""
    each = (struct.pack("<Q", len(item)) + item for item in items)
    return struct.pack("<I", len(items)) + b"".join(each)


def array(raw: bytes) -> bytes:
    """A tensor of numbers as the truth hashes it."""
    return struct.pack("<Q", len(raw)) + raw


def floats(numbers: Any, dtype: str, nan: float) -> bytes:
    """Numbers, or the names of such as are not finite, as raw little-endian bytes."""
    wide = np.array(numbers, dtype=float)
    wide[np.isnan(wide)] = nan
    with np.errstate(over="ignore"):
        return wide.astype(np.dtype(dtype).newbyteorder("<")).tobytes()


def content(
    engine: EngineProcess, kind: str, value: dict[str, Any], numbers: str, nan: float
) -> bytes:
    """What the truth hashes of a value: nothing where nobody can read it."""
    if "error" in value:
        return b""
    if "bins" in value:
        return array(floats(value["bins"], numbers, nan))
    if "thresholds" in value:
        return array(floats([value[row] for row in PR_ROWS], "float32", nan))
    if kind == "hparams":
        return array(b"")
    if "dtype" not in value and "items" in value:
        return strings(items(engine, kind, value))
    if "layout" in value or "format" in value:
        return strings([blob(engine, value["blob"])])
    if value.get("dtype") == "string":
        return strings([blob(engine, item["blob"]) for item in value["items"]])
    # Types that nobody knows are called by their number.
    known = "dtype" in value and not value["dtype"].isdigit()
    return array(blob(engine, value["blob"])) if known else b""


def items(engine: EngineProcess, kind: str, value: dict[str, Any]) -> list[bytes]:
    """The strings that an image, a clip or a text consists of."""
    if kind == "text":
        texts = [item.encode() for item in value["items"]]
        for place, name in zip(value.get("truncated", []), value.get("blobs", []), strict=True):
            texts[place] = blob(engine, name)
        return texts
    sizes = [value["width"], value["height"]] if value.get("width") is not None else []
    encoded = [blob(engine, item["blob"]) for item in value["items"]]
    return [str(size).encode() for size in sizes] + encoded
