"""Hyper-parameters of all sources, each run with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hub.test_routes import live

if TYPE_CHECKING:
    import httpx

    from farboard.hub.sources import Sources


async def test_runs_and_experiments_are_those_of_all(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    links = await live(sources, "here", "gpu1:runs", "gpu2:runs")
    for link in links:
        runs = [{"run": "a", "session": None, "files": [], "source": "claimed"}]
        link.answers["/api/hparams"] = {
            "epoch": "e", "version": 1, "runs": runs, "experiments": [{"run": "."}],
        }  # fmt: skip
    links[1].answers["/api/hparams"] = {"epoch": "e", "version": 1, "runs": [{}], "experiments": []}
    answer = await client.get("/api/hparams")
    found = answer.json()
    assert [run["source"] for run in found["runs"]] == ["here", "gpu2:runs"]
    assert [one["source"] for one in found["experiments"]] == ["here", "gpu2:runs"]
    assert set(found["sources"]) == {"here", "gpu2:runs"}
    assert answer.headers["x-farboard-missing"] == "gpu1%3Aruns"
