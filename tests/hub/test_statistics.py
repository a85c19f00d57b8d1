"""Statistics are asked of the source that has the series, by its own clock."""

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
    for link in await live(sources, "here", "gpu1:runs"):
        link.answers["/api/statistics"] = rows
    body = {"series": series("gpu1:runs", "here"), "slope": True}
    answer = await client.post("/api/statistics", json=body)
    assert answer.json()["series"] == [
        {"id": 0, "run": "a", "source": "gpu1:runs"}, {"id": 1, "run": "a", "source": "here"},
    ]  # fmt: skip


async def test_who_is_gone_is_named(client: httpx.AsyncClient, sources: Sources) -> None:
    here, lost = await live(sources, "here", "gpu1:runs")
    here.answers["/api/statistics"] = rows
    lost.drop()
    answer = await client.post("/api/statistics", json={"series": series("gpu1:runs", "here")})
    assert [row["id"] for row in answer.json()["series"]] == [1]
    assert answer.headers["x-farboard-missing"] == "gpu1%3Aruns"
    here.drop()
    assert (
        await client.post("/api/statistics", json={"series": series("here")})
    ).status_code == 503


async def test_open_ranges_of_wall_times_are_by_each_clock(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    source, link = add(sources, "gpu2:runs")
    link.ahead_s = 41.0
    link.answers["/api/statistics"] = rows
    await source.start()
    await source.wait_until_known()
    body = {"series": series("gpu2:runs"), "x": "wall_time", "range": [None, 1000.0]}
    assert (await client.post("/api/statistics", json=body)).status_code == 200
    asked = link.asked[-1][2]
    assert asked["range"] == [None, pytest.approx(1041.0, abs=1)]
