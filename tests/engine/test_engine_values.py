"""What stands behind the points that are no scalars, and files beside the logs."""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from tests.engine.event_files import append, record
from tests.engine.test_engine_routes import DOC, assert_same_shape, documented

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import Answer, EngineProcess
    from tests.engine.conftest import Start

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 28, 28)
# A name that has to be encoded in a path.
FILE = "events.out.tfevents.1 ü%2F"


def image(step: int, encoded: bytes, tag: str = "samples") -> bytes:
    value = Summary.Image(width=28, height=28, encoded_image_string=encoded)
    summary = Summary(value=[Summary.Value(tag=tag, image=value)])
    return record(Event(step=step, wall_time=1e9 + step, summary=summary).SerializeToString())


def ask(engine: EngineProcess, kind: str = "image", **request: Any) -> dict[str, Any]:
    series = [{"run": "a", "tag": "samples", "kind": kind}]
    answer = engine.post("/api/values", {"series": series} | request)
    assert answer.status == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def get(engine: EngineProcess, path: str, **headers: str) -> Answer:
    return engine.wait(engine.open("GET", path, **headers))


def code(answer: Answer) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def example_answer(route: str) -> Any:
    section = DOC.split(f"## {route}\n", 1)[1].split("\n## ", 1)[0]
    return json.loads(re.findall(r"```json\n(.*?)```", section, re.DOTALL)[1])


def test_values_have_the_documented_shape(start: Start, tmp_path: Path) -> None:
    append(tmp_path / "a" / FILE, image(0, PNG), image(100, PNG + b"\0" * 10_000))
    engine = start(tmp_path)
    engine.until_live()
    request = documented("POST /api/values")
    answer = engine.post("/api/values", request)
    assert answer.status == 200
    assert_same_shape(answer.json(), example_answer("POST /api/values"))
    assert [len(one["step"]) for one in answer.json()["series"]] == [2]


def test_unknown_series_are_left_out_and_scalars_refused(start: Start, tmp_path: Path) -> None:
    append(tmp_path / "a" / FILE, image(0, PNG))
    engine = start(tmp_path)
    engine.until_live()
    assert ask(engine, kind="audio") == {"series": []}
    series = [{"run": "a", "tag": "samples", "kind": "scalar"}]
    answer = engine.post("/api/values", {"series": series})
    assert (answer.status, code(answer)) == (400, "bad_request")


def test_a_blob_is_streamed_with_length_type_and_ranges(start: Start, tmp_path: Path) -> None:
    encoded = PNG + bytes(range(256)) * 2_600
    append(tmp_path / "a" / FILE, image(0, encoded))
    engine = start(tmp_path)
    engine.until_live()
    item = ask(engine)["series"][0]["value"][0]["items"][0]
    assert item["bytes"] == len(encoded)
    assert item["blob"].endswith(quote(f"a/{FILE}"))
    path = f"/api/blob/{item['blob']}"
    whole = get(engine, path)
    assert (whole.status, bytes(whole.body)) == (200, encoded)
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["content-length"] == str(len(encoded))
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["accept-ranges"] == "bytes"
    part = get(engine, path, range="bytes=300000-600009")
    assert (part.status, bytes(part.body)) == (206, encoded[300_000:600_010])
    assert part.headers["content-range"] == f"bytes 300000-600009/{len(encoded)}"
    beyond = get(engine, path, range=f"bytes={len(encoded)}-")
    assert (beyond.status, code(beyond)) == (416, "range_not_satisfiable")
    same = get(engine, path, if_none_match=whole.headers["etag"])
    assert (same.status, bytes(same.body)) == (304, b"")


def test_what_is_no_blob_is_not_found(start: Start, tmp_path: Path) -> None:
    append(tmp_path / "logs" / "a" / "events.out.tfevents.1", image(0, PNG))
    append(tmp_path / "outside.tfevents", image(0, PNG))
    engine = start(tmp_path / "logs")
    engine.until_live()
    name = ask(engine)["series"][0]["value"][0]["items"][0]["blob"]
    place, _, file = name.partition("/")
    assert get(engine, f"/api/blob/{place}/{file}").status == 200
    for wrong in [
        f"{place}/a/events.out.tfevents.2",
        f"{place}/..%2Foutside.tfevents",
        f"{place}/../outside.tfevents",
        f"{place}//etc/passwd",
        f"x/{file}",
        place,
        f"0.1.0/{file}",
        f"0.0.1/{file}",
    ]:
        answer = get(engine, f"/api/blob/{wrong}")
        assert (answer.status, code(answer)) == (404, "not_found"), wrong
    assert engine.get("/api/status")["losses_total"]["count"] == 0


def test_damage_is_told_and_counted_once(start: Start, tmp_path: Path) -> None:
    damaged = bytearray(image(0, PNG + b"\0" * 20_000))
    damaged[10_000] ^= 1
    append(tmp_path / "a" / FILE, bytes(damaged), image(1, PNG))
    engine = start(tmp_path)
    engine.until_live()
    assert engine.get("/api/status")["losses_total"]["count"] == 0
    first, second = ask(engine)["series"][0]["value"]
    assert first["error"]["code"] == "damaged"
    place = second["items"][0]["blob"].split("/", 1)
    answer = get(engine, f"/api/blob/0.0.0/{place[1]}")
    assert (answer.status, code(answer)) == (422, "damaged")
    status = engine.get("/api/status")
    assert status["losses_total"]["count"] == 1
    loss = status["losses"][0]
    assert (loss["run"], loss["offset_bytes"], loss["kind"]) == ("a", 0, "payload_checksum")


def test_assets_are_listed_and_served(start: Start, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    append(logs / "a" / "events.out.tfevents.1", image(0, PNG))
    notes = logs / "a" / "plugins" / "mine" / "notes ü.txt"
    notes.parent.mkdir(parents=True)
    notes.write_bytes(b"0123456789")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (notes.parent / "link.txt").symlink_to(secret)
    engine = start(logs)
    engine.until_live()
    listed = engine.get("/api/assets")
    assert_same_shape(listed, documented("GET /api/assets"))
    assert [one["path"] for one in listed["assets"]] == ["a/plugins/mine/notes ü.txt"]
    path = f"/api/asset/{quote('a/plugins/mine/notes ü.txt')}"
    whole = get(engine, path)
    assert (whole.status, bytes(whole.body)) == (200, b"0123456789")
    assert whole.headers["content-type"] == "application/octet-stream"
    part = get(engine, path, range="bytes=-3")
    assert (part.status, bytes(part.body)) == (206, b"789")
    for wrong in [
        "a/plugins/mine/link.txt",
        "a/plugins/mine/../../../../secret.txt",
        "a%2Fplugins%2Fmine%2F..%2F..%2F..%2F..%2Fsecret.txt",
        "../secret.txt",
        quote(str(secret)),
        "a/events.out.tfevents.1",
        "",
    ]:
        assert get(engine, f"/api/asset/{wrong}").status == 404, wrong
