"""The routes about event files: joined, and a check passed on as it comes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.hub.fake_link import FakeResponse, add, pieces

if TYPE_CHECKING:
    import httpx

    from farboard.hub.sources import Sources
    from tests.hub.fake_link import FakeLink

LINES = b'{"file":"a/1"}\n{"total":{}}\n' * 200


async def live(sources: Sources, *labels: str) -> list[FakeLink]:
    links = []
    for label in labels:
        source, link = add(sources, label)
        await source.start()
        await source.wait_until_known()
        link.answers["/api/files"] = {
            "epoch": "e",
            "version": 1,
            "files": [{"run": "a", "file": label}],
        }
        link.answers["/api/check"] = lambda _: FakeResponse(200, pieces(LINES), "")
        links.append(link)
    return links


async def test_files_are_those_of_all(client: httpx.AsyncClient, sources: Sources) -> None:
    _, far, _ = await live(sources, "here", "gpu1:runs", "gpu2:runs")
    far.drop()
    answer = await client.get("/api/files")
    assert answer.json() == {
        "sources": {
            "here": {"epoch": "e", "version": 1},
            "gpu2:runs": {"epoch": "e", "version": 1},
        },
        "files": [
            {"run": "a", "file": "here", "source": "here"},
            {"run": "a", "file": "gpu2:runs", "source": "gpu2:runs"},
        ],
    }
    assert answer.headers["x-farboard-missing"] == "gpu1%3Aruns"


async def test_a_check_is_passed_on_as_it_comes(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    await live(sources, "here", "gpu1:runs")
    answer = await client.get("/api/check?source=gpu1:runs")
    assert answer.content == LINES
    assert answer.headers["content-type"] == "application/x-ndjson"
    # A compressed line would wait for the next ones.
    assert "content-encoding" not in answer.headers


async def test_a_check_is_of_one_source_that_is_there(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "here")
    assert (await client.get("/api/check")).status_code == 404
    assert (await client.get("/api/check?source=no")).status_code == 404
    refusal = json.dumps({"error": {"code": "not_found", "message": "gone", "hint": ""}}).encode()

    def refuse(_asked: Any) -> FakeResponse:
        return FakeResponse(404, pieces(refusal), "application/json")

    link.answers["/api/check"] = refuse
    answer = await client.get("/api/check?source=here")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "gone")
    link.drop()
    assert (await client.get("/api/check?source=here")).status_code == 503
