"""Images through a board as the page asks for them, and exports, from the real engine."""

from __future__ import annotations

import csv
import http.client
import json
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from farboard.errors import FarboardError
from farboard.link.engine import find_engine
from farboard.writer.summary_writer import SummaryWriter
from tests.cli.programs import PROGRAM, Board, environment
from tests.engine.event_files import append, image, text

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


def test_an_export_has_the_very_bytes(tmp_path: Path) -> None:
    """Texts that are no UTF-8 under a tag that is none, and meshes as arrays."""
    runs = tmp_path / "runs"
    latin_1 = "Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n".encode("latin-1")
    append(runs / FILE, text(b"note \xff", 3, [b"plain", latin_1], 1000.0))
    vertices = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    with SummaryWriter(runs / "shapes") as writer:
        writer.add_mesh("cloud", vertices, faces=np.array([[[0, 1, 2]]], np.int32), global_step=7)
    folder = tmp_path / "archive"
    done = subprocess.run(
        [*PROGRAM, "export", str(runs), "--kind", "all", "--to", str(folder)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with (folder / "manifest.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] in ("text", "mesh")]
    assert not any(row["error"] for row in rows)
    texts = [row for row in rows if row["kind"] == "text"]
    assert {row["tag"] for row in texts} == {"note \\xff"}
    assert [(folder / row["file"]).read_bytes() for row in texts] == [b"plain", latin_1]
    arrays = {
        row["tag"]: np.load(folder / row["file"]) for row in rows if row["file"].endswith(".npy")
    }
    assert sorted(arrays) == ["cloud_FACE", "cloud_VERTEX"]
    assert np.array_equal(arrays["cloud_VERTEX"], vertices)
    assert arrays["cloud_FACE"].tolist() == [[[0, 1, 2]]]
