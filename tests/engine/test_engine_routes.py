"""Every route of the engine, in the shapes docs/http-api.md shows."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.event_files import append, histogram, scalar, session_start, write_series

if TYPE_CHECKING:
    from tests.engine.conftest import Start

DOC = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text()


def documented(route: str, number: int = 0) -> Any:
    """A JSON example below a route's heading, the first one unless another is asked for."""
    section = DOC.split(f"## {route}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    assert len(blocks) > number, route
    return json.loads(blocks[number])


def assert_same_shape(answer: Any, example: Any, where: str = "answer") -> None:
    """The same keys everywhere, and the same kinds of things under them."""
    if isinstance(example, dict):
        assert isinstance(answer, dict), where
        assert list(answer) == list(example), where
        for key, value in example.items():
            assert_same_shape(answer[key], value, f"{where}.{key}")
    elif isinstance(example, list):
        assert isinstance(answer, list), where
        assert answer or not example, f"{where} is empty"
        if example:
            for item in answer:
                assert_same_shape(item, example[0], f"{where}[]")
    elif example is None:
        assert answer is None or isinstance(answer, int | float), where
    elif isinstance(example, bool | str):
        assert type(answer) is type(example), where
    else:
        assert isinstance(answer, int | float), where


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    """Two runs, a restart, a damaged record, a tag that is no scalar."""
    first = tmp_path / "lr=0.1" / "events.out.tfevents.1.x"
    write_series(first, "train/loss", [1.0, 0.5, 0.25, 0.125])
    append(first, session_start(2, 1004.0))
    write_series(first, "train/loss", [0.2, 0.1], start_s=1005.0, first_step=2)
    append(first, scalar("train/loss", 9, 1.0, 1009.0)[:-1] + b"?")
    append(first, histogram("weights", 3, 1010.0))
    write_series(tmp_path / "run10" / "events.out.tfevents.1.x", "tag10", [float("nan")])
    write_series(tmp_path / "run2" / "events.out.tfevents.1.x", "tag2", [float("inf")])
    return tmp_path


def test_status_says_what_the_page_needs(start: Start, logdir: Path) -> None:
    engine = start(logdir, "--threads", "2")
    engine.until_live()
    status = engine.get("/api/status")
    status["logdir"]["closest"] = []
    assert_same_shape(status, documented("GET /api/status"))
    assert status["engine"]["pid"] == engine.process.pid
    assert status["engine"]["threads"] == 2
    assert status["logdir"]["path"] == str(logdir)
    assert status["load"]["state"] == "live"
    assert status["load"]["files_read"] == 3
    assert status["load"]["bytes_read"] == sum(path.stat().st_size for path in logdir.glob("*/*"))
    assert (status["load"]["runs"], status["load"]["series"], status["load"]["points"]) == (3, 4, 8)
    [loss] = status["losses"]
    assert (loss["run"], loss["kind"]) == ("lr=0.1", "payload_checksum")
    assert status["losses_total"]["count"] == 1


def test_runs_are_sorted_naturally_and_counted(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    answer = engine.get("/api/runs")
    assert_same_shape(answer, documented("GET /api/runs"))
    assert [run["run"] for run in answer["runs"]] == ["lr=0.1", "run2", "run10"]
    run = answer["runs"][0]
    assert (run["files"], run["points"], run["superseded"], run["tags"]) == (1, 6, 2, 2)
    assert (run["first_step"], run["last_step"]) == (0, 3)
    assert (run["first_wall_time_s"], run["last_wall_time_s"]) == (1000.0, 1010.0)
    file = logdir / "lr=0.1" / "events.out.tfevents.1.x"
    assert run["bytes"] == file.stat().st_size
    assert run["modified_at_s"] == pytest.approx(file.stat().st_mtime)
    assert (run["sessions"], run["restarts"], run["ended"]) == (1, 1, None)


def test_tags_come_in_columns(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    answer = engine.get("/api/tags")
    example = documented("GET /api/tags")
    assert answer.keys() == example.keys()
    for tag in answer["tags"]:
        assert tag.keys() == example["tags"][0].keys()
    assert [tag["tag"] for tag in answer["tags"]] == ["tag2", "tag10", "train/loss", "weights"]
    named = {tag["tag"]: tag for tag in answer["tags"]}
    assert_same_shape(named["train/loss"], example["tags"][0])
    assert named["train/loss"]["run"] == [answer["runs"].index("lr=0.1")]
    assert (named["train/loss"]["points"], named["train/loss"]["superseded"]) == ([6], [2])
    assert (named["train/loss"]["min_step"], named["train/loss"]["max_step"]) == ([0], [3])
    assert named["train/loss"]["last_value"] == [pytest.approx(0.1)]
    assert (named["tag2"]["last_value"], named["tag10"]["last_value"]) == (["Infinity"], ["NaN"])
    assert (named["weights"]["kind"], named["weights"]["last_value"]) == ("histogram", [None])
    odd = ("nan", "inf", "last_non_finite_step")
    assert [named["train/loss"][name] for name in odd] == [[0], [0], [None]]
    assert [named["tag2"][name] for name in odd] == [[0], [1], named["tag2"]["last_step"]]
    assert [named["tag10"][name] for name in odd] == [[1], [0], named["tag10"]["last_step"]]


def test_a_missing_logdir_is_no_error(start: Start, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    engine = start(tmp_path / "rums")
    engine.until_live()
    logdir = engine.get("/api/status")["logdir"]
    assert logdir["state"] == "missing"
    assert logdir["closest"] == ["runs"] or logdir["closest"] == [str(tmp_path / "runs")]
    assert engine.get("/api/runs")["runs"] == []


def test_export_has_every_point_in_file_order(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    answer = engine.post("/api/export", {"restarts": "all"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["run", "tag", "step", "wall_time", "value", "superseded"]
    assert rows[1:] == [
        ["lr=0.1", "train/loss", "0", "1000.0", "1.0", "0"],
        ["lr=0.1", "train/loss", "1", "1001.0", "0.5", "0"],
        ["lr=0.1", "train/loss", "2", "1002.0", "0.25", "1"],
        ["lr=0.1", "train/loss", "3", "1003.0", "0.125", "1"],
        ["lr=0.1", "train/loss", "2", "1005.0", "0.20000000298023224", "0"],
        ["lr=0.1", "train/loss", "3", "1006.0", "0.10000000149011612", "0"],
        ["run2", "tag2", "0", "1000.0", "Infinity", "0"],
        ["run10", "tag10", "0", "1000.0", "NaN", "0"],
    ]


def test_export_of_some_series_as_json_lines(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    request = documented("POST /api/export") | {"format": "jsonl", "restarts": "latest"}
    request["series"] = [{"run": "run10", "tag": "tag10"}, {"run": "no", "tag": "no"}]
    answer = engine.post("/api/export", request, accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert [json.loads(line) for line in answer.content.splitlines()] == [
        {
            "run": "run10",
            "tag": "tag10",
            "step": 0,
            "wall_time": 1000.0,
            "value": "NaN",
            "superseded": 0,
        }
    ]


def test_a_long_export_is_complete_and_other_answers_pass_it(start: Start, tmp_path: Path) -> None:
    values = [i / 7 for i in range(60_000)]
    write_series(tmp_path / "events.out.tfevents.1.x", "loss", values)
    engine = start(tmp_path)
    engine.until_live()
    export = engine.open("POST", "/api/export", {"series": None})
    assert engine.get("/api/runs")["runs"][0]["run"] == "."
    assert not export.ended
    rows = engine.wait(export).content.decode().splitlines()
    assert len(rows) == 60_001
    assert [int(row.split(",")[2]) for row in rows[1:]] == list(range(60_000))


def test_names_with_commas_and_quotes_survive_csv(start: Start, tmp_path: Path) -> None:
    write_series(tmp_path / 'a,"b"' / "events.out.tfevents.1.x", "x\ny", [1.0])
    engine = start(tmp_path)
    engine.until_live()
    text = engine.post("/api/export", {}).content.decode()
    assert list(csv.reader(io.StringIO(text)))[1][:2] == ['a,"b"', "x\ny"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/", None, 404, "not_found"),
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("POST", "/api/runs", {}, 405, "method_not_allowed"),
        ("GET", "/api/scalars", None, 405, "method_not_allowed"),
        ("POST", "/api/scalars", b"{", 400, "bad_request"),
        ("POST", "/api/scalars", {"series": []}, 400, "bad_request"),
        (
            "POST",
            "/api/scalars",
            {"series": [{"run": "a", "tag": "b"}], "width_px": 0},
            400,
            "bad_request",
        ),
        ("GET", "/api/statistics", None, 405, "method_not_allowed"),
        ("POST", "/api/statistics", {"series": []}, 400, "bad_request"),
        ("POST", "/api/bands", {"groups": []}, 400, "bad_request"),
        ("POST", "/api/hparams", {}, 405, "method_not_allowed"),
        ("POST", "/api/export", {"format": "xml"}, 400, "bad_request"),
        ("POST", "/api/scalars", b" " * (9 << 20), 413, "too_large"),
    ],
)
def test_errors_have_one_shape(
    start: Start, tmp_path: Path, method: str, path: str, body: Any, status: int, code: str
) -> None:
    engine = start(tmp_path)
    answer = engine.wait(engine.open(method, path, body))
    assert answer.status == status
    assert_same_shape(answer.json(), json.loads(re.search(r'^\{"error.*', DOC, re.MULTILINE)[0]))  # type: ignore[index]
    assert answer.json()["error"]["code"] == code


def test_answers_are_compressed_only_for_who_takes_it(start: Start, tmp_path: Path) -> None:
    for i in range(40):
        write_series(tmp_path / f"run{i}" / "events.out.tfevents.1.x", "loss", [1.0])
    engine = start(tmp_path)
    engine.until_live()
    plain = engine.wait(engine.open("GET", "/api/runs"))
    small = engine.wait(engine.open("GET", "/api/runs", accept_encoding="gzip, deflate"))
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert len(small.body) < len(plain.body) / 4
    assert small.json()["runs"] == plain.json()["runs"]


def test_the_environment_is_not_needed(engine_program: Path, tmp_path: Path) -> None:
    """On a far machine the login shell may have set nothing."""
    import subprocess

    told = subprocess.run([engine_program, "--version"], env={}, capture_output=True, check=True)
    assert re.fullmatch(rb"farboard-engine \d+\.\d+\.\d+\n", told.stdout)
    assert os.access(engine_program, os.X_OK)
