"""Bands against numpy: runs at the same steps, at other steps, in part, and smoothed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.engine.event_files import write_series
from tests.engine.test_engine_routes import assert_same_shape, documented
from tests.engine.test_engine_scalars import debiased_mean

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

RUNS = 4
POINTS = 3000


def group(*runs: int | str, number: int = 0) -> dict[str, Any]:
    return {"id": number, "series": [{"run": str(run), "tag": "loss"} for run in runs]}


def bands(engine: EngineProcess, **request: Any) -> dict[str, Any]:
    answer = engine.post("/api/bands", {"groups": [group(*range(RUNS))], **request})
    assert answer.status == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def band(engine: EngineProcess, **request: Any) -> dict[str, Any]:
    lists = bands(engine, **request)["groups"][0]
    return {
        name: np.array(value) if isinstance(value, list) else value for name, value in lists.items()
    }


@pytest.fixture
def values() -> np.ndarray:
    """Noise around one falling line: as a writer stores it, 32 bits."""
    random = np.random.default_rng(3)
    line = 3 * np.exp(-np.arange(POINTS) / 800)
    return (line + random.normal(size=(RUNS, POINTS))).astype(np.float32)


@pytest.fixture
def engine(start: Start, tmp_path: Path, values: np.ndarray) -> EngineProcess:
    for run, own in enumerate(values):
        file = tmp_path / str(run) / "events.out.tfevents.1.x"
        write_series(file, "loss", own.tolist(), 1000.0 + run)
    write_series(tmp_path / "short" / "events.out.tfevents.1.x", "loss", [1.0, float("nan"), 3.0])
    engine = start(tmp_path)
    engine.until_live()
    return engine


def test_at_one_step_a_column_they_are_the_statistics_over_runs(
    engine: EngineProcess, values: np.ndarray
) -> None:
    found = band(engine, range=[100, 199], width_px=100)
    exact = values[:, 100:200].astype(np.float64)
    np.testing.assert_array_equal(found["x_min"], np.arange(100, 200))
    np.testing.assert_array_equal(found["x_max"], found["x_min"])
    np.testing.assert_array_equal(found["n"], RUNS)
    np.testing.assert_allclose(found["mean"], exact.mean(axis=0), rtol=1e-12)
    std = np.sqrt(found["m2"] / (found["n"] - 1))
    np.testing.assert_allclose(std, exact.std(axis=0, ddof=1), rtol=1e-9)
    np.testing.assert_array_equal(found["min"], exact.min(axis=0))
    np.testing.assert_array_equal(found["max"], exact.max(axis=0))


@pytest.mark.parametrize("smoothing", [0, 0.6])
@pytest.mark.parametrize("x", ["step", "relative"])
def test_wide_columns_have_every_point(
    engine: EngineProcess, values: np.ndarray, x: str, smoothing: float
) -> None:
    width = 37
    found = band(engine, width_px=width, smoothing=smoothing, x=x)
    exact = values.astype(np.float64)
    if smoothing:
        exact = np.array([debiased_mean(own, smoothing) for own in exact])
    steps = np.arange(POINTS)
    column_of = np.minimum((steps / (POINTS - 1) * width).astype(int), width - 1)
    assert found["column"].tolist() == list(range(width))
    assert (found["series"], found["points"]) == (RUNS, RUNS * POINTS)
    for column in range(width):
        own = exact[:, column_of == column]
        assert found["points_of_column"][column] == own.size
        assert found["mean"][column] == pytest.approx(own.mean(), rel=1e-10)
        # All have as many points here: the sum over runs of the mean squared difference.
        m2 = ((own - own.mean()) ** 2).mean(axis=1).sum()
        assert found["m2"][column] == pytest.approx(m2, rel=1e-7)
        assert (found["min"][column], found["max"][column]) == (
            pytest.approx(own.min(), rel=1e-12), pytest.approx(own.max(), rel=1e-12),
        )  # fmt: skip


def test_a_series_counts_from_its_first_to_its_last_point(engine: EngineProcess) -> None:
    answer = bands(
        engine, groups=[group("short"), group(0, "short", number=9)], range=[0, 9], width_px=10
    )
    short, both = answer["groups"]
    # NaN does not count.
    assert (short["column"], short["n"], short["mean"]) == ([0, 2], [1, 1], [1.0, 3.0])
    assert (both["id"], both["column"], both["n"]) == (9, list(range(10)), [2, 1, 2] + [1] * 7)


def test_what_is_between_points_is_carried(start: Start, tmp_path: Path) -> None:
    for run, every in (("often", 1), ("seldom", 4)):
        file = tmp_path / run / "events.out.tfevents.1.x"
        for step in range(0, 9, every):
            write_series(file, "loss", [float(step)], 1000.0 + step, first_step=step)
    engine = start(tmp_path)
    engine.until_live()
    found = band(engine, groups=[group("often", "seldom")], range=[1, 9], width_px=9)
    assert found["n"].tolist() == [2] * 8
    seldom = [0, 0, 0, 4, 4, 4, 4, 8]
    np.testing.assert_allclose(found["mean"], (np.arange(1, 9) + seldom) / 2)
    assert found["points_of_column"].tolist() == [1, 1, 1, 2, 1, 1, 1, 2]
    found = band(engine, groups=[group("seldom")], range=[0, 8], width_px=9)
    assert found["x_min"].tolist() == [0, None, None, None, 4, None, None, None, 8]


def test_they_have_the_documented_shape(engine: EngineProcess) -> None:
    section = documented("POST /api/bands")
    request = section | {"groups": [group(0, 1), group("nobody", number=1)]}
    answer = engine.post("/api/bands", request).json()
    assert answer["groups"].pop() == {
        "id": 1, "series": 0, "points": 0, "column": [], "x_min": [], "x_max": [], "n": [],
        "points_of_column": [], "mean": [], "m2": [], "min": [], "max": [],
    }  # fmt: skip
    assert_same_shape(answer, documented("POST /api/bands", 1))


def test_unfit_questions_are_refused(engine: EngineProcess) -> None:
    for wrong in ({}, {"width_px": 0}, {"width_px": 9, "x_scale": "log", "range": [0, 1]}):
        answer = engine.post("/api/bands", {"groups": [group(0)], **wrong})
        assert answer.status == 400
        assert answer.json()["error"]["code"] == "bad_request"
