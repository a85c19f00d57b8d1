"""Images through a board: as the page asks for them, from the real engine."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from tests.cli.programs import Board
from tests.engine.event_files import append, image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.programs import Api

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 200
FILE = "events.out.tfevents.1.x"


@pytest.fixture(autouse=True, scope="module")
def _engine() -> None:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    append(tmp_path / "runs" / "a b" / FILE, image("samples", 3, PNG, 1000.0))
    board = Board(tmp_path, str(tmp_path / "runs"), "--port", "0", "--no-open")
    try:
        api = board.api()
        api.until(lambda entry: entry["load"] and entry["load"]["state"] == "live")
        yield api
    finally:
        board.close()


def value_of(api: Api) -> dict[str, Any]:
    source = api.source()["source"]
    series = [{"source": source, "run": "a b", "tag": "samples", "kind": "image"}]
    [item] = json.loads(api.ask("/api/values", {"series": series}))["series"]
    assert (item["source"], item["step"]) == (source, [3])
    value: dict[str, Any] = item["value"][0]["items"][0]
    return value


def shown(api: Api, url: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """As an <img> asks: no secret."""
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=30)
    connection.request("GET", url, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read()


def test_an_image_is_shown_by_its_address(api: Api) -> None:
    value = value_of(api)
    answer, content = shown(api, value["url"])
    assert (answer.status, content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PNG))
    etag = answer.headers["etag"]
    part, content = shown(api, value["url"], range="bytes=10-19")
    assert (part.status, content) == (206, PNG[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PNG)}"
    known, content = shown(api, value["url"], **{"if-none-match": etag})
    assert (known.status, content) == (304, b"")
    beyond, _ = shown(api, value["url"], range=f"bytes={len(PNG)}-")
    assert beyond.status == 416
    refused, _ = shown(api, value["url"].split("&sig=")[0])
    assert refused.status == 401


def test_damaged_bytes_are_not_shown(api: Api, tmp_path: Path) -> None:
    value = value_of(api)
    path = tmp_path / "runs" / "a b" / FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    answer, body = shown(api, value["url"])
    assert answer.status in (404, 422)
    assert json.loads(body)["error"]["code"] in ("not_found", "damaged")
