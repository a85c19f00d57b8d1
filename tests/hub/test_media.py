"""Values, blobs and assets: joined, signed, streamed through, and never run in the page."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from farboard.hub.auth import SIGNED_FOR_S, Auth
from tests.hub.fake_link import FakeLink, FakeResponse, add, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from farboard.hub.sources import Sources

PNG = b"\x89PNG" + bytes(range(256)) * 20
REF = "123.0.1/run%201%2Fevents.1"
BLOB = f"/api/blob/{REF}"
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def values(asked: dict[str, Any]) -> dict[str, Any]:
    value = {"items": [{"blob": REF, "bytes": len(PNG), "type": "image/png"}]}
    return {"series": [{**item, "step": [1], "value": [value]} for item in asked["series"]]}


def png(_asked: Any = None, status: int = 200, **headers: str) -> FakeResponse:
    return FakeResponse(status, pieces(PNG, 1000), "image/png", etag='"one"', **headers)


async def live(sources: Sources, *labels: str) -> list[FakeLink]:
    links = []
    for label in labels:
        source, link = add(sources, label)
        await source.start()
        await source.wait_until_known()
        link.answers["/api/values"] = values
        link.answers[BLOB] = png
        links.append(link)
    return links


def series(*sources: str) -> list[dict[str, Any]]:
    return [
        {"source": source, "run": "a", "tag": "t", "kind": "image", "id": i}
        for i, source in enumerate(sources)
    ]


async def without_secret(client: httpx.AsyncClient, url: str, **headers: str) -> httpx.Response:
    request = client.build_request("GET", url, headers=headers)
    del request.headers["authorization"]
    return await client.send(request)


async def url_of(client: httpx.AsyncClient, source: str = "gpu1:runs") -> str:
    answer = await client.post("/api/values", json={"series": series(source)})
    url: str = answer.json()["series"][0]["value"][0]["items"][0]["url"]
    return url


async def test_values_of_several_sources_are_joined(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    here, far = await live(sources, "here", "gpu1:runs")
    asked = {"series": series("gpu1:runs", "here"), "range": [0, 9], "limit": 5}
    answer = await client.post("/api/values", json=asked)
    found = [(item["id"], item["source"]) for item in answer.json()["series"]]
    assert sorted(found) == [(0, "gpu1:runs"), (1, "here")]
    assert far.asked[-1][2] == {
        "series": [{"run": "a", "tag": "t", "kind": "image", "id": 0}],
        "range": [0, 9],
        "limit": 5,
    }
    here.drop()
    answer = await client.post("/api/values", json=asked)
    assert [item["source"] for item in answer.json()["series"]] == ["gpu1:runs"]
    assert answer.headers["x-farboard-missing"] == "here"


async def test_values_need_a_kind(client: httpx.AsyncClient, sources: Sources) -> None:
    await live(sources, "here")
    asked = {"series": [{"source": "here", "run": "a", "tag": "t"}]}
    answer = await client.post("/api/values", json=asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_a_signed_address_shows_its_blob_without_the_secret(
    client: httpx.AsyncClient, sources: Sources, auth: Auth
) -> None:
    [link] = await live(sources, "gpu1:runs")
    url = await url_of(client)
    assert auth.secret not in url
    answer = await without_secret(client, url)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert link.asked[-1][1] == BLOB  # byte for byte, and no word of the signature
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["etag"] == '"one"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == SANDBOX
    assert "content-disposition" not in answer.headers
    assert await url_of(client) == url  # so that a browser finds it again


async def test_only_that_address_and_not_for_ever(
    client: httpx.AsyncClient, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live(sources, "gpu1:runs", "here")
    url = await url_of(client)
    _, _, signature = url.rpartition("&sig=")
    other = url.replace("123.0.1", "123.0.2")
    longer = url.replace("&expires=", "&expires=9")
    for wrong in (
        BLOB,
        f"{BLOB}?source=gpu1:runs",
        url.rpartition("&sig=")[0],
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("gpu1%3Aruns", "here"),
        url.replace("%2F", "/"),
        f"{url}&more=1",
        other,
        longer,
        f"/api/status?sig={signature}",
        f"/api/files?source=gpu1%3Aruns&sig={signature}",
        f"{BLOB}?&sig=",
    ):
        assert (await without_secret(client, wrong)).status_code == 401, wrong
    headers = {"sec-fetch-site": "cross-site"}
    assert (await without_secret(client, url, **headers)).status_code == 403
    now_s = time.time()
    monkeypatch.setattr("farboard.hub.auth.time.time", lambda: now_s + SIGNED_FOR_S - 1)
    assert (await without_secret(client, url)).status_code == 200
    monkeypatch.setattr("farboard.hub.auth.time.time", lambda: now_s + 2 * SIGNED_FOR_S)
    assert (await without_secret(client, url)).status_code == 401


def test_a_signature_is_of_one_process() -> None:
    one, other = Auth(), Auth()
    address = "/api/blob/x?source=y"
    assert one.accepts_signed(one.signed(address))
    assert not other.accepts_signed(one.signed(address))
    assert not one.accepts_signed(address)
    assert not one.accepts_signed("&sig=")
    assert not one.accepts_signed("ü&sig=ü")


async def test_the_secret_opens_blobs_too(client: httpx.AsyncClient, sources: Sources) -> None:
    await live(sources, "gpu1:runs")
    answer = await client.get(f"{BLOB}?source=gpu1:runs")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert (await client.get(f"{BLOB}?source=no")).status_code == 404
    assert (await client.get(BLOB)).status_code == 404


async def test_ranges_are_passed_on_both_ways(client: httpx.AsyncClient, sources: Sources) -> None:
    [link] = await live(sources, "gpu1:runs")

    def part(_asked: Any) -> FakeResponse:
        if link.headers.get("range") != "bytes=2-5":
            return png()
        more = {"content_range": f"bytes 2-5/{len(PNG)}", "content_length": "4"}
        return FakeResponse(206, pieces(PNG[2:6]), "image/png", etag='"one"', **more)

    link.answers[BLOB] = part
    url = f"{BLOB}?source=gpu1:runs"
    answer = await client.get(url, headers={"range": "bytes=2-5", "accept-encoding": "gzip"})
    assert (answer.status_code, answer.content) == (206, PNG[2:6])
    assert answer.headers["content-range"] == f"bytes 2-5/{len(PNG)}"
    assert answer.headers["content-length"] == "4"
    assert "content-encoding" not in answer.headers
    same = await client.get(url, headers={"range": "bytes=2-5", "if-range": '"one"'})
    assert same.status_code == 206
    other = await client.get(url, headers={"range": "bytes=2-5", "if-range": '"two"'})
    assert (other.status_code, other.content) == (200, PNG)


async def test_a_range_beyond_the_end_is_said(client: httpx.AsyncClient, sources: Sources) -> None:
    [link] = await live(sources, "gpu1:runs")
    refusal = FakeResponse(416, pieces(b"{}"), "application/json", content_range="bytes */9")
    link.answers[BLOB] = lambda _: refusal
    answer = await client.get(f"{BLOB}?source=gpu1:runs", headers={"range": "bytes=99-"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */9"


async def test_what_the_browser_has_is_not_sent_again(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    link.answers[BLOB] = lambda _: FakeResponse(304, pieces(b""), "image/png", etag='"one"')
    url = f"{BLOB}?source=gpu1:runs"
    answer = await client.get(url, headers={"if-none-match": '"zero", "one"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"one"'
    assert link.headers["if-none-match"] == '"zero", "one"'


@pytest.mark.parametrize(("code", "status"), [("damaged", 422), ("not_found", 404)])
async def test_an_engines_refusal_is_passed_on(
    client: httpx.AsyncClient, sources: Sources, code: str, status: int
) -> None:
    [link] = await live(sources, "gpu1:runs")
    body = json.dumps({"error": {"code": code, "message": "why", "hint": ""}}).encode()
    link.answers[BLOB] = lambda _: FakeResponse(status, pieces(body), "application/json")
    answer = await client.get(f"{BLOB}?source=gpu1:runs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("said", "told", "is_saved"),
    [
        ("audio/wav", "audio/wav", False),
        ("image/svg+xml", "image/svg+xml", True),
        ("text/html; charset=utf-8", "text/html; charset=utf-8", True),
        ("text/html\r\nx-evil: 1", "application/octet-stream", True),
        ("", "application/octet-stream", True),
    ],
)
async def test_only_images_and_sounds_are_shown_in_place(
    client: httpx.AsyncClient, sources: Sources, said: str, told: str, is_saved: bool
) -> None:
    [link] = await live(sources, "gpu1:runs")
    link.answers[BLOB] = lambda _: FakeResponse(200, pieces(PNG), said)
    answer = await client.get(f"{BLOB}?source=gpu1:runs")
    assert answer.headers["content-type"] == told
    assert answer.headers.get("content-disposition") == ("attachment" if is_saved else None)
    assert answer.headers["content-security-policy"] == SANDBOX


async def test_a_blob_is_streamed_as_it_is_read(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    ahead = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal ahead
        while ahead < 5:
            ahead += 1
            yield b"x" * 1000

    link.answers[BLOB] = lambda _: FakeResponse(200, endless(), "image/png")
    answer = await client.get(f"{BLOB}?source=gpu1:runs")
    assert len(answer.content) == 5000


async def test_assets_have_their_source_and_address(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    asset = {"run": "a", "path": "a/plugins/x/é #1.tsv", "plugin": "x", "bytes": 9}
    link.answers["/api/assets"] = {"assets": [asset]}
    link.answers["/api/asset/a%2Fplugins%2Fx%2F%C3%A9%20%231.tsv"] = b"1\t2\n"
    [found] = (await client.get("/api/assets")).json()["assets"]
    url = found.pop("url")
    assert found == {"source": "gpu1:runs", **asset}
    answer = await without_secret(client, url)
    assert (answer.status_code, answer.content) == (200, b"1\t2\n")
    assert answer.headers["content-disposition"] == "attachment"


async def test_a_hostile_reference_makes_no_address(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    for blob in ("x?source=other&sig=", "x#y", "a b", "\x00", "../status", "a/%2E./b", "a/.."):
        link.answers["/api/values"] = {"series": [{"value": [{"blob": blob}]}]}
        answer = await client.post("/api/values", json={"series": series("gpu1:runs")})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "source_down")


THUMBNAIL = f"/api/thumbnail/{REF}"


async def thumbnail_of(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/values", json={"series": series("gpu1:runs")})
    address: str = answer.json()["series"][0]["value"][0]["items"][0]["thumbnail"]
    return address


async def test_an_image_has_the_address_of_smaller_ones(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    for px in (64, 1024):
        link.answers[f"{THUMBNAIL}?px={px}"] = png
        answer = await without_secret(client, f"{await thumbnail_of(client)}&px={px}")
        assert (answer.status_code, answer.content) == (200, PNG)
        assert answer.headers["content-security-policy"] == SANDBOX
        assert answer.headers["etag"] == '"one"'
        assert link.asked[-1][1] == f"{THUMBNAIL}?px={px}"  # and no word of the signature
    answer = await client.get(f"{THUMBNAIL}?source=gpu1:runs&px=64")
    assert (answer.status_code, answer.content) == (200, PNG)
    link.answers[f"{THUMBNAIL}?px=64"] = lambda _: FakeResponse(304, pieces(b""), "", etag='"one"')
    url = f"{await thumbnail_of(client)}&px=64"
    assert (await without_secret(client, url, **{"if-none-match": '"one"'})).status_code == 304


async def test_only_the_size_may_follow_a_signature(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    link.answers[f"{THUMBNAIL}?px=64"] = png
    url = await thumbnail_of(client)
    for wrong in ("&px=65", "&px=064", "&px=64&px=128", "&px=", "&more=1", "&px=64&more=1"):
        assert (await without_secret(client, url + wrong)).status_code == 401, wrong
    other = url.replace("123.0.1", "123.0.2")
    assert (await without_secret(client, f"{other}&px=64")).status_code == 401
    # Without a size there is nothing to show, with the secret or without.
    assert (await without_secret(client, url)).status_code == 400
    assert (await client.get(f"{THUMBNAIL}?source=gpu1:runs&px=63")).status_code == 400


async def test_other_kinds_have_no_thumbnails(client: httpx.AsyncClient, sources: Sources) -> None:
    await live(sources, "gpu1:runs")
    [asked] = series("gpu1:runs")
    answer = await client.post("/api/values", json={"series": [asked | {"kind": "audio"}]})
    [item] = answer.json()["series"][0]["value"][0]["items"]
    assert "url" in item
    assert "thumbnail" not in item


async def test_long_texts_have_the_addresses_of_the_whole_ones(
    client: httpx.AsyncClient, sources: Sources
) -> None:
    [link] = await live(sources, "gpu1:runs")
    value = {"items": ["cut"], "truncated": [0], "blobs": [REF]}
    link.answers["/api/values"] = {"series": [{"kind": "text", "value": [value]}]}
    answer = await client.post("/api/values", json={"series": series("gpu1:runs")})
    [url] = answer.json()["series"][0]["value"][0]["urls"]
    shown = await without_secret(client, url)
    assert (shown.status_code, shown.content) == (200, PNG)
