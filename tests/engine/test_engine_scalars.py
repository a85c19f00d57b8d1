"""Curves: M4 and smoothing against ten-line twins, all forms of the answer, restarts, NaN."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.ipc
import pytest

from tests.engine.event_files import append, scalar, session_start, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

LOSS = [{"run": "a", "tag": "loss", "id": 7}]


def event_file(logdir: Path, number: int = 1) -> Path:
    return logdir / "a" / f"events.out.tfevents.{number}.x"


@pytest.fixture
def noise() -> np.ndarray:
    """As a writer stores it: 32 bits."""
    random = np.random.default_rng(1)
    noise = np.cumsum(random.normal(size=20_000)).astype(np.float32)
    noise[[100, 101, 5_000]] = np.nan
    noise[[200, 19_999]] = np.inf
    noise[300] = -np.inf
    return noise


@pytest.fixture
def engine(start: Start, tmp_path: Path, noise: np.ndarray) -> EngineProcess:
    write_series(event_file(tmp_path), "loss", noise.tolist())
    engine = start(tmp_path)
    engine.until_live()
    return engine


def m4(x: np.ndarray, y: np.ndarray, low: float, high: float, width: int) -> list[int]:
    """The readable twin of the engine's: which points of a range make its picture."""
    inside = np.flatnonzero((x >= low) & (x <= high))
    columns = np.minimum(((x[inside] - low) / (high - low) * width).astype(int), width - 1)
    kept = set(inside[:1] - 1) | set(inside[-1:] + 1)
    for column in np.unique(columns):
        group = inside[columns == column]
        kept |= m4_of_column(y, group)
    return sorted(int(i) for i in kept if 0 <= i < len(x))


def m4_of_column(y: np.ndarray, group: np.ndarray) -> set[int]:
    """Return what is kept of one pixel column: of each uninterrupted piece no other one hides."""
    finite = np.isfinite(y[group])
    stretches = np.split(group, np.flatnonzero(finite[1:] != finite[:-1]) + 1)
    pieces = [stretch for stretch in stretches if np.isfinite(y[stretch[0]])]
    strokes = [(y[piece].min(), y[piece].max()) for piece in pieces]
    last = len(pieces) - 1
    kept: set[int] = set()
    for i, (piece, stroke) in enumerate(zip(pieces, strokes, strict=True)):
        hidden = any(
            low <= stroke[0]
            and stroke[1] <= high
            and ((low, high) != stroke or j in (last, *range(i)))
            for j, (low, high) in enumerate(strokes)
            if j != i
        )
        if hidden and 0 < i < last:
            continue
        kept |= {piece[0], piece[-1], piece[np.argmin(y[piece])], piece[np.argmax(y[piece])]}
        if piece[0] != group[0]:
            kept.add(piece[0] - 1)
    if not finite[-1]:
        kept.add(group[-1])
    for is_it in (np.isnan, np.isposinf, np.isneginf):
        kept |= set(group[is_it(y[group])][:1])
    return kept


def debiased_mean(y: np.ndarray, weight: float) -> np.ndarray:
    """The readable twin of the engine's smoothing."""
    smoothed, last, count = y.astype(np.float64).copy(), 0.0, 0
    for i in np.flatnonzero(np.isfinite(y)):
        last, count = weight * last + (1 - weight) * float(y[i]), count + 1
        smoothed[i] = last / (1 - weight**count)
    return smoothed


@pytest.mark.parametrize(("low", "high", "width"), [(0, 19_999, 300), (50, 5_050, 100), (7, 90, 3)])
def test_the_points_are_those_of_m4(
    engine: EngineProcess, noise: np.ndarray, low: int, high: int, width: int
) -> None:
    [row] = engine.scalars(series=LOSS, range=[low, high], width_px=width)
    steps = np.arange(len(noise))
    assert row["step"] == m4(steps, noise, low, high, width)
    values = np.array([float(value) for value in row["value"]], np.float32)
    np.testing.assert_array_equal(values, noise[row["step"]])
    assert row["wall_time"] == [1000.0 + step for step in row["step"]]
    assert (row["id"], row["points"], row["exact"]) == (7, high - low + 1, False)


def test_a_null_range_spans_all_series(engine: EngineProcess, noise: np.ndarray) -> None:
    [row] = engine.scalars(series=LOSS, width_px=300)
    assert row["step"] == m4(np.arange(len(noise)), noise, 0, len(noise) - 1, 300)


def test_few_points_come_whole(engine: EngineProcess) -> None:
    [row] = engine.scalars(series=LOSS, range=[1000, 1399], width_px=100)
    assert row["step"] == list(range(999, 1401))
    assert (row["points"], row["exact"]) == (400, True)
    [row] = engine.scalars(series=LOSS)
    assert row["step"] == list(range(20_000))
    assert row["exact"]


@pytest.mark.parametrize("weight", [0.1, 0.6, 0.99, 0.999])
def test_smoothing_is_the_debiased_mean_of_every_point(
    engine: EngineProcess, noise: np.ndarray, weight: float
) -> None:
    [row] = engine.scalars(series=LOSS, smoothing=weight)
    smoothed = [float(value) for value in row["smoothed"]]
    np.testing.assert_allclose(smoothed, debiased_mean(noise, weight), rtol=1e-11)


def test_smoothed_extremes_are_in_the_answer_too(engine: EngineProcess, noise: np.ndarray) -> None:
    [row] = engine.scalars(series=LOSS, smoothing=0.6, range=[0, 19_999], width_px=200)
    smoothed = debiased_mean(noise, 0.6)
    steps = np.arange(len(noise))
    wanted = set(m4(steps, noise, 0, 19_999, 200)) | set(m4(steps, smoothed, 0, 19_999, 200))
    assert row["step"] == sorted(wanted)
    got = np.array([float(value) for value in row["smoothed"]])
    np.testing.assert_allclose(got, smoothed[row["step"]], rtol=1e-11)


@pytest.mark.parametrize(("x", "origin_s"), [("relative", 0.0), ("wall_time", 1000.0)])
def test_time_as_x(engine: EngineProcess, noise: np.ndarray, x: str, origin_s: float) -> None:
    span = [origin_s + 2_000, origin_s + 9_000]
    [row] = engine.scalars(series=LOSS, x=x, range=span, width_px=100)
    assert row["step"] == m4(np.arange(len(noise)), noise, 2_000, 9_000, 100)
    assert row["first_wall_time_s"] == 1000.0


def test_arrow_csv_and_json_say_the_same(engine: EngineProcess) -> None:
    request = {"series": LOSS, "width_px": 50, "smoothing": 0.5, "restarts": "all"}
    [row] = engine.scalars(**request)
    answer = engine.post("/api/scalars", request)
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    table = pyarrow.ipc.open_stream(answer.content).read_all()
    described = {
        "id": "uint32",
        "points": "uint64",
        "superseded_points": "uint64",
        "exact": "bool",
        "first_wall_time_s": "double",
        "step": "list<item: int64 not null>",
        "wall_time": "list<item: double not null>",
        "value": "list<item: double not null>",
        "smoothed": "list<item: double not null>",
        "superseded": "list<item: uint8 not null>",
        "x": "list<item: double not null>",
        "resume_step": "list<item: int64 not null>",
        "resume_wall_time": "list<item: double not null>",
        "resume_x": "list<item: double not null>",
        "resume_superseded": "list<item: uint64 not null>",
    }
    assert {field.name: str(field.type) for field in table.schema} == described
    [arrow] = table.to_pylist()
    for name, values in arrow.items():
        np.testing.assert_array_equal(np.array(values, float), np.array(row[name], float), name)

    text = engine.post("/api/scalars", request, accept="text/csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["run", "tag", "step", "wall_time", "value", "smoothed", "superseded"]
    for name in ("step", "wall_time", "value", "smoothed", "superseded"):
        column = np.array([float(entry[name]) for entry in rows])
        np.testing.assert_array_equal(column, np.array(row[name], float), name)


def test_unknown_series_are_left_out(engine: EngineProcess) -> None:
    asked = [{"run": "a", "tag": "no"}, *LOSS, {"run": "no", "tag": "loss"}]
    assert [row["id"] for row in engine.scalars(series=asked, width_px=1)] == [7]
    answer = engine.post("/api/scalars", {"series": asked[:1]})
    table = pyarrow.ipc.open_stream(answer.content).read_all()
    assert (table.num_rows, table.num_columns) == (0, 15)


def points(row: dict[str, Any]) -> list[tuple[int, float]]:
    return list(zip(row["step"], row["value"], strict=True))


def both_views(engine: EngineProcess) -> tuple[dict[str, Any], dict[str, Any]]:
    engine.until_live()
    [latest] = engine.scalars(series=LOSS)
    [everything] = engine.scalars(series=LOSS, restarts="all")
    return latest, everything


def test_a_restart_in_another_file_supersedes(start: Start, tmp_path: Path) -> None:
    write_series(event_file(tmp_path, 1), "loss", [0, 1, 2, 3, 4])
    write_series(event_file(tmp_path, 2), "loss", [12, 13], start_s=2000.0, first_step=2)
    latest, everything = both_views(start(tmp_path))
    assert points(latest) == [(0, 0), (1, 1), (2, 12), (3, 13)]
    assert (latest["superseded_points"], latest["superseded"]) == (3, [])
    assert points(everything) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (2, 12), (3, 13)]
    assert everything["superseded"] == [0, 0, 1, 1, 1, 0, 0]


def resumes(row: dict[str, Any]) -> list[tuple[int, float, int]]:
    columns = (row[f"resume_{name}"] for name in ("step", "wall_time", "superseded"))
    return list(zip(*columns, strict=True))


def test_where_a_series_goes_on_after_restarts_is_told(start: Start, tmp_path: Path) -> None:
    first = event_file(tmp_path, 1)
    write_series(first, "loss", [0, 1, 2, 3])
    write_series(first, "loss", [12, 13, 14], start_s=1010.0, first_step=2)
    write_series(event_file(tmp_path, 2), "loss", [24, 25], start_s=2000.0, first_step=4)
    # A file that begins where the one before has ended supersedes nothing.
    write_series(event_file(tmp_path, 3), "loss", [36, 37], start_s=3000.0, first_step=6)
    for row in both_views(start(tmp_path)):
        assert resumes(row) == [(2, 1010.0, 2), (4, 2000.0, 1), (6, 3000.0, 0)]
        assert row["superseded_points"] == 3
        assert row["resume_x"] == []


def test_the_place_of_a_restart_along_another_tag(start: Start, tmp_path: Path) -> None:
    for number, (begin_s, step) in enumerate([(1000.0, 0), (2000.0, 2)]):
        file = event_file(tmp_path, number)
        write_series(file, "loss", [1, 2, 3], start_s=begin_s, first_step=step)
        tokens = [10.0 * (step + i) for i in range(3)]
        write_series(file, "tokens", tokens, start_s=begin_s, first_step=step)
    engine = start(tmp_path)
    engine.until_live()
    [row] = engine.scalars(series=LOSS, x={"tag": "tokens"})
    assert row["x"] == [0, 10, 20, 30, 40]
    assert (row["resume_step"], row["resume_x"]) == ([2], [20])
    [row] = engine.scalars(series=LOSS, x={"tag": "no"})
    assert row["resume_x"] == ["NaN"]


def test_two_writers_at_the_same_time_are_merged(start: Start, tmp_path: Path) -> None:
    write_series(event_file(tmp_path, 1), "loss", [0, 1, 2, 3, 4])
    write_series(event_file(tmp_path, 2), "loss", [12, 13], start_s=1001.5, first_step=2)
    latest, everything = both_views(start(tmp_path))
    assert points(latest) == [(0, 0), (1, 1), (2, 2), (2, 12), (3, 3), (3, 13), (4, 4)]
    assert latest["superseded_points"] == 0
    assert everything["superseded"] == [0] * 7


def test_steps_going_back_and_repeated_ones_in_one_file(start: Start, tmp_path: Path) -> None:
    file = event_file(tmp_path)
    write_series(file, "loss", [0, 1, 2, 3])
    write_series(file, "loss", [12, 13], start_s=1010.0, first_step=2)
    append(file, scalar("loss", 3, 23.0, 1020.0), session_start(3, 1021.0))
    append(file, scalar("loss", 3, 33.0, 1022.0))
    latest, everything = both_views(start(tmp_path))
    assert points(latest) == [(0, 0), (1, 1), (2, 12), (3, 33)]
    assert everything["superseded"] == [0, 0, 1, 1, 0, 1, 1, 0]


def test_a_wall_time_that_is_not_finite_has_no_place(start: Start, tmp_path: Path) -> None:
    file = event_file(tmp_path)
    for step, wall_time_s in enumerate([math.nan, 10.0, math.inf, 12.0]):
        append(file, scalar("loss", step, float(step), wall_time_s))
    engine = start(tmp_path)
    engine.until_live()
    [row] = engine.scalars(series=LOSS, x="relative", range=[0, 5], width_px=100)
    assert (row["step"], row["points"], row["first_wall_time_s"]) == ([1, 3], 2, 10.0)
    [row] = engine.scalars(series=LOSS, x="step")
    assert row["wall_time"] == ["NaN", 10.0, "Infinity", 12.0]


def test_extreme_steps(start: Start, tmp_path: Path) -> None:
    file = event_file(tmp_path)
    steps = [-(2**63), -1, 0, 2**53 + 1, 2**63 - 1]
    append(file, *(scalar("loss", step, 1.0, 1000.0 + i) for i, step in enumerate(steps)))
    engine = start(tmp_path)
    engine.until_live()
    [row] = engine.scalars(series=LOSS, width_px=10)
    assert row["step"] == steps


def test_an_answer_that_would_not_fit_is_refused(engine: EngineProcess) -> None:
    answer = engine.post("/api/scalars", {"series": LOSS * 501})
    assert answer.status == 413
    assert "/api/export" in answer.json()["error"]["hint"]
