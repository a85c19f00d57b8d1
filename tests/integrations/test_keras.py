"""The callback in a real `fit` of Keras, on PyTorch: what it does arrives in the event files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.writer.tensorboard_reader import curves, hparams, session_parts, tensors

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch", reason="PyTorch is not installed")
keras = pytest.importorskip("keras", reason="Keras is not installed")

torch.set_num_threads(1)  # threads of so small a model only wait for each other

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # what the framework says of its own surroundings
]

ROWS = np.random.default_rng(1).random((12, 3), dtype=np.float32)
EPOCHS, BATCHES = 3, 4


class Kept(keras.callbacks.Callback):
    """Keeps what other callbacks are told: the truth the files are compared with."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[float] = []
        self.epochs: list[dict[str, float]] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches.append(float(logs["loss"]))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append({name: float(value) for name, value in logs.items()})


def callback_for(directory: Path, **options: Any) -> Any:
    from farboard.integrations.keras import FarboardCallback

    return FarboardCallback(directory, {"lr": 0.5}, system_interval_s=None, **options)


def compiled(learning_rate: Any = 0.5) -> Any:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    return model


def fit(model: Any, *callbacks: Any, **options: Any) -> None:
    settings = {"epochs": EPOCHS, "batch_size": 3, "validation_split": 0.0, "verbose": 0}
    model.fit(ROWS, ROWS[:, :1], callbacks=list(callbacks), **{**settings, **options})


def test_a_fit(tmp_path: Path) -> None:
    kept = Kept()
    fit(compiled(), callback_for(tmp_path, every_batches=5), kept, validation_data=(ROWS, ROWS))
    written = curves(tmp_path)
    assert set(written) == {
        *("train/loss", "train/mae", "val/loss", "val/mae", "train/learning_rate"),
        *("batch/loss", "batch/mae"),
    }
    for tag, name in (("train/loss", "loss"), ("train/mae", "mae"), ("val/loss", "val_loss")):
        epochs = enumerate(kept.epochs)
        assert written[tag] == [(epoch, pytest.approx(logs[name])) for epoch, logs in epochs]
    batches = [(number, pytest.approx(kept.batches[number - 1])) for number in (5, 10)]
    assert written["batch/loss"] == batches
    assert written["train/learning_rate"] == [(epoch, 0.5) for epoch in range(EPOCHS)]
    told = hparams(tmp_path)
    assert (told["fit/epochs"], told["fit/steps"]) == (EPOCHS, BATCHES)
    assert (told["optimizer"], told["lr"]) == ("SGD", 0.5)
    assert {"config/text_summary", "run/text_summary"} <= set(tensors(tmp_path))
    assert session_parts(tmp_path) == ["START", "SUCCESS"]


def test_another_fit_goes_on_with_the_run(tmp_path: Path) -> None:
    model, callback = compiled(), callback_for(tmp_path)
    fit(model, callback, epochs=2)
    fit(model, callback, epochs=3, initial_epoch=2)
    assert [step for step, _ in curves(tmp_path)["train/loss"]] == [0, 1, 2]
    assert session_parts(tmp_path) == ["START", "SUCCESS"] * 2
    assert hparams(tmp_path)["fit/epochs"] == 3


def test_a_schedule_is_followed(tmp_path: Path) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(1.0, BATCHES, 0.5, staircase=True)
    fit(compiled(schedule), callback_for(tmp_path))
    assert curves(tmp_path)["train/learning_rate"] == [(0, 0.5), (1, 0.25), (2, 0.125)]


FAILING = """
import sys
from pathlib import Path
from tests.integrations.test_keras import callback_for, compiled, fit, keras
fail = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: 1 / (1 - epoch))
fit(compiled(), callback_for(Path(sys.argv[1])), fail)
"""


def test_a_fit_that_fails_is_a_run_that_failed(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FAILING, str(tmp_path)]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert "ZeroDivisionError" in ended.stderr
    assert [step for step, _ in curves(tmp_path)["train/loss"]] == [0, 1]
    assert session_parts(tmp_path) == ["START", "FAILURE"]
