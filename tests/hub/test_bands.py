"""Bands of groups whose series are on several machines: as if they were on one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farboard.hub.join_bands import LISTS, join_bands
from farboard.hub.untrusted import BadAnswerError
from tests.hub.fake_link import add
from tests.hub.test_join import part, tag
from tests.hub.test_routes import live

if TYPE_CHECKING:
    import httpx

    from farboard.hub.sources import Sources

Json = dict[str, Any]


def band_of(values: list[float], column: int = 0, group: int = 0) -> Json:
    """What an engine says of series with one point each in one column."""
    exact = np.array(values, np.float64)
    lists = {
        "column": [column], "x_min": [float(column)], "x_max": [column + 0.5], "n": [len(values)],
        "points_of_column": [len(values)], "mean": [exact.mean()],
        "m2": [((exact - exact.mean()) ** 2).sum()], "min": [exact.min()], "max": [exact.max()],
    }  # fmt: skip
    return {"id": group, "series": len(values), "points": len(values), **lists}


def answer_of(*bands: Json) -> Json:
    return {"range": [0.0, 10.0], "groups": list(bands)}


some_values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8)


@given(st.lists(some_values, min_size=1, max_size=4))
def test_joined_they_are_those_of_all_series(parts: list[list[float]]) -> None:
    joined = join_bands([(answer_of(band_of(values)), 0.0) for values in parts], [7])
    every = [value for values in parts for value in values]
    expected = band_of(every)
    [found] = joined["groups"]
    assert found["id"] == 7
    assert (found["series"], found["n"], found["points"]) == (len(every), [len(every)], len(every))
    assert (found["min"], found["max"]) == (expected["min"], expected["max"])
    scale = max(map(abs, every))
    assert found["mean"][0] == pytest.approx(expected["mean"][0], rel=1e-12, abs=1e-12 * scale)
    assert found["m2"][0] == pytest.approx(expected["m2"][0], rel=1e-9, abs=1e-12 * scale**2)


def test_columns_that_only_one_has_stay_and_clocks_are_corrected() -> None:
    one, other = band_of([1.0], column=3), band_of([2.0, 4.0], column=1)
    other["x_min"] = other["x_max"] = [None]
    joined = join_bands([(answer_of(one), 0.0), (answer_of(other), 2.0)], [0])
    [found] = joined["groups"]
    assert joined["range"] == [0.0, 10.0]
    assert (found["column"], found["n"], found["mean"]) == ([1, 3], [2, 1], [3.0, 1.0])
    assert (found["x_min"], found["x_max"]) == ([None, 3.0], [None, 3.5])
    late = join_bands([(answer_of(one), 2.0)], [0])
    assert (late["range"], late["groups"][0]["x_min"]) == ([-2.0, 8.0], [1.0])


def test_numbers_that_are_not_finite_stay_words() -> None:
    wide = band_of([1.0])
    wide["m2"] = ["Infinity"]
    [found] = join_bands([(answer_of(wide), 0.0)], [0])["groups"]
    assert found["m2"] == ["Infinity"]
    assert not math.isinf(found["mean"][0])


@pytest.mark.parametrize("wrong", [
    {"n": [0]}, {"n": [1, 2]}, {"id": 5}, {"id": -1}, {"mean": ["much"]}, {"x_min": [{}]},
    {"column": None},
])  # fmt: skip
def test_nonsense_is_no_band(wrong: Json) -> None:
    with pytest.raises(BadAnswerError):
        join_bands([(answer_of({**band_of([1.0]), **wrong}), 0.0)], [0])
    with pytest.raises(BadAnswerError):
        join_bands([({"groups": []}, 0.0)], [0])


def groups(*sources: str) -> list[Json]:
    return [
        {"id": 40, "series": [{"source": source, "run": "a", "tag": "t"} for source in sources]}
    ]


async def test_each_source_is_asked_for_its_own_series(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    here, there = await live(sources, "here", "gpu1:runs")
    here.answers["/api/bands"] = answer_of(band_of([1.0]))
    there.answers["/api/bands"] = answer_of(band_of([3.0, 5.0]))
    body = {"groups": groups("here", "gpu1:runs", "gpu1:runs"), "range": [0, 10], "width_px": 5}
    answer = await client.post("/api/bands", json=body)
    [found] = answer.json()["groups"]
    assert (found["id"], found["series"], found["mean"], found["m2"]) == (40, 3, [3.0], [8.0])
    assert set(found) == {"id", "series", "points", *LISTS}
    assert there.asked[-1][2] == {
        "groups": [{"id": 0, "series": [{"run": "a", "tag": "t"}] * 2}],
        "range": [0, 10], "width_px": 5,
    }  # fmt: skip


async def test_sources_share_one_range(client: httpx.AsyncClient, sources: Sources) -> None:
    here, there = await live(sources, "here", "gpu1:runs")
    there.answers["/api/tags"] = part(["a"], tag("t", [0], last_step=[700]))
    for link, x_max in ((here, 90.0), (there, 4096.0)):
        link.answers["/api/bands"] = answer_of(band_of([1.0]))
        link.answers["/api/statistics"] = {"series": [{"x_min": 1.0, "x_max": x_max}]}
    body: Json = {"groups": groups("here", "gpu1:runs"), "width_px": 5}
    for more, expected in (
        ({}, [0, 700]),
        ({"x_scale": "log"}, [1.0, 4096.0]),
        ({"x": {"tag": "tokens"}}, [1.0, 4096.0]),
    ):
        assert (await client.post("/api/bands", json={**body, **more})).status_code == 200
        for link in (here, there):
            assert link.asked[-1][2]["range"] == expected


async def test_times_are_by_our_clock(client: httpx.AsyncClient, sources: Sources) -> None:
    source, link = add(sources, "gpu2:runs")
    link.ahead_s = 41.0
    link.answers["/api/bands"] = answer_of(band_of([1.0]))
    await source.start()
    await source.wait_until_known()
    body = {"groups": groups("gpu2:runs"), "x": "wall_time", "range": [-41.0, -31.0], "width_px": 5}
    answer = (await client.post("/api/bands", json=body)).json()
    assert link.asked[-1][2]["range"] == pytest.approx([0.0, 10.0], abs=1)
    assert answer["range"] == pytest.approx([-41.0, -31.0], abs=1)
    assert answer["groups"][0]["x_min"] == pytest.approx([-41.0], abs=1)


@pytest.mark.parametrize("wrong", [None, [], [1], [{"series": []}], [{"series": [{"run": "a"}]}]])
async def test_unfit_groups_are_bad_requests(
    client: httpx.AsyncClient, sources: Sources, wrong: Any
) -> None:
    await live(sources, "here")
    answer = await client.post("/api/bands", json={"groups": wrong, "width_px": 5})
    assert answer.status_code == 400


async def test_who_is_gone_is_named(client: httpx.AsyncClient, sources: Sources) -> None:
    here, lost = await live(sources, "here", "gpu1:runs")
    here.answers["/api/bands"] = answer_of(band_of([1.0]))
    lost.drop()
    body = {"groups": groups("here", "gpu1:runs"), "range": [0, 10], "width_px": 5}
    answer = await client.post("/api/bands", json=body)
    assert answer.headers["x-farboard-missing"] == "gpu1%3Aruns"
    assert answer.json()["groups"][0]["n"] == [1]
