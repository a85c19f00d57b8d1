"""Images made smaller where the files are: `/api/thumbnail/`."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from tests.engine.event_files import append, record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import Answer, EngineProcess
    from tests.engine.conftest import Start

FILE = "events.out.tfevents.1 ü%2F"


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def photo(width: int, height: int) -> Image.Image:
    red = Image.linear_gradient("L").resize((width, height))
    green = red.transpose(Image.Transpose.ROTATE_180)
    blue = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", (red, green, blue))


def image(step: int, content: bytes) -> bytes:
    value = Summary.Value(tag="pic", image=Summary.Image(encoded_image_string=content))
    event = Event(step=step, wall_time=1e9 + step, summary=Summary(value=[value]))
    return record(event.SerializeToString())


def started(start: Start, logdir: Path, *contents: bytes) -> tuple[EngineProcess, list[Any]]:
    """An engine, and the items of one image for each content."""
    append(logdir / "a" / FILE, *(image(i, content) for i, content in enumerate(contents)))
    engine = start(logdir)
    engine.until_live()
    series = [{"run": "a", "tag": "pic", "kind": "image"}]
    (one,) = engine.post("/api/values", {"series": series}).json()["series"]
    return engine, [value["items"][0] for value in one["value"]]


def thumbnail(engine: EngineProcess, item: dict[str, Any], px: int, **headers: str) -> Answer:
    path = f"/api/thumbnail/{item['blob']}?px={px}"
    return engine.wait(engine.open("GET", path, **headers))


def shown(answer: Answer) -> Image.Image:
    assert answer.status == 200, answer.content
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(answer.body))
    return Image.open(io.BytesIO(bytes(answer.body)))


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["error"]["code"]


def test_every_format_is_made_smaller(start: Start, tmp_path: Path) -> None:
    original = photo(1200, 600)
    kinds = ["PNG", "JPEG", "WEBP", "BMP", "GIF"]
    engine, items = started(start, tmp_path, *(encoded(original, kind) for kind in kinds))
    expected = original.resize((256, 128), Image.Resampling.BICUBIC)
    for kind, item in zip(kinds, items, strict=True):
        assert (item["width"], item["height"]) == (1200, 600), kind
        small = shown(thumbnail(engine, item, 256))
        assert small.size == (256, 128), kind
        # A GIF has few colours.
        assert small.format == ("PNG" if kind == "GIF" else "JPEG"), kind
        off = [
            abs(a - b)
            for x, y in [(5, 5), (128, 64), (250, 120)]
            for a, b in zip(
                small.convert("RGB").getpixel((x, y)),  # type: ignore[arg-type]
                expected.getpixel((x, y)),  # type: ignore[arg-type]
                strict=True,
            )
        ]
        assert max(off) < (24 if kind == "GIF" else 12), kind


def test_what_is_small_enough_comes_as_it_is(start: Start, tmp_path: Path) -> None:
    content = encoded(photo(100, 60), "PNG")
    engine, [item] = started(start, tmp_path, content)
    answer = thumbnail(engine, item, 128)
    assert (bytes(answer.body), answer.headers["content-type"]) == (content, "image/png")
    assert shown(thumbnail(engine, item, 64)).size == (64, 38)


def test_of_an_animation_the_first_picture_comes(start: Start, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (50, 40), colour) for colour in ("red", "blue", "green")]
    more = {"save_all": True, "append_images": frames[1:]}
    contents = [encoded(frames[0], kind, **more) for kind in ("GIF", "WEBP", "PNG")]
    engine, items = started(start, tmp_path, *contents)
    for item in items:
        small = shown(thumbnail(engine, item, 64))
        assert getattr(small, "n_frames", 1) == 1
        assert (small.format, small.size) == ("PNG", (50, 40))
        red, green, blue = small.convert("RGB").getpixel((20, 20))  # type: ignore[misc]
        assert red > 250
        assert green < 5
        assert blue < 5


def test_sixteen_bits_alpha_and_a_cameras_turn_are_shown(start: Start, tmp_path: Path) -> None:
    deep = Image.new("I;16", (300, 300), 0x8000)
    glass = Image.new("RGBA", (300, 300), (255, 0, 0, 128))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right
    turned = encoded(photo(400, 200), "JPEG", exif=exif)
    engine, items = started(start, tmp_path, encoded(deep, "PNG"), encoded(glass, "PNG"), turned)
    grey = shown(thumbnail(engine, items[0], 64)).convert("L")
    assert abs(grey.getpixel((9, 9)) - 128) <= 1  # type: ignore[operator]
    clear = shown(thumbnail(engine, items[1], 64))
    assert (clear.mode, clear.getpixel((9, 9))) == ("RGBA", (255, 0, 0, 128))
    assert shown(thumbnail(engine, items[2], 64)).size == (32, 64)


def test_what_the_asker_has_is_not_sent_again(start: Start, tmp_path: Path) -> None:
    engine, [item] = started(start, tmp_path, encoded(photo(500, 500), "PNG"))
    first = thumbnail(engine, item, 64)
    again = thumbnail(engine, item, 64, if_none_match=f'"x", {first.headers["etag"]}')
    assert (again.status, bytes(again.body)) == (304, b"")
    other = thumbnail(engine, item, 128, if_none_match=first.headers["etag"])
    assert other.status == 200
    # From memory: the same bytes, and nothing is decoded anew.
    assert bytes(thumbnail(engine, item, 64).body) == bytes(first.body)


def test_bombs_and_damage_are_refused_with_a_reason(start: Start, tmp_path: Path) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    def bomb(side: int) -> bytes:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        rows = chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9))
        return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")

    whole = encoded(photo(300, 300), "PNG")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    contents = [bomb(30_000), bomb(100_000), whole[:5000], svg, b"", whole]
    engine, items = started(start, tmp_path, *contents)
    answers = [refusal(thumbnail(engine, item, 64)) for item in items[:-1]]
    assert answers[:3] == [(413, "too_large"), (413, "too_large"), (422, "damaged")]
    assert answers[3:] == [(400, "bad_request"), (400, "bad_request")]
    assert thumbnail(engine, items[-1], 64).status == 200
    # What was written is what stands there: nothing is lost.
    assert engine.get("/api/status")["losses_total"]["count"] == 0


def test_only_these_sizes_and_only_blobs(start: Start, tmp_path: Path) -> None:
    engine, [item] = started(start, tmp_path, encoded(photo(300, 300), "PNG"))
    for px in (0, 63, 2048):
        assert refusal(thumbnail(engine, item, px)) == (400, "bad_request")
    for path in ("/api/thumbnail/x?px=64", "/api/thumbnail/0.0.0/../x?px=64"):
        assert refusal(engine.wait(engine.open("GET", path))) == (404, "not_found")
    path = f"/api/thumbnail/{item['blob']}"
    assert refusal(engine.wait(engine.open("GET", path))) == (400, "bad_request")


def test_other_requests_are_not_held_up(start: Start, tmp_path: Path) -> None:
    large = encoded(photo(6000, 5000), "PNG", compress_level=1)
    engine, items = started(start, tmp_path, *[large] * 6)
    waiting = [
        engine.open("GET", f"/api/thumbnail/{item['blob']}?px={px}")
        for item in items
        for px in (64, 256)
    ]
    engine.get("/api/status")
    engine.get("/api/runs")
    assert not all(answer.ended for answer in waiting)


def test_a_size_that_was_not_written_is_that_of_the_first_item(
    start: Start, tmp_path: Path
) -> None:
    strings = [encoded(photo(30, 20), "PNG"), encoded(photo(9, 8), "JPEG"), b"no image"]
    tensor = TensorProto(dtype=7, string_val=strings)
    tensor.tensor_shape.dim.add().size = len(strings)
    value = Summary.Value(tag="pic", tensor=tensor)
    value.metadata.plugin_data.plugin_name = "images"
    event = Event(step=0, wall_time=1e9, summary=Summary(value=[value]))
    append(tmp_path / "a" / FILE, record(event.SerializeToString()))
    engine = start(tmp_path)
    engine.until_live()
    series = [{"run": "a", "tag": "pic", "kind": "image"}]
    (one,) = engine.post("/api/values", {"series": series}).json()["series"]
    (found,) = one["value"]
    assert (found["width"], found["height"]) == (30, 20)
    sizes = [(item["width"], item["height"]) for item in found["items"]]
    assert sizes == [(30, 20), (9, 8), (None, None)]
