"""Histograms over time are asked of the source that has the series, by its own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.hub.fake_link import add
from tests.hub.test_routes import live, series

if TYPE_CHECKING:
    import httpx

    from farboard.hub.sources import Sources


def rows(asked: dict[str, Any]) -> dict[str, Any]:
    return {"series": [{"id": item["id"], "run": item["run"]} for item in asked["series"]]}


async def test_each_source_answers_for_its_own_series(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    links = await live(sources, "here", "gpu1:runs")
    for link in links:
        link.answers["/api/histograms"] = rows
    body = {"series": series("gpu1:runs", "here"), "columns": 20, "bins": 5, "y_range": [0, 1]}
    answer = await client.post("/api/histograms", json=body)
    assert answer.json()["series"] == [
        {"id": 0, "run": "a", "source": "gpu1:runs"}, {"id": 1, "run": "a", "source": "here"},
    ]  # fmt: skip
    asked = links[0].asked[-1][2]
    assert (asked["columns"], asked["bins"], asked["y_range"]) == (20, 5, [0, 1])
    links[1].drop()
    answer = await client.post("/api/histograms", json=body)
    assert [row["id"] for row in answer.json()["series"]] == [1]
    assert answer.headers["x-farboard-missing"] == "gpu1%3Aruns"


async def test_wall_times_are_by_each_clock(client: httpx.AsyncClient, sources: Sources) -> None:
    source, link = add(sources, "gpu2:runs")
    link.ahead_s = 41.0
    link.answers["/api/histograms"] = rows
    await source.start()
    await source.wait_until_known()
    body = {"series": series("gpu2:runs"), "x": "wall_time", "range": [0.0, 1000.0]}
    assert (await client.post("/api/histograms", json=body)).status_code == 200
    assert link.asked[-1][2]["range"] == [pytest.approx(41, abs=1), pytest.approx(1041, abs=1)]
