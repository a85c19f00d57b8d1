"""What runs were started with: the plugin's sessions, files beside the logs, and news of both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams.api_pb2 import Experiment, Status
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)

from tests.engine.event_files import append, record, session_start, write_series
from tests.engine.test_engine_routes import assert_same_shape, documented

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start


def event_file(logdir: Path, run: str, number: int = 1) -> Path:
    return logdir / run / f"events.out.tfevents.{number}.x"


def told(tag: str, wall_time_s: float, **data: Any) -> bytes:
    content = HParamsPluginData(version=0, **data).SerializeToString()
    plugin = SummaryMetadata.PluginData(plugin_name="hparams", content=content)
    value = Summary.Value(tag=f"_hparams_/{tag}", metadata=SummaryMetadata(plugin_data=plugin))
    summary = Summary(value=[value])
    return record(Event(step=0, wall_time=wall_time_s, summary=summary).SerializeToString())


def started(values: dict[str, Any], at_s: float = 1000.0) -> bytes:
    info = SessionStartInfo(group_name="g1", start_time_secs=at_s)
    for name, value in values.items():
        kind = {bool: "bool_value", float: "number_value", str: "string_value"}[type(value)]
        setattr(info.hparams[name], kind, value)
    return told("session_start_info", at_s, session_start_info=info)


def ended(status: int, at_s: float) -> bytes:
    info = SessionEndInfo(status=status, end_time_secs=at_s)
    return told("session_end_info", at_s, session_end_info=info)


def by_run(engine: EngineProcess) -> dict[str, dict[str, Any]]:
    return {run["run"]: run for run in engine.get("/api/hparams")["runs"]}


def test_they_have_the_documented_shape(start: Start, tmp_path: Path) -> None:
    append(
        event_file(tmp_path, "."),
        told("experiment", 999.0, experiment=Experiment(time_created_secs=1.0)),
    )
    append(
        event_file(tmp_path, "lr=0.1"),
        started({"lr": 0.1, "optimizer": "adam", "bn": True}),
        ended(Status.STATUS_SUCCESS, 1100.0),
    )
    write_series(event_file(tmp_path, "lr=0.1/train"), "loss", [1.0])
    (tmp_path / "lr=0.1" / "config.yaml").write_text("model: {depth: 4, act: gelu}\n")
    engine = start(tmp_path)
    engine.until_live()
    answer = engine.get("/api/hparams")
    example = documented("GET /api/hparams")
    runs = {run["run"]: run for run in answer.pop("runs")}
    assert list(runs) == [".", "lr=0.1", "lr=0.1/train"]
    train, [shape] = runs["lr=0.1/train"], example.pop("runs")
    for one in (train, shape):
        one["files"][0].pop("values")
        one["session"].pop("hparams")
    assert_same_shape(train, shape)
    assert_same_shape(answer, example)
    # Sub-runs belong to the session of the run they are in.
    assert runs["lr=0.1"]["session"]["hparams"] == {"lr": 0.1, "optimizer": "adam", "bn": True}
    assert (train["session"]["run"], train["session"]["group"]) == ("lr=0.1", "g1")
    assert train["session"]["status"] == "success"
    assert (train["session"]["started_at_s"], train["session"]["ended_at_s"]) == (1000.0, 1100.0)
    assert runs["lr=0.1"]["files"][0]["values"] == {"model/depth": 4, "model/act": "gelu"}
    assert train["files"][0]["file"] == "lr=0.1/config.yaml"
    assert (runs["."]["session"], runs["."]["files"]) == (None, [])
    assert answer["experiments"][0]["run"] == "."


def test_the_newest_session_counts(start: Start, tmp_path: Path) -> None:
    file = event_file(tmp_path, "a")
    append(file, started({"lr": 1.0}), ended(Status.STATUS_FAILURE, 1050.0))
    engine = start(tmp_path)
    engine.until_live()

    def run() -> dict[str, Any]:
        found: dict[str, Any] = engine.get("/api/runs")["runs"][0]
        return found

    assert run()["ended"] == {"status": "failure", "at_s": 1050.0}
    assert by_run(engine)["a"]["session"]["status"] == "failure"

    changes = engine.open("GET", "/api/changes")
    version = engine.next_line(changes)["version"]
    append(event_file(tmp_path, "a", 2), started({"lr": 2.0}, 1100.0))
    while engine.next_line(changes)["version"] == version or run()["sessions"] < 2:
        pass
    assert run()["ended"] is None
    session = by_run(engine)["a"]["session"]
    assert (session["status"], session["hparams"]) == ("running", {"lr": 2.0})
    assert session["ended_at_s"] is None

    append(event_file(tmp_path, "a", 2), ended(Status.STATUS_SUCCESS, 1200.0))
    while run()["ended"] is None:
        engine.next_line(changes)
    assert run()["ended"] == {"status": "success", "at_s": 1200.0}
    assert by_run(engine)["a"]["session"]["status"] == "success"


def test_long_sessions_are_read_from_their_files(start: Start, tmp_path: Path) -> None:
    """Of records this long only the beginnings are kept."""
    values = {f"layer-{i}/name": "x" * 100 for i in range(200)}
    append(event_file(tmp_path, "a"), started(values))
    engine = start(tmp_path)
    engine.until_live()
    session = by_run(engine)["a"]["session"]
    assert (session["hparams"], session["error"]) == (values, "")
    append(event_file(tmp_path, "a"), started({**values, "more": 1.0}, 2000.0))
    changes = engine.open("GET", "/api/changes")
    while by_run(engine)["a"]["session"]["started_at_s"] < 2000.0:
        engine.next_line(changes)
    assert by_run(engine)["a"]["session"]["hparams"]["more"] == 1.0


def test_runs_count_sessions_and_restarts(start: Start, tmp_path: Path) -> None:
    write_series(event_file(tmp_path, "back"), "loss", [1.0] * 10, 1000.0)
    write_series(event_file(tmp_path, "back", 2), "loss", [1.0] * 10, 2000.0, first_step=5)
    write_series(event_file(tmp_path, "back", 2), "loss", [1.0] * 5, 2100.0, first_step=7)
    write_series(event_file(tmp_path, "on"), "loss", [1.0] * 10, 1000.0)
    write_series(event_file(tmp_path, "on", 2), "loss", [1.0] * 10, 2000.0, first_step=10)
    write_series(event_file(tmp_path, "beside"), "loss", [1.0] * 10, 1000.0)
    write_series(event_file(tmp_path, "beside", 2), "loss", [1.0] * 10, 1000.5)
    append(event_file(tmp_path, "told"), session_start(0, 999.0))
    write_series(event_file(tmp_path, "told"), "loss", [1.0] * 10, 1000.0)
    append(event_file(tmp_path, "told"), session_start(10, 1020.0))
    write_series(event_file(tmp_path, "told"), "loss", [1.0] * 10, 1030.0, first_step=10)
    engine = start(tmp_path)
    engine.until_live()
    counted = {
        run["run"]: (run["sessions"], run["restarts"]) for run in engine.get("/api/runs")["runs"]
    }
    assert counted == {"back": (2, 2), "on": (2, 0), "beside": (1, 0), "told": (2, 0)}


def test_damaged_files_say_why_and_are_no_failure(start: Start, tmp_path: Path) -> None:
    broken = {
        "config.yaml": "a: [1, 2",
        "config.json": "{",
        "hparams.yaml": "lr: 1e-3\nbig: 1_000\nyes: no\n",
        "config.yml": "- just\n- a list\n",
        "hparams.json": json.dumps({"nested": {"deep": [1, {"a": 2}]}, "none": None}),
    }
    write_series(event_file(tmp_path, "a"), "loss", [1.0])
    for name, text in broken.items():
        (tmp_path / "a" / name).write_text(text)
    engine = start(tmp_path)
    engine.until_live()
    files = by_run(engine)["a"]["files"]
    assert [file["file"] for file in files] == [
        "a/hparams.yaml", "a/hparams.json", "a/config.yaml", "a/config.yml", "a/config.json",
    ]  # fmt: skip
    assert files[0]["values"] == {"lr": 1e-3, "big": 1000, "yes": "no"}
    assert files[1]["values"] == {"nested/deep": '[1,{"a":2}]', "none": None}
    for file, word in zip(files[2:], ("YAML", "names and values", "JSON"), strict=True):
        assert file["values"] == {}
        assert word in file["error"]


def test_a_file_that_appears_changes_or_goes_is_news(start: Start, tmp_path: Path) -> None:
    write_series(event_file(tmp_path, "a"), "loss", [1.0])
    engine = start(tmp_path)
    engine.until_live()
    changes = engine.open("GET", "/api/changes")
    engine.next_line(changes)
    config = tmp_path / "a" / "config.yaml"
    for text, expected in (("lr: 1", {"lr": 1}), ("lr: 0.25", {"lr": 0.25}), (None, None)):
        if text is None:
            config.unlink()
        else:
            config.write_text(text)
        while True:
            assert engine.next_line(changes)["reindex"]
            files = by_run(engine)["a"]["files"]
            if [file["values"] for file in files] == ([expected] if expected else []):
                break


def test_links_that_lead_out_are_not_read(start: Start, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: 1234\n")
    logdir = tmp_path / "logs"
    write_series(event_file(logdir, "a"), "loss", [1.0])
    (logdir / "a" / "config.yaml").symlink_to(secret)
    engine = start(logdir)
    engine.until_live()
    assert by_run(engine)["a"]["files"] == []
