"""Histograms over time: every one that was written counts, and percentiles are TensorBoard's."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING, Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.plugins.distribution.compressor import compress_histogram

from tests.engine.event_files import append, record
from tests.engine.test_engine_routes import assert_same_shape, documented
from tests.engine.test_engine_values import example_answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

FILE = "events.out.tfevents.1"
Buckets = list[tuple[float, float, float]]


def written(step: int, buckets: Buckets, tag: str = "weights", wall_time_s: float = 1e9) -> bytes:
    """As TensorBoard's newer writers do it."""
    tensor = TensorProto(dtype=2, double_val=[number for bucket in buckets for number in bucket])
    tensor.tensor_shape.dim.add().size = len(buckets)
    tensor.tensor_shape.dim.add().size = 3
    value = Summary.Value(tag=tag, tensor=tensor)
    value.metadata.plugin_data.plugin_name = "histograms"
    event = Event(step=step, wall_time=wall_time_s + step, summary=Summary(value=[value]))
    return record(event.SerializeToString())


def as_pytorch(step: int, values: list[float], edges: list[float]) -> bytes:
    """As PyTorch does it: upper limits and counts, with an empty bucket first."""
    counts = [sum(a <= one < b for one in values) for a, b in itertools.pairwise(edges)]
    histo = HistogramProto(
        min=min(values),
        max=max(values),
        num=len(values),
        sum=sum(values),
        bucket_limit=edges,
        bucket=[0, *counts],
    )
    summary = Summary(value=[Summary.Value(tag="weights", histo=histo)])
    return record(Event(step=step, wall_time=1e9 + step, summary=summary).SerializeToString())


def started(start: Start, logdir: Path, *records: bytes) -> EngineProcess:
    append(logdir / "a" / FILE, *records)
    engine = start(logdir)
    engine.until_live()
    return engine


def ask(engine: EngineProcess, **request: Any) -> dict[str, Any]:
    series = [{"id": 3, "run": "a", "tag": "weights"}]
    answer = engine.post("/api/histograms", {"series": series} | request)
    assert answer.status == 200, answer.content
    (one,) = answer.json()["series"]
    found: dict[str, Any] = one
    return found


def total(one: dict[str, Any]) -> float:
    everything: float = sum(map(sum, one["counts"])) + sum(one["below"]) + sum(one["above"])
    return everything


def some_buckets(rng: random.Random, count: int = 30) -> Buckets:
    edges = sorted(rng.gauss(0, 3) for _ in range(count + 1))
    return [(a, b, float(rng.choice([0, 0, 1, 7, 500]))) for a, b in itertools.pairwise(edges)]


def test_the_answer_has_the_documented_shape(start: Start, tmp_path: Path) -> None:
    records = [written(step, [(-1.0, 0.0, 5.0), (0.0, 1.0, 10.0)]) for step in (0, 10)]
    engine = started(start, tmp_path, *records)
    request = documented("POST /api/histograms")
    answer = engine.post("/api/histograms", request).json()
    assert_same_shape(answer, example_answer("POST /api/histograms"))
    (one,) = answer["series"]
    assert (one["n"], one["exact"], len(one["counts"][0])) == ([1, 1], True, request["bins"])


def test_few_histograms_are_columns_of_their_own(start: Start, tmp_path: Path) -> None:
    records = [written(10 * i, [(0.0, 2.0, 4.0), (2.0, 4.0, float(i))]) for i in range(5)]
    engine = started(start, tmp_path, *records)
    one = ask(engine, bins=4)
    assert (one["id"], one["histograms"], one["exact"]) == (3, 5, True)
    assert one["y_range"] == [0, 4]
    assert one["counts"] == [[2, 2, i / 2, i / 2] for i in range(5)]
    assert one["column_step"] == [[10 * i] * 2 for i in range(5)]
    assert one["column_x"] == one["column_step"]
    assert one["column_wall_time"] == [[1e9 + 10 * i] * 2 for i in range(5)]
    assert (one["min"], one["max"]) == ([0] * 5, [2, 4, 4, 4, 4])
    part = ask(engine, bins=2, y_range=[1, 3], range=[10, 30])
    assert (part["histograms"], part["range"], part["y_range"]) == (3, [10, 30], [1, 3])
    assert part["counts"] == [[2, 0.5], [2, 1], [2, 1.5]]
    assert (part["below"], part["above"]) == ([2, 2, 2], [0.5, 1, 1.5])
    times = ask(engine, x="relative", range=[20, 100])
    assert times["column_x"] == [[20, 20], [30, 30], [40, 40]]


def test_many_are_added_up_and_none_is_lost(start: Start, tmp_path: Path) -> None:
    rng = random.Random(1)
    every = [some_buckets(rng) for _ in range(2000)]
    engine = started(start, tmp_path, *(written(i, one) for i, one in enumerate(every)))
    one = ask(engine, columns=7, bins=50)
    assert (one["histograms"], one["exact"], one["errors"]["n"]) == (2000, False, 0)
    assert (sum(one["n"]), len(one["n"])) == (2000, 7)
    assert one["column_step"][0][0] == 0
    assert one["column_step"][-1][1] == 1999
    in_all = sum(count for buckets in every for _, _, count in buckets)
    assert total(one) == pytest.approx(in_all, rel=1e-6)
    narrow = ask(engine, columns=7, bins=50, y_range=[-0.1, 0.1])
    assert total(narrow) == pytest.approx(in_all, rel=1e-6)
    assert sum(narrow["below"]) > 0
    assert one["min"][0] == min(
        left for buckets in every[:280] for left, _, count in buckets if count
    )
    for percentiles, low, high in zip(one["percentiles"], one["min"], one["max"], strict=True):
        assert percentiles == sorted(percentiles)
        assert (percentiles[0], percentiles[-1]) == (low, high)


def test_percentiles_are_those_of_tensorboard(start: Start, tmp_path: Path) -> None:
    rng = random.Random(2)
    every = [some_buckets(rng, rng.choice([1, 2, 5, 30, 300])) for _ in range(60)]
    every += [
        [(1.0, 1.0, 0.0), (1.0, 1.0, 9.0)],
        [(0.0, 1.0, 0.0), (1.0, 2.0, 5.0), (2.0, 3.0, 0.0)],
        [(0.0, 1.0, 5.0), (1.0, 2.0, 0.0), (2.0, 3.0, 5.0)],
        [(0.0, 1.0, 668.0), (1.0, 2.0, 919.0), (2.0, 3.0, 8413.0)],
    ]
    engine = started(start, tmp_path, *(written(i, one) for i, one in enumerate(every)))
    found = ask(engine, columns=100)["percentiles"]
    for buckets, percentiles in zip(every, found, strict=True):
        if not any(count for _, _, count in buckets):
            assert percentiles == [None] * 9
            continue
        expected = [value for _, value in compress_histogram(buckets)]
        assert percentiles == pytest.approx(expected, rel=1e-9, abs=1e-12), buckets


def test_old_histograms_are_migrated_as_tensorboard_does(start: Start, tmp_path: Path) -> None:
    rng = random.Random(3)
    edges = [-8.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 8.0]
    values = [[rng.gauss(0, 1) for _ in range(500)] for _ in range(20)]
    engine = started(start, tmp_path, *(as_pytorch(i, one, edges) for i, one in enumerate(values)))
    series = [{"run": "a", "tag": "weights", "kind": "histogram"}]
    (shown,) = engine.post("/api/values", {"series": series}).json()["series"]
    one = ask(engine, columns=20)
    for value, percentiles, low, high in zip(
        shown["value"], one["percentiles"], one["min"], one["max"], strict=True
    ):
        assert (low, high) == (value["bins"][0][0], value["bins"][-1][1])
        expected = [point for _, point in compress_histogram(value["bins"])]
        assert percentiles == pytest.approx(expected, rel=1e-9)
    assert total(one) == pytest.approx(20 * 500)


def test_strange_buckets_are_told(start: Start, tmp_path: Path) -> None:
    infinite = math.inf
    strange = [
        (0.0, 1.0, 2.0),
        (1.0, 2.0, math.nan),
        (1.0, 2.0, -3.0),
        (math.nan, 2.0, 1.0),
        (1.0, infinite, 4.0),
        (-infinite, 0.0, 8.0),
    ]
    engine = started(start, tmp_path, written(0, strange), written(1, []))
    one = ask(engine, bins=2)
    assert (one["n"], one["skipped_buckets"], one["y_range"]) == ([1, 1], 3, [0, 1])
    assert (one["counts"], one["below"], one["above"]) == ([[1, 1], [0, 0]], [8, 0], [4, 0])
    assert (one["min"][1], one["percentiles"][1]) == (None, [None] * 9)


def test_one_value_gets_a_range_around_it(start: Start, tmp_path: Path) -> None:
    engine = started(start, tmp_path, written(0, [(0.0, 0.0, 0.0), (0.0, 0.0, 9.0)]))
    one = ask(engine, bins=3)
    assert (one["y_range"], one["counts"]) == ([-1, 1], [[0, 9, 0]])
    assert one["percentiles"] == [[0] * 9]


def test_superseded_ones_are_left_out_or_marked(start: Start, tmp_path: Path) -> None:
    steps = (0, 1, 2, 1, 2)
    records = [
        written(step, [(0.0, 1.0, float(i + 1))], wall_time_s=1e9 + 10 * i)
        for i, step in enumerate(steps)
    ]
    engine = started(start, tmp_path, *records)
    one = ask(engine, bins=1)
    assert (one["counts"], one["superseded_points"]) == ([[1], [4], [5]], 2)
    assert one["superseded"] == []
    every = ask(engine, bins=1, restarts="all")
    assert (every["counts"], every["superseded"]) == ([[1], [2], [3], [4], [5]], [0, 1, 1, 0, 0])
    merged = ask(engine, bins=1, restarts="all", columns=3)
    assert (merged["n"], merged["superseded"]) == ([1, 2, 2], [0, 1, 1])


def test_damage_costs_one_histogram_and_is_counted(start: Start, tmp_path: Path) -> None:
    large = [(float(i), float(i + 1), 1.0) for i in range(1000)]
    damaged = bytearray(written(1, large))
    damaged[9000] ^= 1
    engine = started(start, tmp_path, written(0, large), bytes(damaged), written(2, large))
    for _ in range(2):
        one = ask(engine)
        assert (one["histograms"], one["n"]) == (3, [1, 0, 1])
        assert one["errors"] == {"n": 1, "first": "the payload does not match its checksum"}
        assert total(one) == pytest.approx(2000)
    assert engine.get("/api/status")["losses_total"]["count"] == 1


def test_live_growth_is_there_at_once_and_a_replaced_file_is_read_anew(
    start: Start, tmp_path: Path
) -> None:
    engine = started(start, tmp_path, *(written(i, [(0.0, 1.0, 1.0)]) for i in range(3)))
    assert total(ask(engine, bins=1)) == 3
    changes = engine.open("GET", "/api/changes")
    engine.next_line(changes)
    append(tmp_path / "a" / FILE, written(3, [(0.0, 1.0, 1.0)]))
    while total(ask(engine, bins=1)) < 4:
        engine.next_line(changes)
    other = tmp_path / "other"
    append(other, *(written(i, [(0.0, 1.0, 100.0)]) for i in range(3)))
    other.rename(tmp_path / "a" / FILE)
    while total(ask(engine, bins=1)) != 300:
        engine.next_line(changes)


def test_what_makes_no_sense_or_is_too_much_is_refused(start: Start, tmp_path: Path) -> None:
    engine = started(start, tmp_path, *(written(i, [(0.0, 1.0, 1.0)]) for i in range(2000)))
    series = [{"run": "a", "tag": "weights"}]

    def refused(**request: Any) -> tuple[int, str]:
        answer = engine.post("/api/histograms", {"series": series} | request)
        return answer.status, answer.json()["error"]["code"]

    assert refused(columns=0) == (400, "bad_request")
    assert refused(y_range=[1, 0]) == (400, "bad_request")
    assert refused(series=series * 20, columns=2000, bins=1000) == (413, "too_large")
    unknown = engine.post("/api/histograms", {"series": [{"run": "b", "tag": "weights"}]})
    assert unknown.json() == {"series": []}
