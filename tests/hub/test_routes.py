"""The routes: asked of the right sources, joined, and never held up by a dead one."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pytest

from farboard.errors import SourceDown
from farboard.hub.arrow import CONTENT_TYPE
from tests.hub.fake_link import FakeLink, FakeResponse, add, pieces
from tests.hub.test_join import SCHEMA, arrow_stream, part, tag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from farboard.hub.sources import Sources

CSV_HEADER = b"run,tag,step,wall_time,value,superseded\n"


async def live(sources: Sources, *labels: str) -> list[FakeLink]:
    links = []
    for label in labels:
        source, link = add(sources, label)
        await source.start()
        await source.wait_until_known()
        link.answers["/api/runs"] = {"epoch": "e", "version": 1, "runs": [{"run": "a"}]}
        link.answers["/api/tags"] = part(["a"], tag("t", [0]))
        link.answers["/api/scalars"] = scalars
        link.answers["/api/export"] = CSV_HEADER + f"a,t,0,1.5,{label},0\n".encode()
        links.append(link)
    return links


def scalars(asked: dict[str, Any]) -> bytes:
    return arrow_stream(*((item["id"], [1.0]) for item in asked["series"]))


def series(*sources: str, run: str = "a") -> list[dict[str, Any]]:
    return [{"source": source, "run": run, "tag": "t"} for source in sources]


async def test_status_has_every_source(client: httpx.AsyncClient, sources: Sources) -> None:
    await live(sources, "here")
    add(sources, "gpu1:runs")
    status = (await client.get("/api/status")).json()
    assert [entry["state"] for entry in status["sources"]] == ["live", "connecting"]
    assert status["sources"][1]["engine"] is None
    assert set(status["hub"]) == {"version", "pid", "started_at_s", "now_s"}


async def test_runs_and_tags_are_those_of_all(client: httpx.AsyncClient, sources: Sources) -> None:
    await live(sources, "here", "gpu1:runs")
    runs = (await client.get("/api/runs")).json()
    assert [run["source"] for run in runs["runs"]] == ["here", "gpu1:runs"]
    tags = (await client.get("/api/tags")).json()
    assert tags["run_source"] == ["here", "gpu1:runs"]
    assert set(tags["sources"]) == {"here", "gpu1:runs"}


async def test_a_lost_source_is_named_and_the_others_answer(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    _, lost, _ = await live(sources, "here", "gpu1:a, b é", "gpu2:runs")
    lost.drop()
    for answer in (
        await client.get("/api/runs"),
        await client.get("/api/tags"),
        await client.post("/api/scalars", json={"series": series("here", "gpu1:a, b é")}),
    ):
        assert answer.status_code == 200
        missing = answer.headers["x-farboard-missing"].split(",")
        assert [unquote(name) for name in missing] == ["gpu1:a, b é"]


async def test_nobody_there_is_an_empty_list(client: httpx.AsyncClient, sources: Sources) -> None:
    add(sources)
    answer = await client.get("/api/runs")
    assert answer.json() == {"sources": {}, "runs": []}


async def test_a_source_that_falls_silent_is_left_behind(
    client: httpx.AsyncClient, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farboard.hub.fanout.LOOK_EVERY_S", 0.01)
    _, silent = await live(sources, "here", "gpu1:runs")
    given_up = asyncio.Event()

    async def never(_asked: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    silent.answers["/api/runs"] = never
    asking = asyncio.create_task(client.get("/api/runs"))
    await asyncio.sleep(0.05)
    assert not asking.done()  # it is live: perhaps only slow
    silent.become("quiet")
    answer = await asyncio.wait_for(asking, 5)
    assert [run["source"] for run in answer.json()["runs"]] == ["here"]
    assert unquote(answer.headers["x-farboard-missing"]) == "gpu1:runs"
    assert given_up.is_set()


async def test_an_answer_takes_at_most_the_deadline(
    client: httpx.AsyncClient, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farboard.hub.fanout.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("farboard.hub.fanout.DEADLINE_S", 0.05)
    (link,) = await live(sources, "here")
    link.answers["/api/scalars"] = lambda _: asyncio.Event().wait()
    body = {"series": series("here")}
    answer = await asyncio.wait_for(client.post("/api/scalars", json=body), 5)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "source_down"


async def test_scalars_are_asked_of_their_sources_and_joined(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    here, there = await live(sources, "here", "gpu1:runs")
    body = {"series": series("here", "gpu1:runs", "here", "gone"), "x": "step", "range": [0, 9],
            "width_px": 600, "smoothing": 0.6}  # fmt: skip
    answer = await client.post("/api/scalars", json=body)
    assert answer.headers["content-type"] == CONTENT_TYPE
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.schema == SCHEMA
    # An id's default is the place in the whole list.
    assert sorted(table.column("id").to_pylist()) == [0, 1, 2]
    method, path, asked, accept = here.asked[-1]
    assert (method, path, accept) == ("POST", "/api/scalars", CONTENT_TYPE)
    assert asked["series"] == [
        {"id": 0, "run": "a", "tag": "t"}, {"id": 2, "run": "a", "tag": "t"},
    ]  # fmt: skip
    assert asked["range"] == [0, 9]
    assert asked["smoothing"] == 0.6
    assert there.asked[-1][2]["series"] == [{"id": 1, "run": "a", "tag": "t"}]


@pytest.mark.parametrize("labels", [("here",), ("here", "gpu1:runs")])
async def test_what_one_engine_compressed_is_passed_on_untouched(
    client: httpx.AsyncClient, sources: Sources, labels: tuple[str, ...]
) -> None:
    # No compressor of ours would write these bytes.
    packed = [gzip.compress(arrow_stream((i, [1.0])), 0, mtime=7) for i in range(len(labels))]
    for link, body in zip(await live(sources, *labels), packed, strict=True):
        link.answers["/api/scalars"] = FakeResponse(200, pieces(body), CONTENT_TYPE, "gzip")
    asked = {"series": series(*labels), "range": [0, 9]}
    async with client.stream("POST", "/api/scalars", json=asked) as answer:
        sent = b"".join([chunk async for chunk in answer.aiter_raw()])
    is_packed = answer.headers.get("content-encoding") == "gzip"
    table = pa.ipc.open_stream(gzip.decompress(sent) if is_packed else sent).read_all()
    assert table.column("id").to_pylist() == list(range(len(labels)))
    assert (sent == packed[0]) == (len(labels) == 1)


async def test_who_takes_no_gzip_gets_none(client: httpx.AsyncClient, sources: Sources) -> None:
    (link,) = await live(sources, "here")
    plain = arrow_stream((0, [1.0]))
    link.answers["/api/scalars"] = FakeResponse(
        200, pieces(gzip.compress(plain)), CONTENT_TYPE, "gzip"
    )
    answer = await client.post(
        "/api/scalars", json={"series": series("here")}, headers={"accept-encoding": "identity"}
    )
    assert "content-encoding" not in answer.headers
    assert answer.content == plain


async def test_given_ids_are_kept(client: httpx.AsyncClient, sources: Sources) -> None:
    (link,) = await live(sources, "here")
    asked = [{**item, "id": 70} for item in series("here")]
    await client.post("/api/scalars", json={"series": asked})
    assert link.asked[-1][2]["series"][0]["id"] == 70


async def test_several_sources_share_one_grid(client: httpx.AsyncClient, sources: Sources) -> None:
    here, there = await live(sources, "here", "gpu1:runs")
    there.answers["/api/tags"] = part(["a"], tag("t", [0], last_step=[700]))
    body = {"series": series("here", "gpu1:runs"), "range": None, "width_px": 100}
    await client.post("/api/scalars", json=body)
    for link in (here, there):
        assert link.asked[-1][2]["range"] == [0, 700]


async def test_one_source_finds_its_range_itself(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    here, _ = await live(sources, "here", "gpu1:runs")
    await client.post("/api/scalars", json={"series": series("here"), "width_px": 100})
    assert here.asked[-1][2].get("range") is None
    assert [path for _, path, *_ in here.asked].count("/api/tags") == 0


async def test_scalars_as_json_and_csv(client: httpx.AsyncClient, sources: Sources) -> None:
    here, there = await live(sources, "here", "gpu1:runs")
    for number, link in enumerate((here, there)):
        link.answers["/api/scalars"] = {"series": [{"id": number, "value": ["NaN"]}]}
    body = {"series": series("here", "gpu1:runs")}
    answer = await client.post("/api/scalars", json=body, headers={"accept": "application/json"})
    assert answer.json()["series"] == [
        {"source": "here", "id": 0, "value": ["NaN"]},
        {"source": "gpu1:runs", "id": 1, "value": ["NaN"]},
    ]
    for link in (here, there):
        link.answers["/api/scalars"] = b"run,tag\na,t\n"
    answer = await client.post("/api/scalars", json=body, headers={"accept": "text/csv"})
    assert answer.text == "source,run,tag\nhere,a,t\ngpu1:runs,a,t\n"


@pytest.mark.parametrize("body", [
    b"", b"x", b"[]", b"{}", b'{"series":[]}', b'{"series":[1]}', b'{"series":{}}',
    b'{"series":[{"source":"here","run":"a"}]}', b'{"series":[{"source":1,"run":"a","tag":"t"}]}',
])  # fmt: skip
async def test_unfit_questions_are_bad_requests(
    client: httpx.AsyncClient, sources: Sources, body: bytes
) -> None:
    await live(sources, "here")
    answer = await client.post("/api/scalars", content=body)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "hint"}


async def test_an_engines_refusal_is_passed_on(client: httpx.AsyncClient, sources: Sources) -> None:
    (link,) = await live(sources, "here")
    refusal = {"error": {"code": "bad_request", "message": "width_px is too large", "hint": "less"}}
    link.answers["/api/scalars"] = lambda _: FakeResponse(
        400, pieces(json.dumps(refusal).encode()), "application/json"
    )
    answer = await client.post("/api/scalars", json={"series": series("here")})
    assert answer.status_code == 400
    assert answer.json() == refusal


@pytest.mark.parametrize("nonsense", [b"", b"nonsense", b"\xff\xff\xff\xff"])
async def test_an_engine_that_answers_with_nonsense_counts_as_one_that_is_silent(
    client: httpx.AsyncClient, sources: Sources, nonsense: bytes
) -> None:
    (link,) = await live(sources, "here")
    link.answers["/api/scalars"] = link.answers["/api/runs"] = nonsense
    for answer in (
        await client.post("/api/scalars", json={"series": series("here")}),
        await client.get("/api/runs"),
    ):
        missing = answer.headers.get("x-farboard-missing") or answer.json()["error"]["message"]
        assert missing.startswith("here")
    assert (await client.post("/api/scalars", json={"series": series("here")})).status_code == 503


async def test_unknown_sources_alone_are_not_found(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    await live(sources, "here")
    answer = await client.post("/api/scalars", json={"series": series("gone")})
    assert answer.status_code == 404


async def test_requests_are_bounded(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/scalars", content=b" " * (5 << 20))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


async def test_other_methods_and_paths_have_the_one_error_shape(client: httpx.AsyncClient) -> None:
    wrong_method = await client.put("/api/status")
    assert wrong_method.status_code == 405
    assert "GET" in wrong_method.headers["allow"]
    assert wrong_method.json()["error"]["code"] == "method_not_allowed"
    nothing = await client.get("/api/nothing")
    assert nothing.status_code == 404
    assert nothing.json()["error"]["code"] == "not_found"


async def test_retry_reaches_the_link(client: httpx.AsyncClient, sources: Sources) -> None:
    (link,) = await live(sources, "here")
    assert (await client.post("/api/retry", json={"source": "here"})).json() == {"ok": True}
    assert link.retried == 1
    assert (await client.post("/api/retry", json={"source": "gone"})).status_code == 404


# Export


async def test_one_source_exports_exactly_its_own_rows(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    (link,) = await live(sources, "here")
    answer = await client.post("/api/export", json={"series": None, "restarts": "all"})
    assert answer.content == CSV_HEADER + b"a,t,0,1.5,here,0\n"
    assert link.asked[-1][2] == {"series": None, "restarts": "all"}


async def test_several_sources_export_with_their_names(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    await live(sources, "here", "gpu1:runs")
    answer = await client.post("/api/export", json={"series": series("gpu1:runs", "here")})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["source"], row["run"], row["value"]) for row in rows] == [
        ("gpu1:runs", "a", "gpu1:runs"), ("here", "a", "here"),
    ]  # fmt: skip


async def test_an_export_is_whole_or_not_at_all(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    here, there = await live(sources, "here", "gpu1:runs")
    there.drop()
    answer = await client.post("/api/export", json={"series": series("here", "gpu1:runs")})
    assert answer.status_code == 503
    assert "gpu1:runs" in answer.json()["error"]["message"]

    async def breaks() -> AsyncIterator[bytes]:
        yield CSV_HEADER
        raise SourceDown("the link broke")

    here.answers["/api/export"] = lambda _: FakeResponse(200, breaks(), "text/csv")
    # Too late for an error answer: the server then breaks the connection off.
    with pytest.raises(RuntimeError) as caught:
        await client.post("/api/export", json={"series": series("here")})
    assert isinstance(caught.value.__cause__, SourceDown)


@pytest.mark.parametrize("body", [{"format": "xlsx"}, {"series": []}, {"series": [{"run": "a"}]}])
async def test_unfit_exports_are_bad_requests(
    client: httpx.AsyncClient, sources: Sources, body: Any
) -> None:
    await live(sources, "here")
    assert (await client.post("/api/export", json=body)).status_code == 400


# Page and compression


async def test_hashed_names_are_kept_for_ever_and_the_rest_is_asked_for(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/")).headers["cache-control"] == "no-cache"
    assert (await client.get("/plain.js")).headers["cache-control"] == "no-cache"
    hashed = await client.get("/app-0123456789.js")
    assert "immutable" in hashed.headers["cache-control"]
    etag = (await client.get("/")).headers["etag"]
    assert (await client.get("/", headers={"if-none-match": etag})).status_code == 304


async def test_a_missing_bundle_says_how_to_build_it(
    client: httpx.AsyncClient, bundle: Any
) -> None:
    (bundle / "index.html").unlink()
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text


async def test_large_answers_are_compressed_and_small_ones_not(client: httpx.AsyncClient) -> None:
    assert (await client.get("/app-0123456789.js")).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in (await client.get("/")).headers
    plain = await client.get("/app-0123456789.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


async def test_wall_times_are_asked_for_by_each_clock(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    """A range is by our clock; a source that is 41 s ahead has what is meant 41 s later."""
    source, link = add(sources, "gpu2:runs")
    link.ahead_s = 41.0
    link.answers["/api/tags"] = part(["a"], tag("t", [0]))
    link.answers["/api/scalars"] = scalars
    await source.start()
    await source.wait_until_known()
    await live(sources, "here")
    asked = {"series": series("here", "gpu2:runs"), "x": "wall_time", "width_px": 100}
    ranges = {}
    for wanted in ([1000.0, 1100.0], None):
        answer = await client.post("/api/scalars", json={**asked, "range": wanted})
        assert answer.status_code == 200
        for name in ("here", "gpu2:runs"):
            questions = [a for _, path, a, _ in _link(sources, name).asked if "scalars" in path]
            ranges[name] = questions[-1]["range"]
        assert ranges["gpu2:runs"] == pytest.approx([end + 41 for end in ranges["here"]], abs=1)
    by_step = await client.post("/api/scalars", json={**asked, "x": "step", "range": [0, 10]})
    assert by_step.status_code == 200
    assert link.asked[-1][2]["range"] == [0, 10]


def _link(sources: Sources, name: str) -> FakeLink:
    source = sources.get(name)
    assert source is not None
    assert isinstance(source.link, FakeLink)
    return source.link
