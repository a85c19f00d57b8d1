"""`farboard.init`: what a run says of itself, without secrets, and what the machine does."""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import threading
import time
import types
from typing import TYPE_CHECKING, Any

import pytest

import farboard
from farboard.writer import provenance
from farboard.writer import system_metrics as metrics
from tests.writer.tensorboard_reader import event_files, scalars, session_parts, tensors

if TYPE_CHECKING:
    from pathlib import Path


@dataclasses.dataclass
class Config:
    lr: float
    layers: tuple[int, ...]


def texts(directory: Path) -> dict[str, str]:
    found = tensors(directory)
    return {
        tag.removesuffix("/text_summary"): points[0][2].item().decode()
        for tag, points in found.items()
        if tag.endswith("/text_summary")
    }


@pytest.mark.parametrize(
    "config",
    [
        {"lr": 0.1, "layers": (1, 2)},
        Config(0.1, (1, 2)),
        argparse.Namespace(lr=0.1, layers=(1, 2)),
    ],
    ids=lambda config: type(config).__name__,
)
def test_configurations_of_any_kind(tmp_path: Path, config: Any) -> None:
    farboard.init(tmp_path, config, system_interval_s=None).close()
    lines = texts(tmp_path)["config"].splitlines()
    assert lines == ["| name | value |", "|---|---|", "| lr | 0.1 |", "| layers | [1, 2] |"]


def test_what_is_no_configuration_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a configuration with names"):
        farboard.init(tmp_path / "a", [1, 2])
    assert not list(tmp_path.iterdir())


def test_secrets_stay_where_they_are(tmp_path: Path) -> None:
    config = {"api_key": "s3cret", "hub": {"token": "s3cret"}, "max_tokens": 5, "tokenizer": "bpe"}
    farboard.init(tmp_path, config, system_interval_s=None).close()
    shown = texts(tmp_path)["config"]
    assert "s3cret" not in shown
    assert "| max_tokens | 5 |" in shown
    assert "| tokenizer | bpe |" in shown
    words = ["train.py", "--lr=1", "--hub-token", "s3cret", "--api-key=s3cret", "password=s3cret"]
    masked = provenance.without_secrets([*words, "--token", "--verbose", "x"])
    assert masked == [
        *["train.py", "--lr=1", "--hub-token", "***", "--api-key=***", "password=***"],
        *["--token", "--verbose", "x"],
    ]


def test_a_run_that_goes_on_after_its_end_ends_again(tmp_path: Path) -> None:
    writer = farboard.init(tmp_path, {"lr": 0.1}, system_interval_s=None)
    writer.close(failed=True)
    writer.close()
    writer.begin_session({"again": True})
    writer.close()
    writer.add_hparams({}, {"best": 1.0})
    writer.close(failed=True)
    parts = ["START", "FAILURE", "START", "SUCCESS", "START", "FAILURE"]
    assert session_parts(tmp_path) == parts


def test_the_commit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.git_commit() == ""
    identity = ["-c", "user.name=n", "-c", "user.email=e"]
    (tmp_path / "a.txt").write_text("1")
    for arguments in (["init", "-q"], ["add", "a.txt"], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", *arguments], check=True)
    commit = provenance.git_commit()
    assert len(commit) == 40
    (tmp_path / "untracked").write_text("1")
    assert provenance.git_commit() == commit
    (tmp_path / "a.txt").write_text("2")
    assert provenance.git_commit() == f"{commit} (changed)"
    monkeypatch.setenv("PATH", "")
    assert provenance.git_commit() == ""


def test_tables_hold_odd_texts() -> None:
    odd = provenance.table({"a|b": "c|d\ne", "empty": ""})
    assert odd.splitlines()[2:] == ["| a\\|b | c\\|d e |", "| empty |   |"]


def test_the_machine_is_logged(tmp_path: Path) -> None:
    writer = farboard.init(tmp_path, system_interval_s=0.1)
    deadline = 30.0
    series: dict[str, Any] = {}
    while len(series.get("system/disk_percent", [])) < 3 and deadline > 0:
        time.sleep(0.2)
        deadline -= 0.2
        writer.flush()
        series = scalars(tmp_path)
    writer.close()
    assert 0 <= series["system/disk_percent"][0][2] <= 100
    assert series["system/disk_free_bytes"][0][2] > 0
    assert series["system/process_cpu_percent"][0][2] >= 0
    if sys.platform == "linux":
        assert 0 < series["system/memory_percent"][0][2] <= 100
        assert 0 <= series["system/cpu_percent"][0][2] <= 100
        assert series["system/process_memory_bytes"][0][2] > 1 << 20
    count = len(scalars(tmp_path)["system/disk_percent"])
    time.sleep(0.4)
    assert len(scalars(tmp_path)["system/disk_percent"]) == count  # ended with the writer


def test_a_run_that_goes_on_counts_from_its_first_file(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1700000000.host.1.0").touch()
    (tmp_path / "events.out.tfevents.1700000500.host.1.0").touch()
    (tmp_path / "events.out.tfevents.odd").touch()
    assert metrics.began_s(tmp_path) == 1700000000.0


def test_gpus_are_read_and_what_fails_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class NVMLError(Exception):
        pass

    def refuse(_handle: object) -> int:
        raise NVMLError("not supported")

    nvml = types.ModuleType("pynvml")
    vars(nvml).update(
        NVMLError=NVMLError,
        NVML_TEMPERATURE_GPU=0,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetMemoryInfo=lambda _: types.SimpleNamespace(used=1, total=4),
        nvmlDeviceGetUtilizationRates=lambda handle: types.SimpleNamespace(gpu=50 + handle),
        nvmlDeviceGetTemperature=lambda handle, kind: 60,
        nvmlDeviceGetPowerUsage=refuse,
    )
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    (probe,) = metrics._gpu_probes()
    assert probe() == {
        "gpu0/memory_percent": 25.0,
        "gpu0/utilization_percent": 50.0,
        "gpu0/temperature_celsius": 60.0,
        "gpu1/memory_percent": 25.0,
        "gpu1/utilization_percent": 51.0,
        "gpu1/temperature_celsius": 60.0,
    }
    vars(nvml)["nvmlInit"] = lambda: refuse(0)
    assert metrics._gpu_probes() == []
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert metrics._gpu_probes() == []


def test_the_machine_is_logged_again_by_a_session_after_a_close(tmp_path: Path) -> None:
    writer = farboard.init(tmp_path, {"lr": 0.1}, system_interval_s=0.1)
    writer.begin_session({"lr": 0.2})  # told more: no second thread
    assert len(system_threads()) == 1
    writer.close()
    writer.begin_session({})
    count = len(scalars(tmp_path).get("system/disk_percent", []))
    deadline_s = time.monotonic() + 30
    while len(scalars(tmp_path).get("system/disk_percent", [])) < count + 2:
        assert time.monotonic() < deadline_s
        time.sleep(0.2)
        writer.flush()
    writer.log_system(0.1)  # another interval takes the place of the one before
    writer.close()
    while system_threads():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def system_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "farboard-system"]


def test_a_probe_that_breaks_is_dropped_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = farboard.SummaryWriter(tmp_path)
    system = metrics.SystemMetrics(writer._outbox, writer._file, 1e6)

    def broken() -> dict[str, float]:
        raise RuntimeError("the driver is gone")

    system._probes = [broken, lambda: {"fine": 1.0}]
    assert system._read(broken) == {}
    assert len(system._probes) == 1
    assert "the driver is gone" in caplog.text
    writer.close()


def test_nothing_is_read_into_a_run_that_has_ended(tmp_path: Path) -> None:
    writer = farboard.SummaryWriter(tmp_path)
    system = metrics.SystemMetrics(writer._outbox, writer._file, 0.1)
    system.begin()
    read = threading.Event()
    go_on = threading.Event()

    def slow() -> dict[str, float]:
        read.set()
        go_on.wait()
        return {"late": 1.0}

    system._probes = [slow]
    assert read.wait(30)
    writer.close()
    go_on.set()
    time.sleep(0.3)
    assert len(event_files(tmp_path)) == 1
    assert "system/late" not in scalars(tmp_path)
