"""`farboard export` of what is no scalar: files with a manifest, rows of histograms and curves."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from farboard.cli.export_names import file_names
from farboard.cli.export_npy import DTYPES, npy_header
from farboard.cli.export_values import VALUES_AT_A_TIME
from farboard.errors import SourceDown
from tests.hub.fake_link import FakeResponse, pieces
from tests.hub.test_join import part, tag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.cli.conftest import Farboard
    from tests.hub.fake_link import FakeLink

Json = dict[str, Any]
PNG = b"\x89PNG\r\n\x1a\n and more"
DAMAGED = {"error": {"code": "damaged", "message": "the payload does not match its checksum"}}
BINS = {"bins": [[0.1, 0.30000000000000004, 1e-300], [0.30000000000000004, "Infinity", 5.0]]}
CURVE = {
    "thresholds": 3,
    "true_positives": [9, 5, 0],
    "false_positives": [9, 1, 0],
    "true_negatives": [0, 8, 9],
    "false_negatives": [0, 4, 9],
    "precision": [0.5, 0.8, 0.1],
    "recall": [1.0, 0.5, 0.0],
}


def image(name: str, content: bytes = PNG) -> Json:
    return {"width": 2, "height": 1, "items": [item(name, content)]}


def item(name: str, content: bytes = PNG, media_type: str = "image/png") -> Json:
    return {"blob": name, "bytes": len(content), "type": media_type}


class FakeLogs:
    """Answers for series of values by kind and tag; blobs by name."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str, str], list[Json]] = {}
        self.steps: dict[tuple[str, str, str], list[int]] = {}
        self.blobs: dict[str, Any] = {}

    def add(self, kind: str, name: str, *values: Json, steps: list[int] | None = None) -> None:
        key = ("a", name, kind)
        self.values[key] = list(values)
        self.steps[key] = steps or list(range(len(values)))

    def prepare(self, link: FakeLink) -> None:
        tags = [tag(name, [0], kind) for _, name, kind in self.values]
        link.answers["/api/tags"] = part(["a"], *tags)
        link.answers["/api/values"] = self.answer
        link.answers["/api/export"] = b"run,tag,step,wall_time,value,superseded\n"
        for name, content in self.blobs.items():
            link.answers[f"/api/blob/{name}"] = self.blob(link, name, content)

    def answer(self, asked: Json) -> Json:
        [one] = asked["series"]
        key = (one["run"], one["tag"], one["kind"])
        first, last = asked.get("range") or (-(1 << 60), 1 << 60)
        rows = [
            (step, value)
            for step, value in zip(self.steps[key], self.values[key], strict=True)
            if first <= step <= last
        ]
        found: Json = {
            "points": len(rows),
            "step": [step for step, _ in rows],
            "wall_time": [1.5 + step for step, _ in rows],
            "superseded": [],
        }
        if not asked.get("steps_only"):
            assert len(rows) <= asked["limit"]
            found["value"] = [value for _, value in rows]
        return {"series": [found]}

    @staticmethod
    def blob(link: FakeLink, name: str, content: Any) -> Callable[[Any], Any]:
        def answer(_asked: Any) -> Any:
            if callable(content):
                return content(_asked)
            if link.headers.get("if-none-match") == f'"{name}"':
                return FakeResponse(304, pieces(b""), "", etag=f'"{name}"')
            return FakeResponse(200, pieces(content, 5), "image/png", etag=f'"{name}"')

        return answer


@pytest.fixture
def logs(farboard: Farboard) -> FakeLogs:
    logs = FakeLogs()
    farboard.prepare = logs.prepare
    return logs


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_images_sounds_and_texts_become_files(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    sound = b"RIFF...."
    logs.add("image", "pic", image("p0"), image("p1"), steps=[0, 1200])
    clip = item("s0", sound, "audio/wav") | {"label": "a *sine*"}
    logs.add("audio", "snd", {"items": [clip]})
    text = {"shape": [2], "items": ["# Ü", "cut"], "truncated": [1], "blobs": ["t0"], "bytes": [11]}
    logs.add("text", "txt", text)
    logs.blobs = {"p0": PNG, "p1": PNG, "s0": sound, "t0": b"cut no more"}
    assert farboard("export", "gpu1:runs", "--kind", "all", "--to", str(tmp_path)) == 0
    assert "5 files" in farboard.err
    rows = manifest(tmp_path)
    assert [(row["kind"], row["file"], row["type"]) for row in rows] == [
        ("image", "image/a/pic/000000000.png", "image/png"),
        ("image", "image/a/pic/000001200.png", "image/png"),
        ("audio", "audio/a/snd/000000000.wav", "audio/wav"),
        ("text", "text/a/txt/000000000-0.txt", "text/plain"),
        ("text", "text/a/txt/000000000-1.txt", "text/plain"),
    ]
    for row in rows:
        content = (tmp_path / row["file"]).read_bytes()
        assert (int(row["bytes"]), row["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        assert (row["source"], row["run"], row["error"]) == ("gpu1:runs", "a", "")
        assert float(row["wall_time"]) == 1.5 + int(row["step"])
    assert rows[2]["label"] == "a *sine*"
    assert (tmp_path / rows[3]["file"]).read_text() == "# Ü"
    assert (tmp_path / rows[4]["file"]).read_bytes() == b"cut no more"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"image", "audio", "text", "manifest.csv"}


def test_what_cannot_be_read_is_told_and_the_rest_written(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    logs.add("image", "pic", image("p0"), DAMAGED, image("p2"), image("p3"))
    refusal = json.dumps(DAMAGED).encode()
    logs.blobs = {
        "p0": PNG,
        "p2": lambda _: FakeResponse(422, pieces(refusal), "application/json"),
        "p3": PNG,
    }
    options = ["--kind", "image", "--format", "jsonl", "--to", str(tmp_path)]
    assert farboard("export", "gpu1:runs", *options) == 0
    assert "2 values could not be read" in farboard.err
    rows = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [(row["step"], row["error"]) for row in rows] == [
        (0, ""), (1, DAMAGED["error"]["message"]), (2, DAMAGED["error"]["message"]), (3, ""),
    ]  # fmt: skip
    assert [bool(row["file"]) for row in rows] == [True, False, False, True]


def test_histograms_and_curves_are_rows_at_full_precision(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    logs.add("histogram", "w", BINS, {"bins": []}, DAMAGED)
    logs.add("pr_curve", "pr", CURVE)
    assert farboard("export", "gpu1:runs", "--kind", "histogram") == 0
    assert "left out: a w at step 2" in farboard.err
    assert farboard.out.splitlines() == [
        "run,tag,step,wall_time,superseded,left,right,count",
        "a,w,0,1.5,0,0.1,0.30000000000000004,1e-300",
        "a,w,0,1.5,0,0.30000000000000004,Infinity,5.0",
        "a,w,1,2.5,0,,,",
    ]
    output = tmp_path / "pr.jsonl"
    options = ["--kind", "pr_curve", "--format", "jsonl", "-o", str(output)]
    assert farboard("export", "gpu1:runs", *options) == 0
    head = {"run": "a", "tag": "pr", "step": 0, "wall_time": 1.5, "superseded": 0}
    assert json.loads(output.read_text()) == head | CURVE
    assert farboard("export", "gpu1:runs", "--kind", "pr_curve") == 0
    assert farboard.out.splitlines()[1:] == [
        "a,pr,0,1.5,0,0.0,9,9,0,0,0.5,1.0",
        "a,pr,0,1.5,0,0.5,5,1,8,4,0.8,0.5",
        "a,pr,0,1.5,0,1.0,0,0,9,9,0.1,0.0",
    ]
    folder = tmp_path / "all"
    assert farboard("export", "gpu1:runs", "--kind", "all", "--to", str(folder)) == 0
    files = {row["file"] for row in manifest(folder)}
    assert files == {"histograms.csv", "pr_curves.csv", ""}
    assert [row["error"] for row in manifest(folder) if not row["file"]] == [
        DAMAGED["error"]["message"]
    ]
    assert (folder / "histograms.csv").read_text().count("\n") == 4


def test_other_kinds_are_bytes_with_what_is_said_of_them(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    logs.add("mesh", "m", {"shape": [1, 2, 3], "dtype": "float32", "blob": "m0", "bytes": 24})
    logs.add("hparams", "h", {"version": 0, "session_start": {"hparams": {"lr": 0.1}}})
    logs.blobs = {"m0": bytes(24)}
    assert farboard("export", "gpu1:runs", "--kind", "all", "--to", str(tmp_path)) == 0
    files = [row["file"] for row in manifest(tmp_path)]
    assert files == [
        "mesh/a/m/000000000.npy", "mesh/a/m/000000000.json", "hparams/a/h/000000000.json",
    ]  # fmt: skip
    told = json.loads((tmp_path / files[1]).read_text())
    assert told == {"shape": [1, 2, 3], "dtype": "float32", "bytes": 24}
    array = np.load(tmp_path / files[0])
    assert (array.shape, array.dtype, array.any()) == ((1, 2, 3), np.dtype("<f4"), False)


def test_texts_that_are_no_utf_8_keep_their_bytes(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    replaced = [{"item": 1, "blob": "t1", "bytes": 3}]
    logs.add("text", "a\\xffb", {"items": ["as it is", "a\ufffdb"], "replaced": replaced})
    logs.blobs = {"t1": b"a\xffb"}
    assert farboard("export", "gpu1:runs", "--kind", "text", "--to", str(tmp_path)) == 0
    rows = manifest(tmp_path)
    assert [(tmp_path / row["file"]).read_bytes() for row in rows] == [b"as it is", b"a\xffb"]
    assert {(row["tag"], row["type"]) for row in rows} == {("a\\xffb", "text/plain")}


@pytest.mark.parametrize("shape", [(), (3,), (0, 2), (2, 3, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_have_numpys_own_header(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, dtype)
    out = io.BytesIO()
    np.save(out, array)
    told = {"dtype": dtype, "shape": list(shape), "bytes": array.nbytes}
    assert npy_header(told) == out.getvalue()[: len(out.getvalue()) - array.nbytes]


@pytest.mark.parametrize(
    "told",
    [
        {"dtype": "bfloat16", "shape": [2], "bytes": 4},
        {"dtype": "float32", "shape": [2], "bytes": 4},
        {"dtype": "float32", "shape": [-1, -1], "bytes": 4},
        {"dtype": "float32", "shape": [1] * 33, "bytes": 4},
        {"dtype": ["float32"], "shape": "1", "bytes": 4},
        {"bytes": 4},
    ],
)
def test_what_numpy_does_not_know_stays_raw(told: Json) -> None:
    assert npy_header(told) is None


def test_a_second_export_fetches_only_what_is_new(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    logs.add("image", "pic", *(image(f"p{i}") for i in range(3)))
    logs.blobs = {f"p{i}": PNG for i in range(3)}
    options = ["--kind", "image", "--to", str(tmp_path)]
    assert farboard("export", "gpu1:runs", *options) == 0
    before = manifest(tmp_path)
    spoiled = tmp_path / before[1]["file"]
    spoiled.write_bytes(b"spoiled")
    kept = tmp_path / before[0]["file"]
    inode = kept.stat().st_ino
    assert farboard("export", "gpu1:runs", *options) == 0
    assert manifest(tmp_path) == before
    assert kept.stat().st_ino == inode
    assert spoiled.read_bytes() == PNG


def test_an_interrupted_export_goes_on_where_it_was(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield PNG[:4]
        raise SourceDown("the link broke")

    count = 30
    logs.add("image", "pic", *(image(f"p{i}") for i in range(count)))
    logs.blobs = {f"p{i}": PNG for i in range(count)}
    logs.blobs["p20"] = lambda _: FakeResponse(200, breaks(), "image/png")
    options = ["--kind", "image", "--to", str(tmp_path)]
    assert farboard("export", "gpu1:runs", *options) == 7
    assert not (tmp_path / "manifest.csv").exists()
    assert not list(tmp_path.glob("image/a/pic/.*"))
    first = tmp_path / "image/a/pic/000000000.png"
    inode = first.stat().st_ino
    logs.blobs["p20"] = PNG
    assert farboard("export", "gpu1:runs", *options) == 0
    assert first.stat().st_ino == inode
    assert len(manifest(tmp_path)) == count
    assert {path.name for path in tmp_path.iterdir()} == {"image", "manifest.csv"}


def test_values_come_some_at_a_time_and_fewer_where_they_are_large(
    farboard: Farboard, logs: FakeLogs
) -> None:
    count = 2 * VALUES_AT_A_TIME + 50
    logs.add("histogram", "w", *[BINS] * count)
    answer = logs.answer

    def refuses(asked: Json) -> Any:
        if len(answer(asked)["series"][0].get("value", [])) <= 60:
            return answer(asked)
        body = json.dumps({"error": {"code": "too_large", "message": "", "hint": ""}}).encode()
        return FakeResponse(413, pieces(body), "application/json")

    logs.answer = refuses  # type: ignore[method-assign]
    assert farboard("export", "gpu1:runs", "--kind", "histogram", "--format", "jsonl") == 0
    steps = [json.loads(line)["step"] for line in farboard.out.splitlines()]
    assert steps == list(range(count))


def test_several_values_of_a_step_are_several_files(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    logs.add("text", "t", *({"items": [text]} for text in "xyz"), steps=[5, 5, -1])
    assert farboard("export", "gpu1:runs", "--kind", "text", "--to", str(tmp_path)) == 0
    texts = [(row["file"], (tmp_path / row["file"]).read_text()) for row in manifest(tmp_path)]
    assert texts == [
        ("text/a/t/-00000001.txt", "z"),
        ("text/a/t/000000005.txt", "x"),
        ("text/a/t/000000005_1.txt", "y"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--kind", "image"),
        ("--kind", "histogram", "--kind", "scalar"),
        ("--kind", "all", "--to", "x", "-o", "y"),
        ("--kind", "picture"),
    ],
)
def test_kinds_without_a_place_are_refused(farboard: Farboard, options: tuple[str, ...]) -> None:
    assert farboard("export", "gpu1:runs", *options) == 2
    assert farboard.links == []


def test_names_are_safe_and_never_equal() -> None:
    names = [
        "loss", "Loss", "a/b", "a_b", "../../etc/passwd", "..", ".", "", "con", "NUL.txt", "x\0y",
        "\N{GREEK SMALL LETTER ALPHA}", "é", "e\u0301", "x" * 300, "x" * 301, "a ", "a.", "-rf",
        "\udc80", "a\\b", "a:b", "ok-1.5_x=2",
    ]  # fmt: skip
    found = file_names(names)
    assert len({name.lower() for name in found.values()}) == len(names)
    assert found["ok-1.5_x=2"] == "ok-1.5_x=2"
    assert found["a/b"].startswith("a_b~")
    assert found["loss"] != "loss"  # where upper and lower case are the same
    for name in found.values():
        assert name.isascii()
        assert len(name) < 100
        assert not name.startswith((".", "-"))
        assert not set(name) & set('/\\:*?"<>| \0')
    assert file_names(["loss", "x"])["loss"] == "loss"


def test_a_hostile_tag_stays_inside_the_directory(
    farboard: Farboard, logs: FakeLogs, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    for name in ("../../up", "/etc/x", "..", "a\nb"):
        logs.add("text", name, {"items": ["x"]})
    assert farboard("export", "gpu1:runs", "--kind", "text", "--to", str(folder)) == 0
    assert list(tmp_path.iterdir()) == [folder]
    rows = manifest(folder)
    assert [row["tag"] for row in rows] == ["../../up", "/etc/x", "..", "a\nb"]
    for row in rows:
        assert (folder / row["file"]).resolve().is_relative_to(folder.resolve())
