"""Curves over another tag, on other scales, and with other kinds of smoothing, against numpy."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.ipc
import pytest

from tests.engine.event_files import append, scalar, session_start, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

LOSS = [{"run": "a", "tag": "loss"}]
POINTS = 4000


def event_file(logdir: Path) -> Path:
    return logdir / "a" / "events.out.tfevents.1.x"


@pytest.fixture
def loss() -> np.ndarray:
    """As a writer stores it: 32 bits."""
    loss = np.random.default_rng(5).normal(size=POINTS).astype(np.float32)
    loss[[50, 900]] = np.nan, np.inf
    return loss


@pytest.fixture
def engine(start: Start, tmp_path: Path, loss: np.ndarray) -> EngineProcess:
    write_series(event_file(tmp_path), "loss", loss.tolist())
    # Every second step, and a little later.
    for step in range(0, POINTS, 2):
        append(event_file(tmp_path), scalar("tokens", step, 1024.0 * step, 1000.1 + step))
    engine = start(tmp_path)
    engine.until_live()
    return engine


def test_another_tag_is_x(engine: EngineProcess, loss: np.ndarray) -> None:
    [row] = engine.scalars(series=LOSS, x={"tag": "tokens"})
    assert row["step"] == list(range(0, POINTS, 2))
    assert row["x"] == [1024.0 * step for step in row["step"]]
    [row] = engine.scalars(series=LOSS, x={"tag": "tokens"}, range=[10_240, 20_480])
    # One point on each side of the range is kept, too.
    assert row["step"] == list(range(8, 24, 2))
    assert row["points"] == 6
    [row] = engine.scalars(series=LOSS, x={"tag": "none"})
    assert (row["step"], row["x"], row["points"]) == ([], [], 0)
    [row] = engine.scalars(series=LOSS)
    assert row["x"] == []


def test_another_tag_is_decimated_as_any_x(engine: EngineProcess, loss: np.ndarray) -> None:
    [row] = engine.scalars(series=LOSS, x={"tag": "tokens"}, width_px=50, range=[0, 1024.0 * 3998])
    steps = np.arange(0, POINTS, 2)
    columns = np.minimum((steps / 3998 * 50).astype(int), 49)
    for column in range(50):
        own = steps[columns == column]
        values = loss[own].astype(np.float64)
        finite = np.isfinite(values)
        assert own[finite][np.argmax(values[finite])] in row["step"]
        assert own[finite][np.argmin(values[finite])] in row["step"]
    assert row["points"] == len(steps)


def test_every_form_has_it(engine: EngineProcess) -> None:
    request = {"series": LOSS, "x": {"tag": "tokens"}, "range": [0, 4096]}
    arrow = engine.post("/api/scalars", request).content
    [row] = pyarrow.ipc.open_stream(arrow).read_all().to_pylist()
    assert row["x"] == [0.0, 2048.0, 4096.0, 6144.0]
    text = engine.post("/api/scalars", request, accept="text/csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["x"]) for row in rows] == row["x"]
    plain = engine.post("/api/scalars", {"series": LOSS}, accept="text/csv").content
    assert plain.startswith(b"run,tag,step,wall_time,value,smoothed,superseded\n")


def test_of_several_x_at_a_step_the_nearest_in_time_counts(start: Start, tmp_path: Path) -> None:
    file = event_file(tmp_path)
    for start_s, first in ((1000.0, 0), (2000.0, 2)):
        append(file, session_start(first, start_s - 1))
        for step in range(first, 4):
            append(file, scalar("loss", step, 1.0, start_s + step))
            append(file, scalar("tokens", step, start_s + step, start_s + step + 0.1))
    engine = start(tmp_path)
    engine.until_live()
    [row] = engine.scalars(series=LOSS, x={"tag": "tokens"}, restarts="all")
    assert row["x"] == [1000.0, 1001.0, 1002.0, 1003.0, 2002.0, 2003.0]
    [row] = engine.scalars(series=LOSS, x={"tag": "tokens"})
    assert row["x"] == [1000.0, 1001.0, 2002.0, 2003.0]


@pytest.mark.parametrize("scale", ["log", {"symlog": 30.0}])
def test_columns_are_even_on_the_scale(engine: EngineProcess, loss: np.ndarray, scale: Any) -> None:
    width, last = 40, POINTS - 1
    [row] = engine.scalars(series=LOSS, x_scale=scale, width_px=width)
    steps = np.arange(1 if scale == "log" else 0, POINTS)
    place = np.log(steps) if scale == "log" else np.arcsinh(steps / 30.0)
    part = (place - place[0]) / (place[-1] - place[0])
    columns = np.minimum((part * width).astype(int), width - 1)
    assert row["points"] == len(steps)
    assert row["step"][-1] == last
    for column in np.unique(columns):
        own = steps[columns == column]
        finite = own[np.isfinite(loss[own])]
        for kept in (finite[np.argmax(loss[finite])], finite[np.argmin(loss[finite])], own[0]):
            assert kept in row["step"], column
    assert len(row["step"]) <= 4 * width + 20
    if scale == "log":
        assert 0 not in row["step"]


def smoothed(engine: EngineProcess, **smoothing: Any) -> np.ndarray:
    [row] = engine.scalars(series=LOSS, smoothing=smoothing)
    return np.array([float(value) for value in row["smoothed"]])


@pytest.mark.parametrize("unit", ["wall_time", "x"])
def test_a_mean_in_time(engine: EngineProcess, loss: np.ndarray, unit: str) -> None:
    found = smoothed(engine, kind="time_ema", half_life=7.5, unit=unit)
    expected, total, weight = [], 0.0, 0.0
    decay = 0.5 ** (1 / 7.5)
    waited = 0
    for value in loss.astype(np.float64):
        waited += 1
        if np.isfinite(value):
            total, weight = total * decay**waited + value, weight * decay**waited + 1
            waited = 0
        expected.append(total / weight if np.isfinite(value) else value)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("sigma", "unit"), [(0.5, "points"), (20.0, "points"), (20.0, "x")])
def test_a_gaussian(engine: EngineProcess, loss: np.ndarray, sigma: float, unit: str) -> None:
    found = smoothed(engine, kind="gaussian", sigma=sigma, unit=unit)
    reach = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    finite = np.isfinite(loss)
    sums = np.convolve(np.where(finite, loss, 0.0).astype(np.float64), kernel, "same")
    weights = np.convolve(finite.astype(np.float64), kernel, "same")
    expected = np.where(finite, sums / weights, loss)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_decimated_smooth_line_has_the_same_values(engine: EngineProcess) -> None:
    for smoothing in (
        {"kind": "time_ema", "half_life": 7.5},
        {"kind": "gaussian", "sigma": 12.0},
        {"kind": "ema", "weight": 0.6},
    ):
        every = smoothed(engine, **smoothing)
        [row] = engine.scalars(series=LOSS, smoothing=smoothing, width_px=60)
        found = [float(value) for value in row["smoothed"]]
        np.testing.assert_array_equal(found, every[row["step"]])
        finite = np.where(np.isfinite(every), every, 0)
        assert np.argmax(finite) in row["step"]


def test_a_weight_alone_is_as_before(engine: EngineProcess) -> None:
    [row] = engine.scalars(series=LOSS, smoothing=0.6)
    np.testing.assert_array_equal(
        [float(value) for value in row["smoothed"]], smoothed(engine, kind="ema", weight=0.6)
    )
