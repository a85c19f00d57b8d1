"""`GET /api/changes`: what advanced, as it advances."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from tests.engine.event_files import append, histogram, scalar, write_series
from tests.engine.test_engine_routes import assert_same_shape, documented

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import Answer, EngineProcess
    from tests.engine.conftest import Start


def follow(start: Start, logdir: Path, **headers: str) -> tuple[EngineProcess, Answer]:
    """An engine that has read all there is, and its changes after the first line."""
    engine = start(logdir)
    engine.until_live()
    changes = engine.open("GET", "/api/changes", **headers)
    first = engine.next_line(changes)
    assert first["reindex"]
    assert first["series"] == []
    return engine, changes


def next_with_series(engine: EngineProcess, changes: Answer) -> dict[str, Any]:
    while True:
        line = engine.next_line(changes)
        if line["series"]:
            return line


def test_a_new_point_is_told_with_its_figures(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "a" / "events.out.tfevents.1.x"
    write_series(file, "train/loss", [0.0, 1.0])
    engine, changes = follow(start, tmp_path)
    append(file, scalar("train/loss", 2, 0.5, 1002.0))
    line = next_with_series(engine, changes)
    assert_same_shape(line, documented("GET /api/changes"))
    assert line["epoch"] == engine.get("/api/status")["engine"]["epoch"]
    assert not line["reindex"]
    assert line["series"] == [
        {
            "run": "a",
            "tag": "train/loss",
            "kind": "scalar",
            "points": 3,
            "superseded": 0,
            "last_step": 2,
            "last_wall_time_s": 1002.0,
            "last_value": 0.5,
            "nan": 0,
            "inf": 0,
            "last_non_finite_step": None,
        }
    ]
    assert line["load"]["points"] == 3
    assert line["version"] == engine.get("/api/runs")["version"]


def test_values_that_are_not_finite_are_counted(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "a" / "events.out.tfevents.1.x"
    write_series(file, "loss", [0.0, math.nan, math.inf])
    engine, changes = follow(start, tmp_path)
    more = [scalar("loss", 3 + i, value, 1010.0 + i) for i, value in enumerate([-math.inf, 0.5])]
    append(file, *more)
    series = next_with_series(engine, changes)["series"][0]
    while series["points"] < 5:
        series = next_with_series(engine, changes)["series"][0]
    assert (series["nan"], series["inf"], series["last_non_finite_step"]) == (1, 2, 3)
    assert series["last_value"] == 0.5


def test_lines_can_be_read_at_once_though_compressed(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "a" / "events.out.tfevents.1.x"
    write_series(file, "loss", [0.0])
    engine, changes = follow(start, tmp_path, accept_encoding="gzip")
    assert changes.headers["content-encoding"] == "gzip"
    append(file, histogram("weights", 1, 1001.0))
    line = next_with_series(engine, changes)
    assert (line["series"][0]["tag"], line["series"][0]["last_value"]) == ("weights", None)


def test_what_is_more_than_growth_asks_for_a_reindex(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "a" / "events.out.tfevents.1.x"
    write_series(file, "loss", [0.0, 1.0, 2.0])
    engine, changes = follow(start, tmp_path)
    append(file, scalar("accuracy", 0, 0.5, 1010.0))
    assert next_with_series(engine, changes)["reindex"]
    append(file, scalar("loss", 1, 9.0, 1011.0))
    line = next_with_series(engine, changes)
    assert line["reindex"]
    assert (line["series"][0]["points"], line["series"][0]["superseded"]) == (4, 2)
    write_series(tmp_path / "b" / "events.out.tfevents.1.x", "loss", [7.0])
    line = next_with_series(engine, changes)
    assert (line["reindex"], line["series"][0]["run"]) == (True, "b")


def test_a_run_that_goes_asks_for_a_reindex(start: Start, tmp_path: Path) -> None:
    gone = tmp_path / "b" / "events.out.tfevents.1.x"
    write_series(tmp_path / "a" / "events.out.tfevents.1.x", "loss", [0.0])
    write_series(gone, "loss", [0.0])
    engine, changes = follow(start, tmp_path)
    gone.unlink()
    while not engine.next_line(changes)["reindex"]:
        pass
    assert [run["run"] for run in engine.get("/api/runs")["runs"]] == ["a"]


def test_lines_are_at_least_a_twentieth_of_a_second_apart(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "a" / "events.out.tfevents.1.x"
    write_series(file, "loss", [0.0])
    engine, changes = follow(start, tmp_path)
    begun_s = time.monotonic()
    last = 1
    for _ in range(4):
        for _ in range(5):
            append(file, scalar("loss", last, 1.0, 1000.0 + last))
            last += 1
        next_with_series(engine, changes)
    # Four lines after the first are at least three pauses; slowness cannot make this fail.
    assert time.monotonic() - begun_s > 0.14


def test_several_askers_hear_the_same(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "a" / "events.out.tfevents.1.x"
    write_series(file, "loss", [0.0])
    engine, first = follow(start, tmp_path)
    second = engine.open("GET", "/api/changes")
    engine.next_line(second)
    append(file, scalar("loss", 1, 1.0, 1001.0))
    assert next_with_series(engine, first) == next_with_series(engine, second)
