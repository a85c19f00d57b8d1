"""A logdir on a file system that is far away: it may hang, and others may have it, too."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.event_files import histogram, scalar
from tests.engine.fuse import DEVICE, FuseMount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

FILE = "a/events.out.tfevents.1.x"
SSHFS = ("fuse.sshfs", "you@gpu1:/data")


@pytest.fixture
def mount(tmp_path: Path, start: Start) -> Iterator[Callable[..., FuseMount]]:
    """Mounts a file at a new directory of this name; engines (`start`) are ended after it."""
    if os.geteuid() or not os.access(DEVICE, os.R_OK | os.W_OK):
        pytest.skip("a file system of our own needs root and /dev/fuse")
    mounts: list[FuseMount] = []

    def mount_file(name: str, kind: str = SSHFS[0], source: str = SSHFS[1]) -> FuseMount:
        point = tmp_path / name
        point.mkdir()
        points = [scalar("loss", step, 0.5, 1000.0 + step) for step in range(10)]
        files = {FILE: b"".join([*points, histogram("weights", 3, 1010.0)])}
        mounts.append(FuseMount(point, files, kind, source))
        return mounts[-1]

    yield mount_file
    for mounted in mounts:
        mounted.close()


def status(engine: EngineProcess) -> dict[str, object]:
    logdir: dict[str, object] = engine.get("/api/status")["logdir"]
    return logdir


def test_a_file_system_that_hangs_is_told_and_holds_up_nothing_else(
    start: Start, mount: Callable[..., FuseMount]
) -> None:
    far = mount("far")
    engine = start(far.point, "--threads", "2")
    engine.until_live()
    changes = engine.open("GET", "/api/changes")
    assert engine.next_line(changes)["silent_s"] is None
    assert status(engine)["silent_s"] is None

    far.hang()
    series = [{"run": "a", "tag": "weights", "kind": "histogram"}]
    hung = [engine.open("POST", "/api/values", {"series": series}) for _ in range(4)]
    hung += [engine.open("GET", path) for path in ("/api/assets", "/api/check")]
    while engine.next_line(changes)["silent_s"] is None:
        pass
    first_s = status(engine)["silent_s"]
    assert isinstance(first_s, float)
    assert first_s >= 3
    engine.connection.ping(b"are you ")
    engine.flush()
    while not engine.pings:
        engine.pump(time.monotonic() + 20)
    curve = engine.scalars(series=[{"run": "a", "tag": "loss"}])
    assert curve[0]["points"] == 10
    assert engine.get("/api/runs")["runs"][0]["points"] == 10
    assert not any(answer.ended for answer in hung)

    far.files[FILE] += scalar("loss", 10, 0.25, 1010.0)
    far.go_on()
    silences = []
    while True:
        line = engine.next_line(changes)
        silences.append(line["silent_s"])
        if line["load"]["points"] == 11:
            break
    while silences[-1] is not None:
        silences.append(engine.next_line(changes)["silent_s"])
    for answer in hung:
        assert engine.wait(answer).status == 200
    assert status(engine)["silent_s"] is None


def test_a_file_system_that_hangs_from_the_start_is_told(
    start: Start, mount: Callable[..., FuseMount]
) -> None:
    far = mount("far")
    far.hang()
    engine = start(far.point)
    changes = engine.open("GET", "/api/changes")
    while engine.next_line(changes)["silent_s"] is None:
        pass
    logdir = status(engine)
    assert (logdir["asked"], logdir["state"]) == (str(far.point), "")
    assert (logdir["identity"], logdir["file_system"]) == (None, None)
    far.go_on()
    engine.until_live()
    assert status(engine)["state"] == "ok"


def test_two_mounts_of_the_same_directory_have_the_same_identity(
    start: Start, mount: Callable[..., FuseMount]
) -> None:
    far, same = mount("far"), mount("same")
    other_source = mount("other", source="you@gpu2:/data")
    unknown = [mount(name, "fuse.strange", "strange") for name in ("x", "y")]

    def seen(logdir: Path) -> tuple[object, object]:
        engine = start(logdir)
        engine.until_live()
        logdir_status = status(engine)
        return logdir_status["file_system"], logdir_status["identity"]

    assert seen(far.point) == seen(same.point) == ("fuse.sshfs", "fuse.sshfs you@gpu1:/data /")
    assert seen(same.point / "a")[1] == "fuse.sshfs you@gpu1:/data /a"
    assert seen(other_source.point)[1] == "fuse.sshfs you@gpu2:/data /"
    (kind, one), (_, other) = (seen(mounted.point) for mounted in unknown)
    assert kind == "fuse.strange"
    assert one != other
    assert seen(unknown[0].point)[1] == one


def test_what_is_no_whole_directory_has_no_identity(start: Start, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "events.out.tfevents.1.x").write_bytes(scalar("loss", 1, 0.5, 1.0))
    whole = start(tmp_path)
    whole.until_live()
    identity = status(whole)["identity"]
    assert identity
    for part in (tmp_path / "*", tmp_path / "a" / "events.out.tfevents.1.x"):
        engine = start(part)
        engine.until_live()
        assert status(engine)["identity"] is None
        assert status(engine)["file_system"] == status(whole)["file_system"]
