"""`/api/files`, the losses by file, and `/api/check`: every byte accounted for."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event, LogMessage, SessionLog, SourceMetadata

from tests.engine.event_files import append, histogram, record, scalar, session_start, write_series
from tests.engine.test_engine_routes import DOC, assert_same_shape, documented

if TYPE_CHECKING:
    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

FILE = "events.out.tfevents.1.x"
REFERENCE = Path(os.environ.get("FARBOARD_WRITERS", "/nonexistent"))


def first(writer: str) -> bytes:
    source = SourceMetadata(writer=writer)
    event = Event(wall_time=999.0, file_version="brain.Event:2", source_metadata=source)
    return record(event.SerializeToString())


def logged(**what: Any) -> bytes:
    return record(Event(step=7, wall_time=1002.5, **what).SerializeToString())


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    """A file with all there is to tell, one that is sound, one that is being written."""
    told = tmp_path / "told" / FILE
    append(told, first("a.writer"), session_start(0, 999.0))
    write_series(told, "train/loss", [1.0, 0.5, 0.25, 0.125])
    append(told, session_start(2, 1004.0))
    write_series(told, "train/loss", [0.2, 0.1], start_s=1005.0, first_step=2)
    append(told, scalar("train/loss", 9, 1.0, 1009.0)[:-1] + b"?")
    append(told, histogram("weights", 3, 1010.0))
    append(told, logged(log_message=LogMessage(level=LogMessage.ERROR, message="disk\x1b")))
    checkpoint = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path="m.ckpt", msg="kept")
    append(told, logged(session_log=checkpoint))
    write_series(tmp_path / "sound" / FILE, "loss", [1.0, 2.0])
    write_series(tmp_path / "unfinished" / FILE, "loss", [1.0])
    append(tmp_path / "unfinished" / FILE, scalar("loss", 1, 1.0, 1001.0)[:20])
    return tmp_path


def files_of(engine: EngineProcess) -> dict[str, Any]:
    return {file["run"]: file for file in engine.get("/api/files")["files"]}


def checked(engine: EngineProcess, **headers: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The files of a check by their path, and its total."""
    answer = engine.wait(engine.open("GET", "/api/check", **headers))
    assert answer.status == 200
    lines = [json.loads(line) for line in answer.content.splitlines()]
    files = [line for line in lines[:-1] if "progress" not in line]
    return {file["file"]: file for file in files}, lines[-1]["total"]


def points_by_kind(engine: EngineProcess) -> dict[str, list[int]]:
    points: dict[str, list[int]] = {}
    for tag in engine.get("/api/tags")["tags"]:
        points.setdefault(tag["kind"], []).extend(tag["points"])
    return points


def examples_of_check() -> list[Any]:
    section = DOC.split("## GET /api/check\n", 1)[1].split("\n## ", 1)[0]
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


def test_every_file_gives_account_of_itself(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    answer = engine.get("/api/files")
    example = documented("GET /api/files")
    assert list(answer) == list(example)
    files = files_of(engine)
    assert list(files) == ["sound", "told", "unfinished"]
    told = files["told"]
    assert_same_shape(told, example["files"][0])
    path = logdir / "told" / FILE
    assert told["file"] == f"told/{FILE}"
    assert told["bytes"] == told["bytes_read"] == path.stat().st_size
    assert told["modified_at_s"] == pytest.approx(path.stat().st_mtime)
    assert (told["file_version"], told["writer"]) == ("brain.Event:2", "a.writer")
    assert (told["records"], told["sessions"], told["restarts"]) == (12, 2, 1)
    assert told["losses"] == {"count": 1, "bytes": len(scalar("train/loss", 9, 1.0, 1009.0))}
    said = [(one["kind"], one["level"], one["message"]) for one in told["messages"]]
    assert said == [
        ("session", "START", ""),
        ("session", "START", ""),
        ("log", "ERROR", "disk\x1b"),
        ("session", "CHECKPOINT", "kept"),
    ]
    assert told["messages"][-1]["checkpoint_path"] == "m.ckpt"
    assert told["messages"][-1]["wall_time_s"] == 1002.5
    assert (files["sound"]["file_version"], files["sound"]["writer"]) == (None, None)
    unfinished = files["unfinished"]
    assert unfinished["bytes"] - unfinished["bytes_read"] == 20
    assert unfinished["losses"] == {"count": 0, "bytes": 0}


def test_losses_are_counted_by_file_and_go_with_it(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    engine.until_live()
    status = engine.get("/api/status")
    [losses] = status["losses_by_file"]
    assert (losses["run"], losses["file"], losses["count"]) == ("told", f"told/{FILE}", 1)
    assert losses["kinds"] == {"payload_checksum": 1}
    assert losses["bytes"] == status["losses_total"]["bytes"]
    assert losses["first"][0]["offset_bytes"] == status["losses"][0]["offset_bytes"]
    changes = engine.open("GET", "/api/changes")
    (logdir / "told" / FILE).unlink()
    while engine.next_line(changes)["losses_total"]["count"]:
        pass
    status = engine.get("/api/status")
    assert (status["losses"], status["losses_by_file"]) == ([], [])


def test_a_check_reads_everything(start: Start, logdir: Path) -> None:
    engine = start(logdir)
    files, total = checked(engine)
    progress, file_example, total_example = examples_of_check()
    assert set(progress) == {"progress"}
    assert list(files) == [f"{run}/{FILE}" for run in ("sound", "told", "unfinished")]
    told = files[f"told/{FILE}"]
    example = file_example | {"kinds": told["kinds"]}
    assert_same_shape(told, example)
    assert_same_shape(total, total_example["total"])
    assert told["kinds"] == {
        "histogram": {"tags": 1, "values": 1},
        "scalar": {"tags": 1, "values": 6},
    }
    assert (told["steps"], told["wall_times_s"]) == ([0, 3], [1000.0, 1010.0])
    assert (told["records"], told["sessions"], told["restarts"]) == (12, 2, 1)
    assert [loss["kind"] for loss in told["losses"]] == ["payload_checksum"]
    assert files[f"unfinished/{FILE}"]["unfinished_tail_bytes"] == 20
    assert (total["files"], total["files_with_losses"], total["unfinished_tails"]) == (3, 1, 1)
    assert total["losses"] == told["losses_total"]
    assert total["values"] == 10


def test_a_check_agrees_with_what_was_loaded(start: Start, logdir: Path) -> None:
    assert_check_agrees_with_load(start(logdir))


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="$FARBOARD_WRITERS is not set")
def test_a_check_agrees_with_what_was_loaded_of_every_writer(start: Start) -> None:
    assert_check_agrees_with_load(start(REFERENCE))


def assert_check_agrees_with_load(engine: EngineProcess) -> None:
    engine.until_live()
    loaded = {file["file"]: file for file in engine.get("/api/files")["files"]}
    values = {kind: sum(numbers) for kind, numbers in points_by_kind(engine).items()}
    files, total = checked(engine, accept_encoding="gzip")
    assert list(files) == list(loaded)
    found = Counter[str]()
    for file in files.values():
        found.update({kind: count["values"] for kind, count in file["kinds"].items()})
    assert found == values
    assert total["losses"] == engine.get("/api/status")["losses_total"]
    for name, file in files.items():
        assert file["losses_total"] == loaded[name]["losses"]
        for field in ("run", "bytes", "file_version", "writer", "records", "sessions", "restarts"):
            assert file[field] == loaded[name][field], (name, field)
        assert file["bytes"] - file["unfinished_tail_bytes"] == loaded[name]["bytes_read"]


def test_a_check_of_nothing_is_not_found(start: Start, tmp_path: Path) -> None:
    engine = start(tmp_path / "missing")
    answer = engine.wait(engine.open("GET", "/api/check"))
    assert (answer.status, answer.json()["error"]["code"]) == (404, "not_found")


def test_questions_are_answered_during_a_check(start: Start, tmp_path: Path) -> None:
    values = [i / 7 for i in range(3000)]
    for run in range(300):
        write_series(tmp_path / f"run{run}" / FILE, "loss", values[: 1 + 10 * (run % 3)])
    write_series(tmp_path / "run0" / FILE, "loss", values, first_step=1)
    engine = start(tmp_path, "--threads", "1")
    engine.until_live()
    # Nobody takes its lines: it has to wait for us, and nobody else has to wait for it.
    check = engine.open("GET", "/api/check")
    assert len(engine.get("/api/runs")["runs"]) == 300
    lines = engine.wait(check).content.splitlines()
    assert len([line for line in lines if b'"file"' in line]) == 300
