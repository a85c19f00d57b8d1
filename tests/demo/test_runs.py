"""The demo's runs as event files, and the process that writes them."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from farboard.demo.runs import LOOK_EVERY_STEPS, RUNS, train_all
from tests.writer.tensorboard_reader import event_files, scalars, tensors

if TYPE_CHECKING:
    from pathlib import Path

EVERY_STEP = {"train/loss", "train/learning_rate", "train/gradient_norm"}
SOMETIMES = {"train/accuracy", "val/accuracy", "val/loss", "val/loss_low", "val/loss_high"}
DEADLINE_S = 60


def test_tensorboard_reads_every_run(tmp_path: Path) -> None:
    train_all(tmp_path, steps=25, steps_per_s=None, stop=threading.Event())
    assert {path.name for path in tmp_path.iterdir()} == {run.name for run in RUNS}
    for run in RUNS:
        series = scalars(tmp_path / run.name)
        trained = {tag for tag in series if not tag.startswith("system/")}
        assert trained == EVERY_STEP | SOMETIMES | {"best/val_accuracy"}
        for tag in EVERY_STEP:
            assert [step for step, _, _ in series[tag]] == list(range(25))
        for tag in SOMETIMES:
            assert [step for step, _, _ in series[tag]] == [0, 10, 20, 24]
        ((step, _, best),) = series["best/val_accuracy"]
        assert (step, best) == (24, max(value for _, _, value in series["val/accuracy"]))


def test_more_than_scalars_is_logged(tmp_path: Path) -> None:
    train_all(tmp_path, steps=LOOK_EVERY_STEPS + 1, steps_per_s=None, stop=threading.Event())
    series = tensors(tmp_path / RUNS[0].name)
    assert set(series) >= {
        "about/text_summary",
        "boundary",
        "config/text_summary",
        "custom_scalars__config__",
        "run/text_summary",
        "sound",
        "val/arm1",
        "val/report/text_summary",
        "weights/layer1",
        "weights/layer2",
        "weights/layer3",
        "_hparams_/session_start_info",
        "_hparams_/session_end_info",
    }
    for tag in ("boundary", "sound", "val/arm1", "val/report/text_summary", "weights/layer2"):
        assert [step for step, _, _ in series[tag]] == [0, LOOK_EVERY_STEPS]
    layer = series["weights/layer2"][-1][2]
    assert layer[:, 2].sum() == RUNS[0].width ** 2
    width, height, png = series["boundary"][-1][2]
    assert (width, height) == (b"128", b"128")
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


def test_without_pillow_there_are_no_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    train_all(tmp_path, steps=3, steps_per_s=None, stop=threading.Event())
    series = tensors(tmp_path / RUNS[0].name)
    assert "boundary" not in series
    assert "weights/layer1" in series


def test_pace_spreads_the_steps_over_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 7.0)  # no time passes but what we wait
    waits_s: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waits_s.append(timeout)
            return False

    train_all(tmp_path, steps=5, steps_per_s=50, stop=Stop())
    assert waits_s == pytest.approx([0.02, 0.04, 0.06, 0.08])


def test_stops_when_told(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    train_all(tmp_path, steps=10**9, steps_per_s=None, stop=stop)
    assert len(scalars(tmp_path / RUNS[0].name)["train/loss"]) == 1


def test_process_ends_with_its_stdin_and_keeps_what_it_logged(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "farboard.demo", str(tmp_path), "--steps", "1000000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        deadline = time.monotonic() + DEADLINE_S
        first = tmp_path / RUNS[0].name
        while not (event_files(first) and scalars(first).get("train/loss")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(DEADLINE_S) == 0
    lengths = {len(scalars(tmp_path / run.name)["train/loss"]) for run in RUNS}
    assert len(lengths) == 1
    assert "best/val_accuracy" in scalars(first)  # told when it was stopped
