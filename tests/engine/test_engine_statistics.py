"""Series in numbers against numpy: whole and in part, over every x, with NaN, Inf and restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.engine.event_files import append, scalar, session_start, write_series
from tests.engine.test_engine_routes import assert_same_shape, documented

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

LOSS = [{"run": "a", "tag": "loss", "id": 7}]
START_S = 1000.0


def event_file(logdir: Path, run: str = "a") -> Path:
    return logdir / run / "events.out.tfevents.1.x"


def statistics(engine: EngineProcess, **request: Any) -> list[dict[str, Any]]:
    answer = engine.post("/api/statistics", {"series": LOSS, **request})
    assert answer.status == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["series"]
    return rows


@pytest.fixture
def values() -> np.ndarray:
    """As a writer stores it: 32 bits."""
    random = np.random.default_rng(1)
    values = (100 + np.cumsum(random.normal(size=20_000))).astype(np.float32)
    values[[100, 101, 5_000]] = np.nan
    values[200] = np.inf
    values[300] = -np.inf
    return values


@pytest.fixture
def engine(start: Start, tmp_path: Path, values: np.ndarray) -> EngineProcess:
    write_series(event_file(tmp_path), "loss", values.tolist(), START_S)
    engine = start(tmp_path)
    engine.until_live()
    return engine


@pytest.mark.parametrize("x", ["step", "relative", "wall_time"])
@pytest.mark.parametrize(
    "ends", [None, (0, 19_999), (57, 5_050), (150, 250), (None, 64), (19_990, None)]
)
def test_they_are_those_of_numpy(
    engine: EngineProcess, values: np.ndarray, x: str, ends: Any
) -> None:
    first, last = ends or (None, None)
    steps = np.arange(len(values))[first : None if last is None else last + 1]
    inside = values[steps].astype(np.float64)
    finite = np.isfinite(inside)
    xs = steps + (START_S if x == "wall_time" else 0.0)
    asked = ends and [None if end is None else end + float(xs[0] - steps[0]) for end in ends]
    [row] = statistics(engine, x=x, range=asked, mean_of_last=30, slope=True)

    assert (row["id"], row["run"], row["tag"]) == (7, "a", "loss")
    counts = [row[name] for name in ("points", "finite", "nan", "pos_inf", "neg_inf")]
    assert counts == [
        len(inside), finite.sum(), np.isnan(inside).sum(),
        np.isposinf(inside).sum(), np.isneginf(inside).sum(),
    ]  # fmt: skip
    assert (row["x_min"], row["x_max"]) == (xs[0], xs[-1])
    for name, place in {
        "first": 0, "last": -1,
        "min": np.nanargmin(np.where(finite, inside, np.nan)),
        "max": np.nanargmax(np.where(finite, inside, np.nan)),
    }.items():  # fmt: skip
        assert row[name] == {
            "step": steps[place], "wall_time": START_S + steps[place],
            "x": xs[place], "value": inside[place],
        }  # fmt: skip
    y = inside[finite]
    assert row["mean"] == pytest.approx(y.mean(), rel=1e-12)
    assert row["std"] == pytest.approx(y.std(ddof=1), rel=1e-9)
    assert row["mean_of_last"] == pytest.approx(y[-30:].mean(), rel=1e-12)
    assert row["slope"] == pytest.approx(np.polyfit(xs[finite] - xs[0], y, 1)[0], rel=1e-6)
    change = inside[-1] - inside[0]
    assert row["change"] == pytest.approx(change, rel=1e-12)
    assert row["change_percent"] == pytest.approx(100 * change / abs(inside[0]), rel=1e-12)


def test_values_far_from_zero_keep_their_digits(start: Start, tmp_path: Path) -> None:
    """Sums of squares have no digit left of these; then the points are read."""
    values = (1e6 + np.random.default_rng(2).normal(size=5_000)).astype(np.float32)
    write_series(event_file(tmp_path), "loss", values.tolist())
    engine = start(tmp_path)
    engine.until_live()
    [row] = statistics(engine)
    exact = values.astype(np.float64)
    assert row["mean"] == pytest.approx(exact.mean(), rel=1e-13)
    assert row["std"] == pytest.approx(exact.std(ddof=1), rel=1e-9)


def test_they_have_the_documented_shape(engine: EngineProcess) -> None:
    request = documented("POST /api/statistics")
    answer = engine.post("/api/statistics", request | {"series": LOSS}).json()
    assert_same_shape(answer, documented("POST /api/statistics", 1))


def test_another_tag_may_be_x(start: Start, tmp_path: Path) -> None:
    write_series(event_file(tmp_path), "loss", [8.0, 4.0, 2.0, 1.0])
    write_series(event_file(tmp_path), "tokens", [0.0, 10.0, 30.0])
    engine = start(tmp_path)
    engine.until_live()
    [row] = statistics(engine, x={"tag": "tokens"}, slope=True)
    assert (row["points"], row["x_min"], row["x_max"]) == (3, 0.0, 30.0)
    assert row["slope"] == pytest.approx(np.polyfit([0, 10, 30], [8, 4, 2], 1)[0])
    [row] = statistics(engine, x={"tag": "tokens"}, x_scale="log")
    assert (row["points"], row["x_min"]) == (2, 10.0)


def test_what_is_not_there_is_null(start: Start, tmp_path: Path) -> None:
    write_series(event_file(tmp_path), "loss", [0.0, float("nan"), 2.0])
    engine = start(tmp_path)
    engine.until_live()
    assert statistics(engine, series=[{"run": "none", "tag": "loss"}]) == []
    [row] = statistics(engine, range=[100, 200], mean_of_last=5, slope=True)
    assert {name: row[name] for name in row if row[name]} == {"id": 7, "run": "a", "tag": "loss"}
    [row] = statistics(engine, range=[1, 1], mean_of_last=5, slope=True)
    assert (row["points"], row["nan"], row["first"]["value"]) == (1, 1, "NaN")
    assert [row[name] for name in ("min", "mean", "std", "mean_of_last", "slope")] == [None] * 5
    assert (row["change"], row["change_percent"]) == ("NaN", None)
    [row] = statistics(engine)
    # Nobody asked, and there is no percentage of nothing.
    assert (row["mean_of_last"], row["slope"], row["change_percent"]) == (None, None, None)
    assert (row["change"], row["std"]) == (2.0, pytest.approx(2**0.5))


def test_restarts_count_as_they_are_asked_for(start: Start, tmp_path: Path) -> None:
    file = event_file(tmp_path)
    write_series(file, "loss", [4.0, 3.0, 2.0, 1.0])
    append(file, session_start(2, 1004.0))
    append(file, scalar("loss", 2, 8.0, 1005.0), scalar("loss", 3, 9.0, 1006.0))
    engine = start(tmp_path)
    engine.until_live()
    [row] = statistics(engine)
    assert (row["points"], row["superseded_points"], row["mean"]) == (4, 2, 6.0)
    [row] = statistics(engine, restarts="all", range=[2, 3])
    # Two pieces of the file: what lies between is left out.
    assert (row["points"], row["mean"], row["min"]["value"]) == (4, 5.0, 1.0)
    assert (row["first"]["value"], row["last"]["value"]) == (2.0, 9.0)
    assert (row["x_min"], row["x_max"]) == (2, 3)


def test_a_thousand_series_are_answered_at_once(start: Start, tmp_path: Path) -> None:
    for run in range(1000):
        write_series(event_file(tmp_path, str(run)), "loss", [float(run), run + 1.0])
    engine = start(tmp_path)
    engine.until_live()
    rows = statistics(engine, series=[{"run": str(run), "tag": "loss"} for run in range(1000)])
    assert [row["id"] for row in rows] == list(range(1000))
    assert [row["mean"] for row in rows] == [run + 0.5 for run in range(1000)]
